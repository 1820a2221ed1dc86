/* What sign-up and administration share with links that let people in. Inside src/domain only. */
#pragma once

#include "domain/core.h"
#include "store/data_admin.h"

/* A secret of the operation's, and what the database keeps of it. */
struct str link_new(struct op *op, struct str *ret_hash);
/* The hash of a secret that was given; p NULL: it can't be one. */
struct str link_hash(struct op *op, struct str token);
/* As often as an address may try links. False: said no. */
bool link_rate(struct run *r);

/* The invite of this secret, if it still lets anyone in. False: said no. */
bool invite_find(struct run *r, struct str token, struct invite_row *ret);
/* Does it let one make an account? */
bool invite_signs_up(struct run *r, const struct invite_row *invite);
/* Brings the person in, and uses it up by one: unless they are in already. Answers nothing. */
void invite_come_in(struct run *r, const struct invite_row *invite, const struct user_row *user);

/* Makes a link for a new password, and answers it. */
void reset_make(struct run *r, const struct user_row *user);
