#include "web/live_internal.h"

static void on_message(struct live *l, struct str text) {}

static void on_closed(struct live *l) {}

static const struct live_callbacks echo_callbacks = {
    .on_message = on_message, .on_closed = on_closed};

bool web_echo_respond(struct request *r) {
    struct str type = request_header(r, STR("content-type"));
    if (r->method == METHOD_GET
        && http_head_has_token(&http_request_of(r)->head, STR("upgrade"), STR("websocket"))) {
        (void)live_ws_accept(r, &echo_callbacks, NULL, true);
        return true;
    }
    request_respond(r, 200, type.p ? type : STR("application/octet-stream"), r->body);
    return true;
}
