/* HTTP/1.1: the parser by itself and the connection on a real socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/rand.h"
#include "harness.h"
#include "net/address.h"
#include "web/http_parser.h"
#include "web/http_target.h"
#include "web/router.h"

/* -------------------------------------------------------------------------------------------------------
 * the parser */

#define HOST "Host: a.example\r\n"
#define CRLF2 "\r\n\r\n"

static const struct {
    const char *attack;
    int status; /* 0: fine */
    const char *bytes;
} cases[] = {
    {"plain", 0, "GET / HTTP/1.1\r\n" HOST "\r\n"},
    {"empty lines in front", 0, "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"},
    {"length", 0, "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"},
    {"zero length", 0, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"},
    {"chunked", 0,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
    {"chunked with extension and trailer", 0,
        "POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n"},
    {"1.0 without host", 0, "GET / HTTP/1.0\r\n\r\n"},
    {"get with body", 0, "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"},
    {"v6 host", 0, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
    {"expect", 0, "POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"},
    {"two equal lengths", 400,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
    {"two lengths", 400,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
    {"list of lengths", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc"},
    {"signed length", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc"},
    {"negative length", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc"},
    {"hex length", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc"},
    {"empty length", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nabc"},
    {"length with chunked", 400,
        "POST / HTTP/1.1\r\n" HOST
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"chunked with length", 400,
        "POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
    {"unknown coding", 501,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"chunked twice", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
    {"two codings", 400,
        "POST / HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
    {"chunked not last", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
    {"identity", 400, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"},
    {"hidden coding", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
        "chunked\r\n\r\n0\r\n\r\n"},
    {"chunked in 1.0", 400,
        "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"bare LF", 400, "GET / HTTP/1.1\nHost: a\n\n"},
    {"bare LF in the middle", 400, "GET / HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\n"},
    {"bare CR in a value", 400, "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"},
    {"bare CR before the end", 400, "GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n"},
    {"NUL in a value", 400, NULL},
    {"folding", 400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"},
    {"folding with tab", 400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n"},
    {"folding of nothing", 400, "GET / HTTP/1.1\r\n" HOST "X:\r\n \r\n\r\n"},
    {"space before the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"space before the colon", 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    {"space in a name", 400, "GET / HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n"},
    {"no colon", 400, "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n"},
    {"empty name", 400, "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"},
    {"no host", 400, "GET / HTTP/1.1\r\n\r\n"},
    {"two hosts", 400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
    {"empty host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"host with path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"host with user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"host with list", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {"host with odd port", 400, "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n"},
    {"host that ends a policy", 400, "GET / HTTP/1.1\r\nHost: a;script-src\r\n\r\n"},
    {"no length", 411, "POST / HTTP/1.1\r\n" HOST "\r\n"},
    {"too large", 413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n"},
    {"absurd length", 413,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n"},
    {"overflowing length", 400,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"},
    {"large chunk", 413, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n65\r\n"},
    {"endless chunk size", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"},
    {"bad chunk size", 400, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"},
    {"signed chunk size", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n"},
    {"hex chunk size", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"},
    {"chunk longer than told", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"},
    {"bare LF after chunk size", 400,
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"},
    {"coded body", 415,
        "POST / HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
    {"expectation", 417,
        "POST / HTTP/1.1\r\n" HOST "Expect: coffee\r\nContent-Length: 3\r\n\r\nabc"},
    {"unknown method", 501, "BREW / HTTP/1.1\r\n" HOST "\r\n"},
    {"method in lower case", 501, "get / HTTP/1.1\r\n" HOST "\r\n"},
    {"nonsense", 400, "\x16\x03\x01\x02"},
    {"version 2", 505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
    {"version 1.9", 505, "GET / HTTP/1.9\r\n" HOST "\r\n"},
    {"preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"no version", 400, "GET /\r\n\r\n"},
    {"version in lower case", 400, "GET / http/1.1\r\n" HOST "\r\n"},
    {"two spaces", 400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
    {"control in target", 400, "GET /\x01 HTTP/1.1\r\n" HOST "\r\n"},
};

struct parsed {
    int status; /* 0: whole; -1: wants more */
    struct buf body;
    struct str target;
    unsigned fields;
    size_t used;
};

/* Feeds in the given cuts, holding what is not taken, as a connection does. */
static void parse(
    struct str bytes, size_t (*next_cut)(size_t left), struct arena *arena, struct parsed *ret) {
    struct http_parser p;
    struct http_head head = {0};
    _cleanup_buf_ struct buf held = {0};
    bool in_body = false;
    *ret = (struct parsed){.status = -1};
    http_parser_init(&p, 100);
    while (bytes.n > 0 && ret->status == -1) {
        size_t n = next_cut(bytes.n);
        buf_add(&held, bytes.p, n);
        bytes = str_from_index(bytes, n);
        for (int r = 1; r > 0 && ret->status == -1;) {
            size_t taken = 0;
            if (in_body)
                r = http_parser_body(&p, held.p, held.n, &taken, &ret->body);
            else
                r = http_parser_head(&p, arena, held.p, held.n, &taken, &head);
            ret->used += taken;
            buf_consume(&held, taken);
            if (r < 0)
                ret->status = -r;
            else if (r > 0 && in_body)
                ret->status = 0;
            else if (r > 0)
                in_body = true;
        }
    }
    ret->target = head.target;
    ret->fields = head.n_fields;
}

static size_t cut_whole(size_t left) {
    return left;
}
static size_t cut_byte(size_t left) {
    return 1;
}
static size_t cut_random(size_t left) {
    return 1 + rand_u64() % (left < 40 ? left : 40);
}

static struct str case_bytes(size_t i) {
    return cases[i].bytes ? str_from(cases[i].bytes)
                          : STR("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n");
}

static void same_answer_however_the_bytes_are_cut(void **state) {
    size_t (*const cuts[])(size_t) = {cut_whole, cut_byte, cut_random, cut_random, cut_random};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
            struct arena *arena = arena_new();
            struct parsed got;
            parse(case_bytes(i), cuts[c], arena, &got);
            if (got.status != cases[i].status)
                fail_msg("%s (cut %zu): got %d, expected %d", cases[i].attack, c, got.status,
                    cases[i].status);
            buf_fini(&got.body);
            arena_free(&arena);
        }
}

static void body_is_put_together_and_the_next_request_left(void **state) {
    struct str bytes =
        STR("POST /x HTTP/1.1\r\n" HOST
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nGET /");
    struct arena *arena = arena_new();
    struct parsed got;
    parse(bytes, cut_whole, arena, &got);
    assert_int_equal(got.status, 0);
    assert_true(str_eq(buf_str(&got.body), STR("abcde")));
    assert_true(str_eq(got.target, STR("/x")));
    assert_int_equal(got.used, bytes.n - 5);
    buf_fini(&got.body);
    arena_free(&arena);
}

static int status_of(struct buf *bytes) {
    struct arena *arena = arena_new();
    struct parsed got;
    parse(buf_str(bytes), cut_random, arena, &got);
    buf_fini(&got.body);
    arena_free(&arena);
    buf_fini(bytes);
    return got.status;
}

static void heads_are_bounded(void **state) {
    struct buf b = {0};
    buf_add_str(&b, STR("GET / HTTP/1.1\r\n" HOST));
    for (int i = 0; i < LIMIT_HEADERS; i++)
        buf_addf(&b, "X-%d: y\r\n", i);
    buf_add_str(&b, STR("\r\n"));
    assert_int_equal(status_of(&b), 431);

    buf_add_str(&b, STR("GET / HTTP/1.1\r\n" HOST "X: "));
    for (int i = 0; i < LIMIT_HEAD_BYTES; i++)
        buf_add_char(&b, 'y');
    assert_int_equal(status_of(&b), 431);

    buf_add_str(&b, STR("GET /"));
    for (int i = 0; i < LIMIT_TARGET_BYTES + 200; i++)
        buf_add_char(&b, 'y');
    assert_int_equal(status_of(&b), 414);
}

static void chunk_heads_may_not_outweigh_the_body(void **state) {
    struct buf b = {0};
    buf_add_str(&b, STR("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;"));
    for (int i = 0; i < 40000; i++)
        buf_add_char(&b, 'x');
    assert_int_equal(status_of(&b), 413);
}

/* -------------------------------------------------------------------------------------------------------
 * targets */

static void targets_mean_one_thing_or_are_refused(void **state) {
    static const struct {
        const char *target, *path, *query, *host; /* path NULL: refused */
    } t[] = {
        {"/", "/", "", ""},
        {"/a/b?c=d", "/a/b", "c=d", ""},
        {"/a%20b", "/a b", "", ""},
        {"/%c3%a9", "/\xc3\xa9", "", ""},
        {"/a/./b/../c", "/a/c", "", ""},
        {"/a/..", "/", "", ""},
        {"/a/b/.", "/a/b/", "", ""},
        {"/%2e%2e/a", NULL, "", ""},
        {"/a/%2e%2E/b", "/b", "", ""},
        {"/..", NULL, "", ""},
        {"/a/../../b", NULL, "", ""},
        {"/a%2fb", NULL, "", ""},
        {"/a%5Cb", NULL, "", ""},
        {"/a%00", NULL, "", ""},
        {"/a%0a", NULL, "", ""},
        {"/a%7f", NULL, "", ""},
        {"/a%", NULL, "", ""},
        {"/a%4", NULL, "", ""},
        {"/a%zz", NULL, "", ""},
        {"/%ff", NULL, "", ""},
        {"/%c0%af", NULL, "", ""},
        {"/a#b", NULL, "", ""},
        {"/?a=%zz", NULL, "", ""},
        {"/?a=%00", NULL, "", ""},
        {"a", NULL, "", ""},
        {"*", NULL, "", ""},
        {"http://x.example/a?b", "/a", "b", "x.example"},
        {"http://x.example", "/", "", "x.example"},
        {"http://u@x.example/", NULL, "", ""},
        {"ftp://x.example/", NULL, "", ""},
        {"/%252e%252e/", "/%2e%2e/", "", ""},
        {"//a", "//a", "", ""},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct arena *arena = arena_new();
        struct http_target got = {0};
        int r = http_target_parse(arena, str_from(t[i].target), false, &got);
        if (!t[i].path && r == 0)
            fail_msg("%s was let through as %.*s", t[i].target, STR_ARG(got.path));
        if (t[i].path
            && (r < 0 || !str_eq(got.path, str_from(t[i].path))
                || !str_eq(got.query, str_from(t[i].query))
                || !str_eq(got.host, str_from(t[i].host))))
            fail_msg("%s: %d %.*s", t[i].target, r, STR_ARG(got.path));
        arena_free(&arena);
    }
}

static void no_handler(struct request *r) {}

static void literals_win_and_params_are_handed_over(void **state) {
    static const struct web_route table[] = {
        {METHOD_GET, "/rooms", no_handler, 1},
        {METHOD_GET, "/rooms/open", no_handler, 2},
        {METHOD_GET, "/rooms/{room}", no_handler, 3},
        {METHOD_PATCH, "/rooms/{room}", no_handler, 4},
        {METHOD_GET, "/rooms/{room}/members/{user}", no_handler, 5},
        {METHOD_GET, "/rooms/open/things", no_handler, 6},
    };
    struct router *r = router_new();
    struct router_match m;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        router_add(r, STR("/api/v1"), &table[i]);
    assert_true(router_find(r, STR("/api/v1/rooms"), &m));
    assert_int_equal(m.routes[METHOD_GET]->access, 1);
    assert_true(router_find(r, STR("/api/v1/rooms/open"), &m));
    assert_int_equal(m.routes[METHOD_GET]->access, 2);
    assert_true(router_find(r, STR("/api/v1/rooms/x"), &m));
    assert_int_equal(m.routes[METHOD_PATCH]->access, 4);
    assert_true(str_eq(m.param[0], STR("x")));
    assert_true(
        router_find(r, STR("/api/v1/rooms/open/members/u"), &m)); /* back from the literal */
    assert_true(str_eq(m.param[0], STR("open")) && str_eq(m.param[1], STR("u")));
    assert_false(router_find(r, STR("/api/v1/rooms/"), &m));
    assert_false(router_find(r, STR("/api/v1/rooms/x/members"), &m));
    assert_false(router_find(r, STR("/api/v1"), &m));
    router_free(&r);
}

/* -------------------------------------------------------------------------------------------------------
 * connections
 */

static struct request *kept[LIMIT_PIPELINE * 4];
static unsigned kept_n;

static void echo_path(struct request *r) {
    request_respond(r, 200, STR("text/plain"), r->param[0].p ? r->param[0] : r->path);
}
static void keep(struct request *r) {
    kept[kept_n++] = r;
}
static void sum(struct request *r) {
    request_respond(r, 200, STR("text/plain"), arena_printf(r->arena, "len=%zu", r->body.n));
}
static void whoami(struct request *r) {
    request_respond(r, 200, STR("text/plain"),
        arena_printf(r->arena, "<%.*s %d>", STR_ARG(r->address), r->secure));
}
static void ranged(struct request *r) {
    if (request_not_modified(r, STR("\"v1\"")))
        return;
    struct blob *b = blob_new(STR("0123456789"));
    request_respond_ranges(r, STR("text/plain"), STR("\"v1\""), b);
    blob_unref(&b);
}
static void parts(struct request *r) {
    struct str q = {0}, c = {0};
    request_query(r, STR("q"), &q);
    request_cookie(r, STR("s"), &c);
    request_respond(
        r, 200, STR("text/plain"), arena_printf(r->arena, "<%.*s|%.*s>", STR_ARG(q), STR_ARG(c)));
}
static void large(struct request *r) {
    struct blob *b = blob_new_uninit(100 * 1024);
    memset(b->p, 'x', b->n);
    request_respond_blob(r, 200, STR("text/plain"), b);
    blob_unref(&b);
}

static void huge(struct request *r) {
    struct blob *b = blob_new_uninit(16 * 1024 * 1024);
    memset(b->p, 'x', b->n);
    request_respond_blob(r, 200, STR("text/plain"), b);
    blob_unref(&b);
}

static const struct web_route routes[] = {
    {METHOD_GET, "/huge", huge},
    {METHOD_GET, "/echo/{what}", echo_path},
    {METHOD_GET, "/keep", keep},
    {METHOD_POST, "/sum", sum},
    {METHOD_GET, "/whoami", whoami},
    {METHOD_GET, "/ranged", ranged},
    {METHOD_GET, "/parts", parts},
    {METHOD_GET, "/large", large},
    {METHOD_POST, "/keep", keep},
};

struct world {
    struct site site;
    struct peer peer;
};

static void world_open(struct world *w, const struct web_config *config) {
    clock_freeze_us(1700000000 * SECOND_US);
    kept_n = 0;
    site_open(&w->site, config);
    web_routes(w->site.web, STR(""), routes, sizeof routes / sizeof *routes);
    peer_open(&w->peer, &w->site);
}

static void world_close(struct world *w) {
    peer_close(&w->peer);
    site_close(&w->site);
    clock_freeze_us(0);
}

static void send_text(struct peer *p, const char *text) {
    peer_send(p, str_from(text));
}

static void pipelined_requests_are_answered_in_order(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    struct buf b = {0};
    for (int i = 0; i < LIMIT_PIPELINE * 5; i++)
        buf_addf(&b, "GET /echo/no%d. HTTP/1.1\r\n" HOST "\r\n", i);
    peer_send(&w.peer, buf_str(&b));
    buf_fini(&b);
    assert_true(peer_expect(&w.peer, "no79."));
    const char *before = w.peer.got.p;
    for (int i = 0; i < LIMIT_PIPELINE * 5; i++) {
        char text[32];
        snprintf(text, sizeof text, "\r\n\r\nno%d.", i);
        const char *at = strstr(before, text);
        assert_non_null(at);
        before = at;
    }
    assert_int_equal(peer_count(&w.peer, "HTTP/1.1 200"), LIMIT_PIPELINE * 5);
    world_close(&w);
}

static void a_late_answer_holds_back_those_behind_it(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(
        &w.peer, "GET /keep HTTP/1.1\r\n" HOST "\r\nGET /echo/second HTTP/1.1\r\n" HOST "\r\n");
    while (kept_n == 0)
        site_turn(&w.site);
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    peer_read(&w.peer);
    assert_int_equal(w.peer.got.n, 0);
    request_respond(kept[0], 200, STR("text/plain"), STR("first"));
    assert_true(peer_expect(&w.peer, "second"));
    assert_true(strstr(w.peer.got.p, "first") < strstr(w.peer.got.p, "second"));
    world_close(&w);
}

static void reading_stops_when_answers_are_not_taken(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    struct buf b = {0};
    for (int i = 0; i < 200; i++)
        buf_add_str(&b, STR("GET /large HTTP/1.1\r\n" HOST "\r\n"));
    peer_send(&w.peer, buf_str(&b));
    buf_fini(&b);
    for (int i = 0; i < 50; i++)
        site_turn(&w.site);
    assert_true(web_stats(w.site.web)->requests < 20);
    if (!peer_expect_n(&w.peer, 200 * 100 * 1024))
        fail_msg("%zu bytes, %llu requests, ended %d", w.peer.got.n,
            (unsigned long long)web_stats(w.site.web)->requests, w.peer.ended);
    assert_int_equal(web_stats(w.site.web)->requests, 200);
    world_close(&w);
}

static void a_peer_that_goes_leaves_the_request_alive(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(&w.peer, "GET /keep HTTP/1.1\r\n" HOST "\r\n");
    while (kept_n == 0)
        site_turn(&w.site);
    assert_false(web_is_empty(w.site.web));
    /* The server sees nothing of a close while a handler is busy, and must survive answering into
     * it. */
    peer_close(&w.peer);
    site_turn(&w.site);
    request_respond(kept[0], 200, STR("text/plain"), STR("late"));
    for (int i = 0; i < 5 && !web_is_empty(w.site.web); i++)
        site_turn(&w.site);
    site_advance(&w.site, 5);
    assert_true(web_is_empty(w.site.web));
    world_close(&w);
}

static void half_closed_peers_get_all_their_answers(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(&w.peer, "GET /keep HTTP/1.1\r\n" HOST "\r\nGET /echo/b HTTP/1.1\r\n" HOST "\r\n");
    shutdown(w.peer.fd, SHUT_WR);
    while (kept_n == 0)
        site_turn(&w.site);
    site_turn(&w.site);
    request_respond(kept[0], 200, STR("text/plain"), STR("a"));
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(peer_count(&w.peer, "HTTP/1.1 200"), 2);
    world_close(&w);
}

static void expect_status(const char *request, const char *status, const char *also) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(&w.peer, request);
    if (!peer_expect(&w.peer, "\r\n\r\n") || !peer_has(&w.peer, status) || !peer_has(&w.peer, also))
        fail_msg("%s\n-> %.*s", request, (int)w.peer.got.n, w.peer.got.p ? w.peer.got.p : "");
    world_close(&w);
}

static void wrong_requests_get_their_status(void **state) {
    expect_status(
        "GET /nothing HTTP/1.1\r\n" HOST "\r\n", "404 Not Found", "\"code\":\"not_found\"");
    expect_status("PUT /sum HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "405 ",
        "Allow: POST, OPTIONS\r\n");
    expect_status(
        "OPTIONS /echo/x HTTP/1.1\r\n" HOST "\r\n", "204 ", "Allow: GET, HEAD, OPTIONS\r\n");
    expect_status("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "204 ", "Allow: GET, HEAD, POST");
    expect_status("POST /sum HTTP/1.1\r\n" HOST "\r\n", "411 ", "Connection: close");
    expect_status("POST /sum HTTP/1.1\r\n" HOST "Content-Length: 262145\r\n\r\n", "413 ",
        "Connection: close");
    expect_status("GET /%00 HTTP/1.1\r\n" HOST "\r\n", "400 ", "application/problem+json");
    expect_status("TRACE / HTTP/1.1\r\n" HOST "\r\n", "501 ", "not_implemented");
    expect_status("CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", "501 ", "not_implemented");
    expect_status("GET / HTTP/3.0\r\n" HOST "\r\n", "505 ", "http_version");
    expect_status("GET http://other.example/echo/x HTTP/1.1\r\n" HOST "\r\n", "200 ", "x");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=2-4\r\n\r\n", "206 ",
        "Content-Range: bytes 2-4/10\r\n");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=-3\r\n\r\n", "206 ", "\r\n\r\n789");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=7-\r\n\r\n", "206 ", "\r\n\r\n789");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=10-\r\n\r\n", "416 ",
        "Content-Range: bytes */10\r\n");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=5-2\r\n\r\n", "200 ",
        "Content-Length: 10\r\n");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=0-1,3-4\r\n\r\n", "200 ",
        "Content-Length: 10\r\n");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=2-4\r\nIf-Range: \"v0\"\r\n\r\n",
        "200 ", "0123456789");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "Range: bytes=2-4\r\nIf-Range: \"v1\"\r\n\r\n",
        "206 ", "234");
    expect_status("GET /ranged HTTP/1.1\r\n" HOST "If-None-Match: \"v0\", W/\"v1\"\r\n\r\n", "304 ",
        "ETag: \"v1\"");
    expect_status("GET /parts?x=1&q=a%20b+c HTTP/1.1\r\n" HOST
                  "Cookie: a=b; s=yes\r\nCookie: t=u\r\n\r\n",
        "200 ", "<a b c|yes>");
}

static void head_has_the_length_without_the_body(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(
        &w.peer, "HEAD /echo/word HTTP/1.1\r\n" HOST "\r\nGET /echo/end HTTP/1.1\r\n" HOST "\r\n");
    assert_true(peer_expect(&w.peer, "end"));
    assert_true(peer_has(&w.peer, "Content-Length: 4\r\n"));
    assert_false(peer_has(&w.peer, "word"));
    world_close(&w);
}

static void a_body_is_asked_for_when_its_sender_waits(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(
        &w.peer, "POST /sum HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_true(peer_expect(&w.peer, "HTTP/1.1 100 Continue\r\n\r\n"));
    send_text(&w.peer, "12345");
    assert_true(peer_expect(&w.peer, "len=5"));
    world_close(&w);
}

static void ambiguity_closes_the_connection(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(&w.peer,
        "POST /sum HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        "GET /echo/smuggled HTTP/1.1\r\n" HOST "\r\n");
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(peer_count(&w.peer, "HTTP/1.1 "), 1);
    assert_false(peer_has(&w.peer, "smuggled"));
    world_close(&w);
}

static void slow_heads_and_bodies_time_out_and_idle_ones_are_closed(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    send_text(&w.peer, "GET /echo/x HT");
    for (int i = 0; i < 20; i++)
        site_turn(&w.site);
    site_advance(&w.site, LIMIT_HEAD_SECONDS - 2);
    send_text(&w.peer, "T"); /* a byte now and then does not push the limit out */
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    peer_read(&w.peer);
    assert_int_equal(w.peer.got.n, 0);
    site_advance(&w.site, 4);
    assert_true(peer_expect_end(&w.peer));
    assert_true(peer_has(&w.peer, "HTTP/1.1 408 "));
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site);
    send_text(&w.peer, "POST /sum HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n1234");
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    site_advance(&w.site, LIMIT_BODY_SECONDS + 2);
    assert_true(peer_expect(&w.peer, "HTTP/1.1 408 "));
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site);
    send_text(&w.peer, "GET /echo/x HTTP/1.1\r\n" HOST "\r\n");
    assert_true(peer_expect(&w.peer, "\r\n\r\nx"));
    site_advance(&w.site, LIMIT_IDLE_SECONDS - 2);
    peer_read(&w.peer);
    assert_false(w.peer.ended);
    site_advance(&w.site, 4);
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(peer_count(&w.peer, "HTTP/1.1"), 1);
    world_close(&w);
}

static void a_long_answer_may_be_taken_slowly_but_not_never(void **state) {
    for (int closing = 0; closing < 2; closing++) {
        struct world w;
        char some[4096];
        world_open(&w, &(struct web_config){0});
        send_text(&w.peer,
            closing ? "GET /huge HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n"
                    : "GET /huge HTTP/1.1\r\n" HOST "\r\n");
        while (web_stats(w.site.web)->requests == 0)
            site_turn(&w.site);
        for (int i = 0; i < 20; i++) { /* a little each time, for far longer than any limit */
            site_advance(&w.site, 25);
            for (int k = 0; k < 100; k++) {
                assert_true(recv(w.peer.fd, some, sizeof some, 0) > 0);
                site_turn(&w.site);
            }
        }
        assert_int_equal(w.site.net->stats.conns, 1);
        for (int i = 0; i < 8 && w.site.net->stats.conns; i++) /* and then none at all */
            site_advance(&w.site, 40);
        assert_int_equal(w.site.net->stats.conns, 0);
        world_close(&w);
    }
}

static void only_trusted_proxies_name_the_client(void **state) {
    static const struct {
        const char *trusted, *headers, *expected;
    } t[] = {
        {"192.0.2.0/24", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n",
            "<unix 0>"},
        {"unix", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "<203.0.113.9 1>"},
        {"unix", "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n", "<203.0.113.9 0>"},
        {"unix", "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 2001:db8::1\r\n",
            "<2001:db8::1 0>"},
        {"unix", "X-Forwarded-For: evil\r\n", "<unix 0>"},
        {"unix", "", "<unix 0>"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct address_range range;
        struct world w;
        char request[256];
        assert_int_equal(address_range_parse(str_from(t[i].trusted), &range), 0);
        world_open(&w, &(struct web_config){.trusted = &range, .n_trusted = 1});
        snprintf(request, sizeof request, "GET /whoami HTTP/1.1\r\n" HOST "%s\r\n", t[i].headers);
        send_text(&w.peer, request);
        assert_true(peer_expect(&w.peer, t[i].expected));
        world_close(&w);
    }
}

static void ranges_of_addresses(void **state) {
    struct address_range r;
    assert_int_equal(address_range_parse(STR("10.0.0.0/8"), &r), 0);
    assert_true(address_in_range(STR("10.255.1.2"), &r));
    assert_false(address_in_range(STR("11.0.0.1"), &r));
    assert_false(address_in_range(STR("unix"), &r));
    assert_int_equal(address_range_parse(STR("2001:db8::/33"), &r), 0);
    assert_true(address_in_range(STR("2001:db8:7fff::1"), &r));
    assert_false(address_in_range(STR("2001:db8:8000::1"), &r));
    assert_true(address_range_parse(STR("10.0.0.1/8"), &r) < 0);
    assert_true(address_range_parse(STR("10.0.0.0/33"), &r) < 0);
    assert_true(address_range_parse(STR("x"), &r) < 0);
    assert_true(address_range_parse(STR(""), &r) < 0);
}

static void a_drain_finishes_what_is_in_flight(void **state) {
    struct world w;
    struct peer idle;
    world_open(&w, &(struct web_config){0});
    peer_open(&idle, &w.site);
    send_text(&idle, "GET /echo/x HTTP/1.1\r\n" HOST "\r\n");
    assert_true(peer_expect(&idle, "\r\n\r\nx"));
    send_text(&w.peer, "GET /keep HTTP/1.1\r\n" HOST "\r\n");
    while (kept_n == 0)
        site_turn(&w.site);
    web_drain(w.site.web);
    assert_true(peer_expect_end(&idle));
    peer_close(&idle);
    assert_false(web_is_empty(w.site.web));
    request_respond(kept[0], 200, STR("text/plain"), STR("done"));
    assert_true(peer_expect_end(&w.peer));
    assert_true(peer_has(&w.peer, "Connection: close") && peer_has(&w.peer, "done"));
    peer_close(&w.peer);
    for (int i = 0; i < 10 && !web_is_empty(w.site.web); i++)
        site_turn(&w.site);
    assert_true(web_is_empty(w.site.web));
    world_close(&w);
}

static void random_bytes_never_harm(void **state) {
    for (int round = 0; round < 300; round++) {
        struct world w;
        char bytes[300];
        world_open(&w, &(struct web_config){0});
        struct str base = case_bytes(rand_u64() % (sizeof cases / sizeof *cases));
        size_t n = base.n < sizeof bytes ? base.n : sizeof bytes;
        memcpy(bytes, base.p, n);
        for (int i = 0; i < 3; i++)
            bytes[rand_u64() % n] = (char)rand_u64();
        peer_send(&w.peer, str_make(bytes, n));
        for (int i = 0; i < 4; i++)
            site_turn(&w.site);
        peer_read(&w.peer);
        for (unsigned i = 0; i < kept_n; i++)
            request_respond(kept[i], 200, STR("text/plain"), STR("x"));
        world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_answer_however_the_bytes_are_cut),
        cmocka_unit_test(body_is_put_together_and_the_next_request_left),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(chunk_heads_may_not_outweigh_the_body),
        cmocka_unit_test(targets_mean_one_thing_or_are_refused),
        cmocka_unit_test(literals_win_and_params_are_handed_over),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_late_answer_holds_back_those_behind_it),
        cmocka_unit_test(reading_stops_when_answers_are_not_taken),
        cmocka_unit_test(a_peer_that_goes_leaves_the_request_alive),
        cmocka_unit_test(half_closed_peers_get_all_their_answers),
        cmocka_unit_test(wrong_requests_get_their_status),
        cmocka_unit_test(head_has_the_length_without_the_body),
        cmocka_unit_test(a_body_is_asked_for_when_its_sender_waits),
        cmocka_unit_test(ambiguity_closes_the_connection),
        cmocka_unit_test(slow_heads_and_bodies_time_out_and_idle_ones_are_closed),
        cmocka_unit_test(a_long_answer_may_be_taken_slowly_but_not_never),
        cmocka_unit_test(only_trusted_proxies_name_the_client),
        cmocka_unit_test(ranges_of_addresses),
        cmocka_unit_test(a_drain_finishes_what_is_in_flight),
        cmocka_unit_test(random_bytes_never_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
