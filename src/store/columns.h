/* Columns that several statements share, with what reads them; inside src/store only. Each reader
 * starts at `at` and returns the column after its last. */
#pragma once

#include "store/data.h"
#include "store/db.h"

/* A number of limits.h within a statement. */
#define SQL_NUMBER_(n) #n
#define SQL_NUMBER(n) SQL_NUMBER_(n)

#define USER_COLUMNS(t)                                                                 \
    t ".id, " t ".name, " t ".display_name, " t ".sort_key, " t ".kind, " t ".role, " t \
      ".disabled, " t ".created_at, " t ".last_seen_at, " t ".head, " t ".picture, " t  \
      ".status_emoji, " t ".status_text, " t ".status_until, " t ".rev, " t ".blocks"
int read_user(struct query *q, int at, struct user_row *ret);

#define ROOM_COLUMNS(t)                                                                          \
    t ".id, " t ".kind, " t ".name, " t ".topic, " t ".low, " t ".high, " t ".created_by, " t    \
      ".created_at, " t ".head, " t ".count, " t ".last_seq, " t ".member_count, " t ".pins, " t \
      ".archived, " t ".picture"
int read_room(struct query *q, int at, struct room_row *ret);

#define MEMBER_COLUMNS(t)                                                                          \
    t ".room_id, " t ".user_id, " t ".role, " t ".joined_at, " t ".joined_seq, " t ".read_seq, " t \
      ".read_ordinal, " t ".notify, " t ".unread_head, " t ".whispers, " t ".whispers_read, " t    \
      ".whispering"
int read_member(struct query *q, int at, struct member_row *ret);

#define MESSAGE_COLUMNS(t)                                                                      \
    t ".id, " t ".room_id, " t ".seq, " t ".ordinal, " t ".kind, " t ".author_id, " t ".at, " t \
      ".text, " t ".client_id, " t ".reply_to, " t ".edited_at, " t ".deleted_at, " t           \
      ".notice, " t ".subject_id, " t ".value, " t ".role, " t ".mentions"
int read_message(struct query *q, int at, struct message_row *ret);

#define WHISPER_COLUMNS(t)                                                                 \
    t ".id, " t ".room_id, " t ".place, " t ".author_id, " t ".peer_id, " t ".ordinal, " t \
      ".kind, " t ".at, " t ".text, " t ".client_id, " t ".edited_at, " t ".deleted_at"
int read_whisper(struct query *q, int at, struct whisper_row *ret);

/* Has one of the two blocked the other? */
#define IS_APART(a, b)                                                        \
    "(EXISTS (SELECT 1 FROM blocks WHERE user_id = " a " AND blocked_id = " b \
    ") OR EXISTS (SELECT 1 FROM blocks WHERE user_id = " b " AND blocked_id = " a "))"

/* A line: message m, author a, subject s. */
#define LINE_COLUMNS MESSAGE_COLUMNS("m") ", " USER_COLUMNS("a") ", " USER_COLUMNS("s")
#define LINE_JOINS " JOIN users a ON a.id = m.author_id LEFT JOIN users s ON s.id = m.subject_id "
int read_line(struct query *q, int at, struct line_row *ret);
