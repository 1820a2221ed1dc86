/* Links for a new password: an administrator makes one and hands it over by a way of their own; the
 * person sets the password, and nobody else ever knows it. */
#include "auth/token.h"
#include "base/clock.h"
#include "base/limits.h"
#include "domain/audit.h"
#include "domain/links.h"
#include "domain/sessions.h"
#include "domain/view.h"

#define RESET_LIFE_US DAY_US

struct str link_hash(struct op *op, struct str token) {
    unsigned char *hash = arena_alloc(op->arena, TOKEN_HASH);
    return token_hash(token, hash) ? str_make((char *)hash, TOKEN_HASH) : (struct str){0};
}

struct str link_new(struct op *op, struct str *ret_hash) {
    char *secret = arena_alloc(op->arena, TOKEN_TEXT);
    token_new(secret);
    *ret_hash = link_hash(op, str_make(secret, TOKEN_TEXT));
    return str_make(secret, TOKEN_TEXT);
}

bool link_rate(struct run *r) {
    char *key = arena_alloc(r->op->arena, 64);
    size_t n = limit_address_key(r->op->address, key);
    int wait = r->domain->config.rate_limits ? limit_take(r->domain->links, str_make(key, n)) : 0;
    if (wait == 0)
        return true;
    op_fail(r->op, FAIL_RATE_LIMITED, NULL, NULL);
    r->op->retry_after = wait;
    return false;
}

void reset_make(struct run *r, const struct user_row *user) {
    struct str hash, token = link_new(r->op, &hash);
    int64_t until = tx_now_us(r->tx) + RESET_LIFE_US;
    struct p_user view = view_user(user);
    data_reset_put(r->tx, user->id, hash, until);
    audit_add(r, AUDIT_ACT_RESET_LINK_MADE, user, NULL, NULL, 0);
    struct p_reset_link link = {.user = &view, .token = token, .expires_at = until / 1000};
    ANSWER(r, p_reset_link_put, &link);
}

static bool find(struct run *r, struct user_row *ret) {
    struct str hash = link_hash(r->op, r->op->in.reset.token);
    if (hash.p && data_reset_by_token(r->tx, hash, tx_now_us(r->tx), ret))
        return true;
    op_fail(r->op, FAIL_LINK_USED, "token", NULL);
    return false;
}

void run_reset_look(struct run *r) {
    struct user_row user;
    if (!link_rate(r) || !find(r, &user))
        return;
    struct p_user view = view_user(&user);
    ANSWER(r, p_user_put, &view);
}

bool reset_use_check(struct run *r) {
    r->password.password = r->op->in.reset.password.p ? r->op->in.reset.password : STR("");
    return link_rate(r);
}

void reset_use_lookup(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    const char *weak = password_weakness(r->password.password, user.name);
    if (weak)
        op_fail(r->op, FAIL_PASSWORD_WEAK, "password", "%s", weak);
}

void run_reset_use(struct run *r) {
    struct user_row user;
    /* Again, now that it counts: twice at once, and one of them is too late. */
    if (!find(r, &user))
        return;
    data_reset_remove(r->tx, user.id);
    data_user_set_hash(r->tx, user.id, str_from(r->password.hash));
    sessions_end(r, user.id, 0);
    session_start(r, &user, false, (struct str){0});
    r->user = user;
    audit_add(r, AUDIT_ACT_RESET_LINK_USED, &user, NULL, NULL, 0);
}
