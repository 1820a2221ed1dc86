/* Rows as the outside sees them. Results live in the arena, and borrow the rows' texts. */
#pragma once

#include "protocol_gen.h"
#include "store/data.h"

struct p_user view_user(const struct user_row *u);
struct p_room view_room(const struct room_row *r);
struct p_message *view_message(
    struct arena *a, const struct message_row *m, const struct user_row *subject);
struct p_room_entry *view_entry(struct arena *a, const struct entry_row *e);
struct p_session view_session(const struct session_row *s, id64 current);
