/* /manifest.webmanifest: what a device shows of the client once it is installed there. It bears the
 * server's name and picture, so it can't be a file. */
#include "api/api_internal.h"
#include "base/json.h"
#include "base/limits.h"
#include "domain/domain.h"

static void put_text(struct json *j, const char *key, struct str value) {
    json_key(j, str_from(key));
    json_str(j, value);
}

static void put_icon(
    struct json *j, const char *src, const char *sizes, const char *type, const char *purpose) {
    json_obj_open(j);
    put_text(j, "src", str_from(src));
    put_text(j, "sizes", str_from(sizes));
    put_text(j, "type", str_from(type));
    put_text(j, "purpose", str_from(purpose));
    json_obj_close(j);
}

static void put_picture(struct json *j, struct arena *a, const char *picture, int side) {
    struct str src = arena_printf(a, "/api/v1/server/picture/%s-%d", picture, side),
               sizes = arena_printf(a, "%dx%d", side, side);
    put_icon(j, src.p, sizes.p, "image/webp", "any");
}

static void put_icons(struct json *j, struct arena *a, const char *picture) {
    static const int sides[PICTURE_SIZES] = PICTURE_SIDES;
    for (int i = 0; picture && i < PICTURE_SIZES; i++)
        put_picture(j, a, picture, sides[i]);
    if (picture)
        return;
    put_icon(j, "/icon-192.png", "192x192", "image/png", "any");
    put_icon(j, "/icon-512.png", "512x512", "image/png", "any");
    put_icon(j, "/icon-maskable-512.png", "512x512", "image/png", "maskable");
    put_icon(j, "/icon.svg", "any", "image/svg+xml", "any");
}

static void put_manifest(struct json *j, struct arena *a, struct str name, const char *picture) {
    json_obj_open(j);
    put_text(j, "id", STR("/"));
    put_text(j, "name", name);
    put_text(j, "short_name", name);
    put_text(j, "description", STR("Talk with your people, on a server that is yours."));
    put_text(j, "start_url", STR("/"));
    put_text(j, "scope", STR("/"));
    put_text(j, "display", STR("standalone"));
    put_text(j, "background_color", STR("#faf8f5"));
    put_text(j, "theme_color", STR("#1f6f68"));
    json_key(j, STR("categories"));
    json_arr_open(j);
    json_str(j, STR("social"));
    json_str(j, STR("productivity"));
    json_arr_close(j);
    json_key(j, STR("icons"));
    json_arr_open(j);
    put_icons(j, a, picture);
    json_arr_close(j);
    json_obj_close(j);
}

static void on_known(struct op *op) {
    struct request *r = op->data;
    if (op->fail != FAIL_NONE) {
        api_answer(r, op, 200);
        return;
    }
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    json_t *server = json_loadb(op->out->p, op->out->n, 0, NULL);
    put_manifest(&j, r->arena, str_from(json_string_value(json_object_get(server, "name"))),
        json_string_value(json_object_get(server, "picture")));
    json_decref(server);
    op_free(&op);
    request_add_header(r, STR("cache-control"), STR("no-cache"));
    request_respond(r, 200, STR("application/manifest+json"), buf_str(&out));
}

void api_manifest(struct request *r) {
    struct op *op = api_op(r, OP_SERVER_GET);
    op->token = (struct str){0}; /* for whoever asks, with a stale cookie too */
    op->data = r;
    op->on_done = on_known;
    domain_submit(api_of(r)->config.domain, op);
}
