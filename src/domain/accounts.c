/* Accounts and sessions. */
#include <string.h>

#include "auth/token.h"
#include "base/clock.h"
#include "base/limits.h"
#include "domain/core.h"
#include "domain/links.h"
#include "domain/sessions.h"
#include "domain/text.h"
#include "domain/view.h"
#include "store/data_admin.h"

#define COOKIE_LIFE_US (30 * DAY_US)
#define BEARER_LIFE_US (365 * DAY_US)

void run_server_get(struct run *r) {
    struct p_settings settings = settings_now(r->domain, r->op->arena);
    struct p_server server = {.name = settings.name,
        .version = r->domain->config.version,
        .fresh = !data_users_any_person(r->tx),
        .sign_up = settings.sign_up,
        .text_chars = settings.text_chars,
        .picture = settings.picture};
    ANSWER(r, p_server_put, &server);
}

bool rate_take(struct run *r, struct limit *limit, struct str key) {
    int wait = r->domain->config.rate_limits ? limit_take(limit, key) : 0;
    if (wait == 0)
        return true;
    op_fail(r->op, FAIL_RATE_LIMITED, NULL, NULL);
    r->op->retry_after = wait;
    return false;
}

static struct str address_key(struct op *op) {
    char *key = arena_alloc(op->arena, 64);
    return str_make(key, limit_address_key(op->address, key));
}

static struct str pair_key(struct op *op) {
    struct str address = address_key(op),
               name = text_cut(op->arena, op->in.account.name, LIMIT_NAME_CHARS);
    return arena_printf(
        op->arena, "%.*s %.*s", STR_ARG(text_fold(op->arena, name)), STR_ARG(address));
}

static void session_answer(struct run *r, const struct user_row *user,
    const struct session_row *session, bool show_token) {
    struct p_user u = view_user(user);
    struct p_session s = view_session(session, session->id);
    struct p_signed_in signed_in = {&u, &s, show_token ? r->op->new_token : (struct str){0}};
    ANSWER(r, p_signed_in_put, &signed_in);
}

void session_end(struct run *r, id64 session, id64 user) {
    if (data_session_delete(r->tx, session, user))
        tell_session_ended(r, session);
}

void sessions_end(struct run *r, id64 user, id64 but) {
    struct rows rows = {0};
    data_sessions_list(r->tx, user, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        struct session_row *s = (struct session_row *)rows.p + i;
        if (s->id != but)
            session_end(r, s->id, user);
    }
}

void session_start(struct run *r, const struct user_row *user, bool bearer, struct str label) {
    struct op *op = r->op;
    int64_t now = tx_now_us(r->tx);
    struct rows rows = {0};
    data_sessions_list(r->tx, user->id, &rows);
    for (size_t i = LIMIT_SESSIONS_PER_USER - 1; i < rows.n; i++)
        session_end(r, ((struct session_row *)rows.p + i)->id, user->id);
    data_sessions_delete_expired(r->tx, now, 10);

    char *secret = arena_alloc(op->arena, TOKEN_TEXT);
    unsigned char hash[TOKEN_HASH];
    token_new(secret);
    op->new_token = str_make(secret, TOKEN_TEXT);
    token_hash(op->new_token, hash);
    struct session_row s = {.id = id_next(),
        .user = user->id,
        .bearer = bearer,
        .label = text_cut(op->arena, label.n ? label : op->agent, LIMIT_LABEL_CHARS),
        .address = text_cut(op->arena, op->address, 64),
        .created_us = now,
        .used_us = now,
        .expires_us = now + (bearer ? BEARER_LIFE_US : COOKIE_LIFE_US)};
    data_session_add(r->tx, &s, str_make((char *)hash, sizeof hash));
    op->who = (struct who){user->id, s.id, user->role};
    session_answer(r, user, &s, bearer);
}

void user_fill_names(struct arena *a, struct user_row *u) {
    u->sort_key = text_fold(a, u->display_name);
    u->search = text_search(a, u->name, u->display_name);
}

/* --- signing up */

bool account_create_check(struct run *r) {
    struct op *op = r->op;
    struct str name, display;
    if (!text_check_name(op, op->in.account.name, &name))
        return false;
    struct str given = op->in.account.display_name;
    if (!text_check_display_name(op, given.p ? given : op->in.account.name, &display))
        return false;
    const char *weak = password_weakness(op->in.account.password, name);
    if (weak) {
        op_fail(op, FAIL_PASSWORD_WEAK, "password", "%s", weak);
        return false;
    }
    op->in.account.name = name;
    op->in.account.display_name = display;
    r->password.password = op->in.account.password;
    return rate_take(r, r->domain->sign_up, address_key(op));
}

/* The first account of a server may always be made. */
static bool may_sign_up(struct run *r, bool first, const struct invite_row *invite) {
    struct p_settings settings = settings_read(r->domain, r->tx, r->op->arena);
    enum fail fail = FAIL_NONE;
    if (first)
        return true;
    if (settings.sign_up == SIGN_UP_MODE_CLOSED)
        fail = FAIL_SIGN_UP_CLOSED;
    else if (settings.sign_up == SIGN_UP_MODE_INVITE && !(invite && invite_signs_up(r, invite)))
        fail = FAIL_INVITE_NEEDED;
    else if (settings.accounts && data_people_count(r->tx) >= settings.accounts)
        fail = FAIL_SERVER_FULL;
    if (fail != FAIL_NONE)
        op_fail(r->op, fail, NULL, NULL);
    return fail == FAIL_NONE;
}

void run_account_create(struct run *r) {
    struct op *op = r->op;
    bool first = !data_users_any_person(r->tx), invited = op->in.account.invite.p != NULL;
    struct invite_row invite;
    if ((invited && !invite_find(r, op->in.account.invite, &invite))
        || !may_sign_up(r, first, invited ? &invite : NULL))
        return;
    /* Asked and answered in the same write transaction: two first accounts at once, and one of them
     * is the owner. */
    struct user_row user = {.id = id_next(),
        .name = op->in.account.name,
        .display_name = op->in.account.display_name,
        .kind = USER_KIND_PERSON,
        .role = first ? SERVER_ROLE_OWNER : SERVER_ROLE_MEMBER,
        .created_us = tx_now_us(r->tx)};
    user_fill_names(op->arena, &user);
    if (!data_user_add(r->tx, &user, str_from(r->password.hash))) {
        op_fail(op, FAIL_NAME_TAKEN, "name", NULL);
        return;
    }
    op->created = true;
    if (invited && invite.room)
        invite_come_in(r, &invite, &user);
    else if (invited)
        data_invite_use(r->tx, invite.id);
    session_start(r, &user, op->in.account.want_token, op->in.account.label);
}

/* --- signing in */

bool sign_in_check(struct run *r) {
    struct op *op = r->op;
    if (!rate_take(r, r->domain->sign_in_address, address_key(op))
        || !rate_take(r, r->domain->sign_in_pair, pair_key(op)))
        return false;
    r->password.verify = true;
    r->password.password =
        op->in.account.password.n <= LIMIT_PASSWORD_BYTES && op->in.account.password.p
        ? op->in.account.password
        : STR("");
    return true;
}

void sign_in_lookup(struct run *r) {
    struct str name = text_fold(
        r->op->arena, text_cut(r->op->arena, r->op->in.account.name, LIMIT_NAME_CHARS + 1));
    if (data_user_by_name(r->tx, name, &r->user, &r->known_hash) && !r->user.disabled)
        r->password.against = r->known_hash;
}

void run_sign_in(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    struct str hash = {0};
    /* Again, now that it counts: the account may have been disabled or changed while the password
     * was compared. */
    if (!data_user_get(r->tx, r->user.id, &user) || !data_user_hash(r->tx, user.id, &hash)
        || user.disabled || !str_eq(hash, r->known_hash)) {
        op_fail(op, FAIL_SIGN_IN_FAILED, NULL, NULL);
        return;
    }
    limit_forgive(r->domain->sign_in_pair, pair_key(op));
    session_start(r, &user, op->in.account.want_token, op->in.account.label);
}

/* --- passwords */

bool password_change_check(struct run *r) {
    r->password.verify = true;
    r->password.password = r->op->in.password.current.p ? r->op->in.password.current : STR("");
    r->password.fresh = r->op->in.password.fresh;
    return true;
}

void password_change_lookup(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    if (!data_user_get(r->tx, op->who.user, &user)
        || !data_user_hash(r->tx, user.id, &r->known_hash)) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    const char *weak = password_weakness(op->in.password.fresh, user.name);
    if (weak)
        op_fail(op, FAIL_PASSWORD_WEAK, "password", "%s", weak);
    else
        rate_take(r, r->domain->password_change,
            str_make((const char *)&op->who.user, sizeof op->who.user));
    r->password.against = r->known_hash;
}

void run_password_change(struct run *r) {
    struct op *op = r->op;
    struct str hash = {0};
    if (!data_user_hash(r->tx, op->who.user, &hash) || !str_eq(hash, r->known_hash)) {
        op_fail(op, FAIL_PASSWORD_WRONG, "current", NULL);
        return;
    }
    data_user_set_hash(r->tx, op->who.user, str_from(r->password.hash));
    sessions_end(r, op->who.user, op->who.session);
}

/* --- sessions */

void run_sign_out(struct run *r) {
    session_end(r, r->op->who.session, r->op->who.user);
}

void run_session_get(struct run *r) {
    if (!r->identified
        && (!data_session_get(r->tx, r->op->who.session, &r->session)
            || !data_user_get(r->tx, r->op->who.user, &r->user))) {
        op_fail(r->op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    session_answer(r, &r->user, &r->session, false);
}

void run_sessions_list(struct run *r) {
    struct rows rows = {0};
    data_sessions_list(r->tx, r->op->who.user, &rows);
    struct buf b = {0};
    struct json j = json_into(&b);
    json_obj_open(&j);
    json_key(&j, STR("items"));
    json_arr_open(&j);
    for (size_t i = 0; i < rows.n; i++) {
        struct p_session s = view_session((struct session_row *)rows.p + i, r->op->who.session);
        p_session_put(&j, &s);
    }
    json_arr_close(&j);
    json_obj_close(&j);
    r->op->out = blob_take(&b);
}

void run_session_end(struct run *r) {
    struct session_row s;
    if (!data_session_get(r->tx, r->op->in.id, &s) || s.user != r->op->who.user)
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
    else
        session_end(r, s.id, s.user);
}

void run_sessions_end(struct run *r) {
    sessions_end(r, r->op->who.user, r->op->who.session);
}

void run_seen_now(struct run *r) {
    data_user_set_seen(r->tx, r->op->who.user, tx_now_us(r->tx));
}
