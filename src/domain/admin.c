/* What the shell does with accounts. */
#include "domain/audit.h"
#include "domain/core.h"
#include "domain/sessions.h"
#include "domain/text.h"
#include "domain/view.h"
#include "store/data_admin.h"

bool admin_password_check(struct run *r) {
    struct op *op = r->op;
    struct str name = text_fold(op->arena, text_cut(op->arena, op->in.admin.name, 64));
    if (op->kind == OP_ADMIN_ADD && !text_check_name(op, op->in.admin.name, &name))
        return false;
    op->in.admin.name = name;
    struct str password = op->in.admin.password;
    const char *weak = password.p ? password_weakness(password, name) : NULL;
    if (weak)
        op_fail(op, FAIL_PASSWORD_WEAK, "password", "%s", weak);
    else if (!password.p && op->kind == OP_ADMIN_PASSWORD)
        op_fail(op, FAIL_FIELD_MISSING, "password", NULL);
    r->password.password = password;
    return op->fail == FAIL_NONE;
}

void run_admin_add(struct run *r) {
    struct op *op = r->op;
    struct str display;
    if (!text_check_display_name(op,
            op->in.admin.display_name.p ? op->in.admin.display_name : op->in.admin.name, &display))
        return;
    struct user_row user = {.id = id_next(),
        .name = op->in.admin.name,
        .display_name = display,
        .kind = USER_KIND_PERSON,
        .role = data_users_any_person(r->tx) ? op->in.admin.role : SERVER_ROLE_OWNER,
        .created_us = tx_now_us(r->tx)};
    user_fill_names(op->arena, &user);
    if (!data_user_add(
            r->tx, &user, op->in.admin.password.p ? str_from(r->password.hash) : (struct str){0})) {
        op_fail(op, FAIL_NAME_TAKEN, "name", NULL);
        return;
    }
    op->created = true;
    audit_add_one(
        r, AUDIT_ACT_USER_ADDED, &user, NULL, "role", (struct str){0}, server_role_name(user.role));
    struct p_user view = view_user(&user);
    ANSWER(r, p_user_put, &view);
}

static bool find(struct run *r, struct user_row *ret) {
    struct op *op = r->op;
    struct str hash;
    if (data_user_by_name(
            r->tx, text_fold(op->arena, text_cut(op->arena, op->in.admin.name, 64)), ret, &hash)
        && ret->kind == USER_KIND_PERSON)
        return true;
    op_fail(op, FAIL_NOT_FOUND, "name", NULL);
    return false;
}

void run_admin_password(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    data_user_set_hash(r->tx, user.id, str_from(r->password.hash));
    data_reset_remove(r->tx, user.id);
    audit_add(r, AUDIT_ACT_PASSWORD_SET, &user, NULL, NULL, 0);
    sessions_end(r, user.id, 0);
}

void run_admin_disable(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    bool changed = user.disabled != r->op->in.admin.disabled;
    if (changed)
        audit_add(r, user.disabled ? AUDIT_ACT_USER_ENABLED : AUDIT_ACT_USER_DISABLED, &user, NULL,
            NULL, 0);
    user.disabled = r->op->in.admin.disabled;
    if (changed) {
        data_user_set_disabled(r->tx, user.id, user.disabled);
        tell_changed(r, &user);
    }
    if (user.disabled) {
        data_reset_remove(r->tx, user.id);
        sessions_end(r, user.id, 0);
        tell_gone(r, user.id);
    }
    struct p_user view = view_user(&user);
    ANSWER(r, p_user_put, &view);
}

void run_admin_token(struct run *r) {
    struct user_row user;
    if (!find(r, &user))
        return;
    if (user.disabled)
        op_fail(r->op, FAIL_FORBIDDEN, "name", "the account is disabled");
    else {
        audit_add(r, AUDIT_ACT_TOKEN_MADE, &user, NULL, NULL, 0);
        session_start(r, &user, true, STR("made in the shell"));
    }
}
