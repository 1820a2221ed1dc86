/* Rows as the outside sees them. Results live in the arena, and borrow the rows' texts. */
#pragma once

#include "protocol_gen.h"
#include "store/data.h"

struct p_user view_user(const struct user_row *u);
struct p_room view_room(const struct room_row *r);
struct p_message *view_message(
    struct arena *a, const struct message_row *m, const struct user_row *subject);
/* What stands on it; all of `marks` are of this line. Deleted lines have none; of a hidden one only
 * its place is left. */
void view_marks(struct arena *a, struct p_message *v, const struct mark_row *marks, size_t n);
struct p_read_marker view_read(const struct member_row *m);
struct p_draft view_draft(const struct draft_row *d);
struct pf_unread *view_unread(struct arena *a, int64_t useq, id64 room, const struct entry_row *e);
/* Of entry_row.mentioned, oldest first. */
const struct p_call *view_mentioned(struct arena *a, struct str calls, size_t *ret_n);
struct p_room_entry *view_entry(struct arena *a, const struct entry_row *e);
/* `last` as in tell_hidden. */
/* What stands for the room in the list once the line at `seq` is hidden, where that may have stood
 * for it; NULL where it did not. */
const struct line_row *view_last_after(const struct entry_row *entry, int64_t seq);
struct pf_hidden *view_hidden(
    struct arena *a, int64_t useq, id64 room, int64_t seq, const struct line_row *last);
struct p_whisper view_whisper(const struct whisper_row *w);
/* As `user`, one of the two, is told. */
struct pf_whisper *view_heard(
    struct arena *a, int64_t useq, id64 user, const struct heard_row *heard);
struct p_session view_session(const struct session_row *s, id64 current);
