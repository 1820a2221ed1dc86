/* Typed access to what administrators keep: settings and the audit log. As data.h. */
#pragma once

#include "store/data.h"

/* --- settings */
struct setting_row {
    struct str key, value;
};
void data_settings(struct tx *tx, struct rows *ret); /* struct setting_row */
void data_setting_set(struct tx *tx, struct str key, struct str value);
int64_t data_people_count(struct tx *tx); /* accounts of people; not imported ones */

/* --- the audit log */
struct audit_row {
    int64_t id, at_us;
    int source, act; /* enum AuditSource, AuditAct */
    id64 actor;      /* 0: the shell */
    struct str actor_name, address;
    id64 user; /* 0: nobody */
    struct str user_name;
    id64 room; /* 0: none */
    struct str room_name;
    struct str changes; /* JSON */
    struct str hash;    /* bytes */
};
bool data_audit_last(struct tx *tx, struct audit_row *ret);
void data_audit_add(struct tx *tx, const struct audit_row *row);
/* struct audit_row, newest first, before line `before` (0: from the end). `act` -1: any; `user` 0:
 * whoever did it or whom it was done to. */
void data_audit_list(
    struct tx *tx, int64_t before, int act, id64 user, int limit, struct rows *ret);
/* The same, oldest first, after line `after`. */
void data_audit_after(struct tx *tx, int64_t after, int limit, struct rows *ret);

/* --- accounts and rooms, as administrators see them */
struct managed_user {
    struct user_row user;
    int64_t sessions, rooms;
};
bool data_managed_user(struct tx *tx, id64 user, struct managed_user *ret);
/* struct managed_user: people alone. `q` folded, .p NULL: all. By shown name, after `after`. */
void data_managed_users(
    struct tx *tx, struct str q, const struct user_place *after, int limit, struct rows *ret);
/* The newest account first, with an id below `before`. */
void data_managed_users_new(struct tx *tx, struct str q, id64 before, int limit, struct rows *ret);
/* Who was there last first: before the place (seen_us, id). */
void data_managed_users_seen(
    struct tx *tx, struct str q, int64_t seen_us, id64 before, int limit, struct rows *ret);
struct managed_room {
    struct room_row room;
    struct user_row owner; /* id 0: none */
};
bool data_managed_room(struct tx *tx, id64 room, struct managed_room *ret);
/* struct managed_room: all but private conversations, the newest first, with an id below `before`.
 * `kind` -1: any. */
void data_managed_rooms(
    struct tx *tx, struct str q, int kind, id64 before, int limit, struct rows *ret);
/* struct room_row: open rooms and groups whose `search` begins like this, the shortest names first.
 */
void data_rooms_named(struct tx *tx, struct str search, int limit, struct rows *ret);
int64_t data_shared_rooms_count(struct tx *tx);

/* --- reports */
struct report_row {
    id64 id, message;
    struct room_row room; /* id 0: it was deleted since */
    struct user_row author, reporter;
    struct str text, reason;     /* the text as it was reported */
    int64_t seq, said_us, at_us; /* seq 0: the room is not there */
    bool edited, deleted;        /* since, as far as the room still stands */
    bool whisper;                /* `message` is one, and has no seq */
};
/* Of room, author and reporter the ids. False: they have reported it before. */
bool data_report_add(struct tx *tx, const struct report_row *report);
/* struct report_row, newest first, with an id below `before`. */
void data_reports(struct tx *tx, id64 before, int limit, struct rows *ret);
bool data_report_get(struct tx *tx, id64 report, struct report_row *ret);
bool data_is_reported(struct tx *tx, id64 message);
int64_t data_reports_count(struct tx *tx);
/* How many there were of it. */
int data_reports_remove(struct tx *tx, id64 message);

/* --- invite links */
struct invite_row {
    id64 id, room; /* room 0: to the server */
    struct user_row maker;
    int64_t created_us, expires_us, uses, uses_most; /* expires_us, uses_most 0: without end */
    bool shows, revoked;
};
void data_invite_add(struct tx *tx, const struct invite_row *invite, struct str hash);
bool data_invite_get(struct tx *tx, id64 invite, struct invite_row *ret);
bool data_invite_by_token(struct tx *tx, struct str hash, struct invite_row *ret);
/* struct invite_row that were not revoked, newest first. */
void data_invites(struct tx *tx, id64 room, int limit, struct rows *ret);
/* How many let anyone in at `now_us`, but for who their makers are by now. */
int64_t data_invites_standing(struct tx *tx, id64 room, int64_t now_us);
/* Takes the oldest of a room that were revoked or are over out, so that they do not pile up. */
void data_invites_forget(struct tx *tx, id64 room, int64_t before_us, int limit);
void data_invite_revoke(struct tx *tx, id64 invite);
void data_invite_use(struct tx *tx, id64 invite);

/* --- links for a new password */
/* In the place of the one before. */
void data_reset_put(struct tx *tx, id64 user, struct str hash, int64_t expires_us);
/* Whose it is, unless its time is over at `now_us` or the account is disabled. */
bool data_reset_by_token(struct tx *tx, struct str hash, int64_t now_us, struct user_row *ret_user);
void data_reset_remove(struct tx *tx, id64 user);
