/* Sessions and accounts, for the files of the domain that make and end them. */
#pragma once

#include "domain/core.h"

/* Makes a session: its secret into op->new_token, SignedIn into op->out. The least recently used
 * one goes when there are too many. */
void session_start(struct run *r, const struct user_row *user, bool bearer, struct str label);
void session_end(struct run *r, id64 session, id64 user);
void sessions_end(struct run *r, id64 user, id64 but);
/* What the account is found and sorted by. */
void user_fill_names(struct arena *a, struct user_row *u);
