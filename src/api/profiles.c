/* What people tell of themselves: /me, /me/profile, /me/status, /users/{user}/profile and rooms. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "routes_gen.h"

void api_me_patch(struct request *r) {
    struct op *op = api_op(r, OP_ME_PATCH);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.profile.display_name = decode_str_optional(&d, "display_name");
    op->in.profile.about = decode_str_optional(&d, "about");
    op->in.profile.email = decode_str_optional(&d, "email");
    op->in.profile.has_email_visible = decode_has(&d, "email_visible");
    op->in.profile.email_visible = decode_bool_optional(&d, "email_visible", false);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_me_profile_get(struct request *r) {
    api_submit(r, api_op(r, OP_PROFILE_GET), 200);
}

void api_me_status_put(struct request *r) {
    struct op *op = api_op(r, OP_STATUS_SET);
    struct decode d;
    decode_request(&d, r);
    d.into = op->arena;
    op->in.profile.status_emoji = decode_str_optional(&d, "emoji");
    op->in.profile.status_text = decode_str_optional(&d, "text");
    op->in.profile.has_until = decode_has(&d, "until");
    op->in.profile.status_until_ms = decode_int_optional(&d, "until", 0);
    if (api_decoded(r, &d, op))
        api_submit(r, op, 200);
}

void api_me_status_delete(struct request *r) {
    api_submit(r, api_op(r, OP_STATUS_CLEAR), 200);
}

void api_user_profile_get(struct request *r) {
    id64 id;
    if (!api_param_id(r, 0, &id))
        return;
    struct op *op = api_op(r, OP_PROFILE_GET);
    op->in.id = id;
    api_submit(r, op, 200);
}

void api_user_rooms_get(struct request *r) {
    id64 id;
    if (!api_param_id(r, 0, &id))
        return;
    struct op *op = api_op(r, OP_ROOMS_SHARED);
    op->in.list.user = id;
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT))
        api_submit(r, op, 200);
}
