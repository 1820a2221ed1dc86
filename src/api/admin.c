/* /admin: the server's settings and its audit log. */
#include <inttypes.h>

#include "api/admin_query.h"
#include "base/limits.h"
#include "event/protocol.h"
#include "routes_gen.h"

void api_admin_settings_get(struct request *r) {
    api_submit(r, api_op(r, OP_SETTINGS_GET), 200);
}

/* What the body has of the settings, as texts: the domain knows which values are good. */
struct gathered {
    struct op_setting items[16];
    size_t n;
};

static void gather(struct gathered *g, const char *key, struct str value) {
    if (value.p && g->n < sizeof g->items / sizeof *g->items)
        g->items[g->n++] = (struct op_setting){str_from(key), value};
}

static void gather_flag(struct gathered *g, struct decode *d, const char *key) {
    bool yes = decode_bool_optional(d, key, true), no = !decode_bool_optional(d, key, false);
    if (yes != no) /* one answer whatever the default: it is there */
        gather(g, key, yes ? STR("yes") : STR("no"));
}

static void gather_number(struct gathered *g, struct decode *d, const char *key) {
    int64_t v = decode_int_optional(d, key, -1);
    if (v >= 0)
        gather(g, key, arena_printf(d->into, "%" PRId64, v));
}

void api_admin_settings_patch(struct request *r) {
    struct op *op = api_op(r, OP_SETTINGS_PATCH);
    struct gathered *g = arena_new_of(op->arena, struct gathered);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    gather(g, "name", decode_str_optional(&d, "name"));
    gather(g, "sign_up", decode_str_optional(&d, "sign_up"));
    gather_flag(g, &d, "members_invite");
    gather_flag(g, &d, "members_open_rooms");
    gather_number(g, &d, "text_chars");
    gather_number(g, &d, "room_members");
    gather_number(g, &d, "accounts");
    op->in.settings.items = g->items;
    op->in.settings.n = g->n;
    api_submit_checked(r, &d, op, 200);
}

void api_admin_audit_get(struct request *r) {
    struct op *op = api_op(r, OP_AUDIT_LIST);
    enum AuditAct act;
    struct str text;
    op->in.audit.act = -1;
    op->in.audit.limit = admin_query_limit(r, op, LIMIT_LIST, LIST_DEFAULT);
    op->in.audit.cursor = admin_query_text(r, op, "cursor");
    text = admin_query_text(r, op, "act");
    if (text.p && !audit_act_parse(text, &act))
        api_wrong(op, FAIL_FIELD_INVALID, "act", STR("there is no such act"));
    else if (text.p)
        op->in.audit.act = (int)act;
    text = admin_query_text(r, op, "user");
    if (text.p && !id_parse(text, &op->in.audit.user))
        api_wrong(op, FAIL_FIELD_INVALID, "user", STR("this is no id"));
    api_submit(r, op, 200);
}

void api_admin_audit_check_get(struct request *r) {
    api_submit(r, api_op(r, OP_AUDIT_CHECK), 200);
}
