/* Finding: messages by what stands in them, people and open rooms by their names. Part of
 * store/data.h, with its contracts. The terms of the indexes are base/words.h's. */
#pragma once

#include "store/data.h"

/* --- what keeps the index as the texts are; called by the store itself */
void search_add(struct tx *tx, const struct message_row *m);
/* `m` as it stood when it was added. */
void search_remove(struct tx *tx, const struct message_row *m);
void search_edit(struct tx *tx, const struct message_row *m, struct str text);
void search_add_whisper(struct tx *tx, const struct whisper_row *w);
/* Both before it is so, in the store itself. */
void search_remove_whisper(struct tx *tx, id64 whisper);
void search_edit_whisper(struct tx *tx, id64 whisper, struct str text);
void search_add_user(struct tx *tx, const struct user_row *u);
/* Before it is so; NULL: that one stays. */
void search_rename_user(
    struct tx *tx, id64 user, const struct str *name, const struct str *display_name);
/* Those of open rooms; others are not in it. */
void search_add_room(struct tx *tx, const struct room_row *r);
void search_remove_room(struct tx *tx, const struct room_row *r);
struct db;
/* Indexes all that there is already. 0 or -errno. */
int search_fill(struct db *db);
int search_fill_whispers(struct db *db);

/* --- finding */

enum search_kind {
    SEARCH_TEXT,   /* `terms` in a row, and each of `signs` */
    SEARCH_AUTHOR, /* one of `ids` */
    SEARCH_LINK
};
struct search_term {
    enum search_kind kind;
    bool exclude;
    bool begins; /* of the last term only the beginning is given */
    const struct str *terms, *signs;
    size_t n, sign_count;
    const id64 *ids;
    size_t id_count;
};

struct search {
    const struct search_term *terms;
    size_t n;
    id64 user;         /* for whom: not what they have hidden; 0: for nobody, no whispers */
    const id64 *rooms; /* what they may read, or the part of it that is asked for */
    size_t room_count;
    bool everywhere;          /* `rooms` is all that they may read */
    int64_t from_us, to_us;   /* from_us <= time < to_us */
    int64_t before;           /* doc of the last hit of the page before; 0: none */
    int64_t deadline_mono_us; /* gives up then, and the job fails with -ETIMEDOUT */
};
struct hit_row {
    int64_t doc;
    bool whisper; /* then `line` has what there is of it, and `seq` is its place */
    struct line_row line;
};
/* struct hit_row, newest first. */
void data_search(struct tx *tx, const struct search *s, int limit, struct rows *ret);

/* struct user_row: who has all of `words` among the beginnings of their names; `loose`: or nearly.
 * Newest accounts first, at most `limit`, nobody who is disabled. */
void data_search_users(
    struct tx *tx, const struct str *words, size_t n, bool loose, int limit, struct rows *ret);
/* The same of one kind alone, whoever is disabled too, with ids below `before`. */
void data_search_users_page(struct tx *tx, const struct str *words, size_t n, bool loose, int kind,
    id64 before, int limit, struct rows *ret);
void data_search_rooms(struct tx *tx, const struct str *words, size_t n, bool loose, int limit,
    struct rows *ret); /* struct room_row, open ones */
/* struct room_row (id, kind, name, low, high): rooms that the person is in. */
void data_rooms_of(struct tx *tx, id64 user, struct rows *ret);
/* The same: open rooms, and groups that the person is in. */
void data_rooms_moderated(struct tx *tx, id64 user, struct rows *ret);
