/* Passwords: argon2id on threads of their own, because one hash takes tens of milliseconds and 64
 * MB. */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "loop/mailbox.h"

#define PASSWORD_HASH_MAX 128 /* crypto_pwhash_STRBYTES */

/* Why a password won't do, in words; NULL: it will. At least 8 characters, not the account's name,
 * not among those that everybody tries first. */
const char *password_weakness(struct str password, struct str name);

/* One hash to make or to compare. It is the pool's from submit until on_end. */
struct password_job {
    struct letter letter; /* first member */
    struct str password;
    struct str
        against; /* verify: the stored hash; p NULL: nobody's, takes as long and is never right */
    bool verify;
    struct str fresh;             /* verify and then hash this one, if right; p NULL: nothing */
    bool right;                   /* verify: the answer */
    char hash[PASSWORD_HASH_MAX]; /* NUL-terminated: of `password`, or of `fresh` */
    void (*on_end)(struct password_job *job); /* on the pool's thread */
};

struct password_pool;
/* `cheap`: parameters for tests and benchmarks, that anyone could break. */
struct password_pool *password_pool_new(int threads, bool cheap);
/* Waits for those that run and those that wait. Accepts NULL. */
void password_pool_free(struct password_pool **pool);
/* 0, or -EBUSY when too many wait: then the job stays the caller's. */
int password_submit(struct password_pool *pool, struct password_job *job);
