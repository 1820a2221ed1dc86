/* The audit log's writing end. Inside src/domain only. */
#pragma once

#include "domain/core.h"

/* Tells of an act, in the transaction of the act itself. Who did it: r->user after access_server,
 * or the shell. `user`, `room`: whom or what it was done to, or NULL. */
void audit_add(struct run *r, enum AuditAct act, const struct user_row *user,
    const struct room_row *room, const struct p_audit_change *changes, size_t n);
/* The same with one change, or none (`what` NULL). */
void audit_add_one(struct run *r, enum AuditAct act, const struct user_row *user,
    const struct room_row *room, const char *what, struct str from, struct str to);
/* What was added by an operation that has become durable goes to the server's log, too: a witness
 * outside the database. */
void audit_log(const struct run *r);
