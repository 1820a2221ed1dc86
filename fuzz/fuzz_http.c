/* HTTP: the bytes whole and in cuts must mean the same to the parser, and nothing that a peer sends
 * may harm a connection. First byte: seed of the cuts. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/net.h"
#include "web/http_parser.h"
#include "web/http_target.h"
#include "web/web.h"

struct outcome {
    int status;
    size_t used, body, fields;
};

static struct outcome parse(const uint8_t *data, size_t n, unsigned seed) {
    struct outcome got = {.status = -1};
    struct arena *arena = arena_new();
    struct http_parser p;
    struct http_head head = {0};
    struct buf held = {0}, body = {0};
    bool in_body = false;
    http_parser_init(&p, 1000);
    while (n > 0 && got.status == -1) {
        size_t cut = seed ? 1 + (seed = seed * 1103515245 + 12345) / 65536 % 37 : n;
        if (cut > n)
            cut = n;
        buf_add(&held, data, cut);
        data += cut;
        n -= cut;
        for (int r = 1; r > 0 && got.status == -1;) {
            size_t taken = 0;
            r = in_body ? http_parser_body(&p, held.p, held.n, &taken, &body)
                        : http_parser_head(&p, arena, held.p, held.n, &taken, &head);
            CHECK(taken <= held.n);
            got.used += taken;
            buf_consume(&held, taken);
            if (r < 0)
                got.status = -r;
            else if (r > 0 && in_body)
                got.status = 0;
            else if (r > 0)
                in_body = true;
        }
    }
    if (in_body) {
        struct http_target target;
        (void)http_target_parse(arena, head.target, head.method == METHOD_OPTIONS, &target);
        got.fields = head.n_fields;
    }
    got.body = body.n;
    buf_fini(&held);
    buf_fini(&body);
    arena_free(&arena);
    return got;
}

static void answer(struct request *r) {
    struct str value = {0};
    request_query(r, STR("q"), &value);
    request_cookie(r, STR("s"), &value);
    request_origin_allowed(r);
    if (request_not_modified(r, STR("\"e\"")))
        return;
    struct blob *b = blob_new(STR("0123456789"));
    request_respond_ranges(r, STR("text/plain"), STR("\"e\""), b);
    blob_unref(&b);
}

static const struct web_route routes[] = {
    {METHOD_GET, "/a/{b}", answer}, {METHOD_POST, "/a", answer}};

static void serve(const uint8_t *data, size_t n) {
    uv_loop_t loop;
    int pair[2];
    char sink[4096];
    CHECK(uv_loop_init(&loop) == 0);
    struct net *net = net_new(&loop);
    struct web *web = web_new(net, &(struct web_config){.compress = true});
    web_routes(web, STR(""), routes, 2);
    web_enable_debug_echo(web);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    web_accept(web, pair[1], NULL);
    for (int i = 0; i < 3; i++) {
        size_t cut = i < 2 ? n / 2 : n;
        if (cut && send(pair[0], data, cut, MSG_NOSIGNAL) < 0)
            break;
        data += cut;
        n -= cut;
        uv_run(&loop, UV_RUN_NOWAIT);
        net_flush(net);
        net_reap(net);
        while (recv(pair[0], sink, sizeof sink, 0) > 0)
            ;
    }
    close(pair[0]);
    uv_run(&loop, UV_RUN_NOWAIT);
    web_free(&web);
    net_free(&net);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    log_setup(LOG_ERROR, LOG_LOGFMT);
    if (n < 2 || n > 60000)
        return 0;
    struct outcome whole = parse(data + 1, n - 1, 0), cut = parse(data + 1, n - 1, data[0] + 1u);
    CHECK(whole.status == cut.status);
    if (whole.status == 0)
        CHECK(whole.used == cut.used && whole.body == cut.body && whole.fields == cut.fields);
    serve(data + 1, n - 1);
    return 0;
}
