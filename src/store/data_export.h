/* Reading all that is stored, a page at a time, in the order of ids. Part of store/data.h, with its
 * contracts. */
#pragma once

#include "store/data.h"

struct export_user {
    struct user_row user;
    struct profile_row profile;
};
/* struct export_user with an id above `after`. */
void data_export_users(struct tx *tx, id64 after, int limit, struct rows *ret);
/* The same for who is in the room, wrote there, or is told of there. */
void data_export_users_of(struct tx *tx, id64 room, id64 after, int limit, struct rows *ret);
/* struct room_row with an id above `after`, private conversations too. */
void data_export_rooms(struct tx *tx, id64 after, int limit, struct rows *ret);
/* struct member_row with a user above `after`. */
void data_export_members(struct tx *tx, id64 room, id64 after, int limit, struct rows *ret);
struct export_mark {
    int64_t target, at_us;
    id64 user;
    struct str emoji; /* .p NULL: a pin */
};
/* struct export_mark of lines in [from, to], by line. */
void data_export_reactions(struct tx *tx, id64 room, int64_t from, int64_t to, struct rows *ret);
void data_export_pins(struct tx *tx, id64 room, int64_t from, int64_t to, struct rows *ret);
/* struct whisper_row with an id above `after`. */
void data_export_whispers(struct tx *tx, id64 after, int limit, struct rows *ret);
