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
