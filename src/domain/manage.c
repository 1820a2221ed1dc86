/* What administrators do with accounts. Each act is written down in its own transaction. */
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/links.h"
#include "domain/lists.h"
#include "domain/sessions.h"
#include "domain/text.h"
#include "domain/view.h"

#include "base/limits.h"

static void put_managed(struct json *j, const struct managed_user *m) {
    struct p_user view = view_user(&m->user);
    p_managed_user_put(j,
        &(struct p_managed_user){.user = &view,
            .created_at = m->user.created_us / 1000,
            .last_seen_at = m->user.last_seen_us / 1000,
            .sessions = m->sessions,
            .rooms = m->rooms});
}

static void answer_managed(struct run *r, id64 user) {
    struct managed_user m;
    if (!data_managed_user(r->tx, user, &m)) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    struct buf b = {0};
    struct json j = json_into(&b);
    put_managed(&j, &m);
    r->op->out = blob_take(&b);
}

/* "<number>.<id>": where the page before ended. */
static bool number_place(struct op *op, int64_t *ret_number, id64 *ret_id) {
    struct str rest = op->in.manage.cursor, part;
    *ret_number = *ret_id = INT64_MAX;
    if (!rest.p
        || (str_next(&rest, '.', &part) && str_to_i64(part, ret_number) == 0
            && id_parse(rest, ret_id)))
        return true;
    op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
    return false;
}

static struct str number_cursor(struct op *op, int64_t number, id64 id) {
    char text[ID_TEXT];
    id_put(id, text);
    return arena_printf(op->arena, "%lld.%.*s", (long long)number, ID_TEXT, text);
}

/* False: said no. */
static bool read_users(struct run *r, int limit, struct rows *ret) {
    struct op *op = r->op;
    struct user_place after;
    int64_t seen_us;
    id64 before;
    int sort = op->in.manage.sort;
    struct str q = list_query_of(op, op->in.manage.q);
    if (sort == USER_SORT_NAME) {
        if (list_user_place_of(op, op->in.manage.cursor, &after))
            data_managed_users(r->tx, q, &after, limit, ret);
    } else if (number_place(op, &seen_us, &before)) {
        if (sort == USER_SORT_CREATED)
            data_managed_users_new(r->tx, q, before, limit, ret);
        else
            data_managed_users_seen(r->tx, q, seen_us, before, limit, ret);
    }
    return op->fail == FAIL_NONE;
}

void run_manage_users(struct run *r) {
    struct op *op = r->op;
    struct rows rows = {0};
    int limit = list_limit(op->in.manage.limit, LIST_DEFAULT, LIMIT_LIST);
    if (!access_server(r) || !read_users(r, limit + 1, &rows))
        return;
    const struct managed_user *m = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++)
        put_managed(&j, &m[i]);
    if ((int)rows.n > limit) {
        const struct user_row *last = &m[limit - 1].user;
        next = op->in.manage.sort == USER_SORT_NAME
            ? list_user_cursor(op->arena, last, 0)
            : number_cursor(op, last->last_seen_us, last->id);
    }
    list_close(r, &j, next);
}

void run_manage_user_get(struct run *r) {
    if (access_server(r))
        answer_managed(r, r->op->in.manage.user);
}

void run_manage_user_add(struct run *r) {
    struct op *op = r->op;
    struct str name, display, given = op->in.manage.display_name;
    int role = op->in.manage.role < 0 ? SERVER_ROLE_MEMBER : op->in.manage.role;
    if (!access_server(r) || (role != SERVER_ROLE_MEMBER && !access_roles(r)))
        return;
    if (role == SERVER_ROLE_OWNER) {
        op_fail(op, FAIL_FORBIDDEN, "role", "a server is handed over to an account that is there");
        return;
    }
    if (!text_check_name(op, op->in.manage.name, &name)
        || !text_check_display_name(op, given.p ? given : name, &display))
        return;
    int64_t most = settings_read(r->domain, r->tx, op->arena).accounts;
    if (most && data_people_count(r->tx) >= most) {
        op_fail(op, FAIL_SERVER_FULL, NULL, NULL);
        return;
    }
    struct user_row user = {.id = id_next(),
        .name = name,
        .display_name = display,
        .kind = USER_KIND_PERSON,
        .role = role,
        .created_us = tx_now_us(r->tx)};
    user_fill_names(op->arena, &user);
    if (!data_user_add(r->tx, &user, (struct str){0})) {
        op_fail(op, FAIL_NAME_TAKEN, "name", NULL);
        return;
    }
    op->created = true;
    audit_add_one(
        r, AUDIT_ACT_USER_ADDED, &user, NULL, "role", (struct str){0}, server_role_name(role));
    reset_make(r, &user);
}

static bool find(struct run *r, struct user_row *ret) {
    return access_account(r, r->op->in.manage.user, r->op->in.manage.handle, ret);
}

/* --- changing one */

static bool rename_user(struct run *r, struct user_row *user) {
    struct op *op = r->op;
    struct str name = user->name, display = user->display_name;
    if ((op->in.manage.name.p && !text_check_name(op, op->in.manage.name, &name))
        || (op->in.manage.display_name.p
            && !text_check_display_name(op, op->in.manage.display_name, &display)))
        return false;
    struct p_audit_change changes[2];
    size_t n = 0;
    if (!str_eq(name, user->name))
        changes[n++] = (struct p_audit_change){STR("name"), user->name, name};
    if (!str_eq(display, user->display_name))
        changes[n++] = (struct p_audit_change){STR("display_name"), user->display_name, display};
    if (n == 0)
        return true;
    if (!data_user_set_name(r->tx, user->id, name)) {
        op_fail(op, FAIL_NAME_TAKEN, "name", NULL);
        return false;
    }
    audit_add(r, AUDIT_ACT_USER_CHANGED, user, NULL, changes, n);
    user->name = name;
    user->display_name = display;
    user_fill_names(op->arena, user);
    data_user_set_names(r->tx, user);
    return true;
}

static void set_role(struct run *r, struct user_row *user, int role) {
    audit_add_one(r, AUDIT_ACT_USER_ROLE, user, NULL, "role", server_role_name(user->role),
        server_role_name(role));
    data_user_set_role(r->tx, user->id, role);
    user->role = role;
    if (role != SERVER_ROLE_MEMBER)
        tell_reports(r);
}

static bool change_role(struct run *r, struct user_row *user) {
    struct op *op = r->op;
    struct user_row before;
    int role = op->in.manage.role;
    if (role < 0 || role == user->role)
        return true;
    if (!access_roles(r))
        return false;
    if (user->role == SERVER_ROLE_OWNER) {
        op_fail(
            op, FAIL_FORBIDDEN, "role", "make somebody else owner: a server is never without one");
        return false;
    }
    if (role == SERVER_ROLE_OWNER && user->disabled) {
        op_fail(op, FAIL_FORBIDDEN, "role", "the account is disabled");
        return false;
    }
    /* There is one owner. */
    if (role == SERVER_ROLE_OWNER && data_user_owner(r->tx, &before)) {
        set_role(r, &before, SERVER_ROLE_ADMIN);
        tell_me(r, &before);
    }
    set_role(r, user, role);
    return true;
}

/* Who is shut out is gone from every device; who is let in again signs in anew. */
static bool change_disabled(struct run *r, struct user_row *user) {
    struct op *op = r->op;
    if (op->in.manage.disabled < 0 || op->in.manage.disabled == user->disabled)
        return true;
    if (user->role == SERVER_ROLE_OWNER && !user->disabled) {
        op_fail(op, FAIL_FORBIDDEN, "disabled", "the owner can't be disabled");
        return false;
    }
    user->disabled = op->in.manage.disabled != 0;
    data_user_set_disabled(r->tx, user->id, user->disabled);
    audit_add(
        r, user->disabled ? AUDIT_ACT_USER_DISABLED : AUDIT_ACT_USER_ENABLED, user, NULL, NULL, 0);
    if (user->disabled) {
        data_reset_remove(r->tx, user->id);
        sessions_end(r, user->id, 0);
    }
    return true;
}

void run_manage_user_patch(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    struct user_row before = user;
    if (!rename_user(r, &user) || !change_role(r, &user) || !change_disabled(r, &user))
        return;
    if (user.role != before.role || !str_eq(user.name, before.name)
        || !str_eq(user.display_name, before.display_name))
        tell_me(r, &user);
    if (user.disabled && !before.disabled)
        tell_gone(r, user.id);
    if (user.disabled != before.disabled && user.rev == before.rev)
        tell_changed(r, &user);
    answer_managed(r, user.id);
}

void run_manage_reset(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    if (user.disabled) {
        op_fail(r->op, FAIL_FORBIDDEN, NULL, "the account is disabled");
        return;
    }
    r->op->created = true;
    reset_make(r, &user);
}

/* --- sessions */

void run_manage_sessions(struct run *r) {
    struct user_row user;
    struct rows rows = {0};
    if (!find(r, &user))
        return;
    data_sessions_list(r->tx, user.id, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++) {
        struct p_session s = view_session((struct session_row *)rows.p + i, 0);
        p_session_put(&j, &s);
    }
    list_close(r, &j, (struct str){0});
}

void run_manage_sessions_end(struct run *r) {
    struct op *op = r->op;
    struct user_row user;
    struct session_row s;
    if (!find(r, &user))
        return;
    if (!op->in.manage.session) {
        sessions_end(r, user.id, 0);
        audit_add(r, AUDIT_ACT_SESSIONS_ENDED, &user, NULL, NULL, 0);
    } else if (data_session_get(r->tx, op->in.manage.session, &s) && s.user == user.id) {
        session_end(r, s.id, user.id);
        audit_add_one(r, AUDIT_ACT_SESSION_ENDED, &user, NULL, "label", s.label, (struct str){0});
    } else
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
}
