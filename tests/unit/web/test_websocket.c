/* WebSocket: the parser by itself, the handshake, and live connections on real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <zlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/rand.h"
#include "harness.h"
#include "web/live.h"
#include "web/live_internal.h"
#include "web/websocket_parser.h"

/* -------------------------------------------------------------------------------------------------------
 * the parser */

/* What came out, as text: "T:hello P: C1000:bye E1002". */
static void run(
    struct str bytes, size_t (*next_cut)(size_t left), bool deflate, size_t most, struct buf *out) {
    struct websocket_inflater *inflater = websocket_inflater_new();
    struct websocket_limits limits = {.message_bytes = most};
    struct websocket_parser p;
    websocket_parser_init(&p, deflate);
    buf_clear(out);
    bool over = false;
    while (bytes.n > 0 && !over) {
        size_t cut = next_cut(bytes.n), left = cut;
        char *piece = malloc(cut), *at = piece;
        memcpy(piece, bytes.p, cut);
        bytes = str_from_index(bytes, cut);
        struct websocket_event e;
        int r;
        while ((r = websocket_parser_feed(&p, inflater, &limits, &at, &left, &e)) > 0) {
            static const char letters[] = " TB     CPO";
            if (e.opcode == WS_CLOSE)
                buf_addf(out, "C%d:%.*s ", e.code, STR_ARG(e.payload));
            else if (e.payload.n > 200)
                buf_addf(out, "%c%zu ", letters[e.opcode], e.payload.n);
            else
                buf_addf(out, "%c:%.*s ", letters[e.opcode], STR_ARG(e.payload));
        }
        if (r < 0) {
            buf_addf(out, "E%d ", -r);
            over = true;
        }
        free(piece);
    }
    websocket_parser_fini(&p);
    websocket_inflater_free(&inflater);
}

static size_t cut_whole(size_t left) {
    return left;
}
static size_t cut_byte(size_t left) {
    return 1;
}
static size_t cut_random(size_t left) {
    return 1 + rand_u64() % (left < 30 ? left : 30);
}

static void check_all_cuts(
    const char *name, struct str bytes, bool deflate, size_t most, const char *expected) {
    size_t (*const cuts[])(size_t) = {cut_whole, cut_byte, cut_random, cut_random};
    _cleanup_buf_ struct buf got = {0};
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        run(bytes, cuts[c], deflate, most, &got);
        if (!str_eq(buf_str(&got), str_from(expected)))
            fail_msg("%s (cut %zu): got \"%s\", expected \"%s\"", name, c, buf_z(&got), expected);
    }
}

#define FIN 0x80
#define RSV1 0x40
#define FRAME(first, text) add_frame(&b, (first), STR(text))
#define EXPECT(name, expected)                                    \
    do {                                                          \
        check_all_cuts(name, buf_str(&b), false, 1000, expected); \
        buf_clear(&b);                                            \
    } while (0)

static void messages_come_out_however_they_are_cut_and_fragmented(void **state) {
    _cleanup_buf_ struct buf b = {0};
    FRAME(FIN | WS_TEXT, "hello");
    FRAME(FIN | WS_BINARY, "\x01\x02");
    FRAME(FIN | WS_TEXT, "");
    EXPECT("whole", "T:hello B:\x01\x02 T: ");
    FRAME(WS_TEXT, "he");
    FRAME(WS_CONTINUATION, "");
    FRAME(WS_CONTINUATION, "ll");
    FRAME(FIN | WS_CONTINUATION, "o");
    EXPECT("fragments", "T:hello ");
    FRAME(WS_TEXT, "he");
    FRAME(FIN | WS_PING, "are you there");
    FRAME(FIN | WS_PONG, "");
    FRAME(FIN | WS_CONTINUATION, "llo");
    FRAME(FIN | WS_TEXT, "next");
    EXPECT("control between fragments", "P:are you there O: T:hello T:next ");
    FRAME(WS_TEXT, "");
    FRAME(FIN | WS_PING, "x");
    FRAME(FIN | WS_CONTINUATION, "abc");
    EXPECT("empty first fragment", "P:x T:abc ");
    FRAME(FIN | WS_CLOSE,
        "\x03\xe8"
        "bye");
    FRAME(FIN | WS_TEXT, "after");
    EXPECT("nothing after a close", "C1000:bye ");
    FRAME(FIN | WS_CLOSE, "");
    EXPECT("close without code", "C1005: ");
}

static void lengths_of_all_forms(void **state) {
    static const size_t sizes[] = {125, 126, 127, 65535, 65536, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        _cleanup_buf_ struct buf b = {0};
        char *text = malloc(sizes[i]), expected[32];
        memset(text, 'a', sizes[i]);
        add_frame(&b, FIN | WS_BINARY, str_make(text, sizes[i]));
        _cleanup_buf_ struct buf got = {0};
        run(buf_str(&b), cut_random, false, 100000, &got);
        snprintf(expected, sizeof expected, "B%zu ", sizes[i]);
        if (sizes[i] > 200)
            assert_string_equal(buf_z(&got), expected);
        else
            assert_int_equal(got.n, sizes[i] + 3);
        free(text);
    }
}

static void broken_rules_are_named(void **state) {
    _cleanup_buf_ struct buf b = {0};
    buf_add_str(&b, STR("\x81\x05hello"));
    EXPECT("unmasked", "E1002 ");
    FRAME(FIN | 0x20 | WS_TEXT, "x");
    EXPECT("RSV2", "E1002 ");
    FRAME(FIN | 0x10 | WS_TEXT, "x");
    EXPECT("RSV3", "E1002 ");
    FRAME(FIN | RSV1 | WS_TEXT, "x");
    EXPECT("RSV1 without the extension", "E1002 ");
    for (unsigned opcode = 3; opcode < 16; opcode++) {
        if (opcode >= WS_CLOSE && opcode <= WS_PONG)
            continue;
        FRAME(FIN | opcode, "x");
        EXPECT("reserved opcode", "E1002 ");
    }
    FRAME(FIN | WS_CONTINUATION, "x");
    EXPECT("continuation of nothing", "E1002 ");
    FRAME(WS_TEXT, "a");
    FRAME(FIN | WS_TEXT, "b");
    EXPECT("new message inside a message", "E1002 ");
    FRAME(WS_PING, "a");
    EXPECT("fragmented control", "E1002 ");
    char long_ping[126] = {0};
    add_frame(&b, FIN | WS_PING, str_make(long_ping, sizeof long_ping));
    EXPECT("long control", "E1002 ");
    buf_add(&b, "\x82\xfe\x00\x7d", 4);
    buf_add(&b, long_ping, 100);
    EXPECT("two-byte length that is too short", "E1002 ");
    buf_add(&b, "\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10);
    buf_add(&b, long_ping, 100);
    EXPECT("eight-byte length that is too short", "E1002 ");
    buf_add(&b, "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", 10);
    buf_add(&b, long_ping, 4);
    EXPECT("length with the highest bit", "E1002 ");
    buf_add(&b, "\x82\xff\x00\x00\x00\x00\x00\x10\x00\x00", 10);
    buf_add(&b, long_ping, 4);
    EXPECT("too big before a byte of it has come", "E1009 ");
    char part[600] = {0};
    add_frame(&b, WS_BINARY, str_make(part, sizeof part));
    add_frame(&b, FIN | WS_CONTINUATION, str_make(part, sizeof part));
    EXPECT("too big in pieces", "E1009 ");
    FRAME(FIN | WS_CLOSE, "x");
    EXPECT("close of one byte", "E1002 ");
    static const unsigned bad[] = {
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char code[2] = {(char)(bad[i] >> 8), (char)bad[i]};
        add_frame(&b, FIN | WS_CLOSE, str_make(code, 2));
        EXPECT("close code", "E1002 ");
    }
    static const unsigned good[] = {1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char code[2] = {(char)(good[i] >> 8), (char)good[i]}, expected[16];
        add_frame(&b, FIN | WS_CLOSE, str_make(code, 2));
        snprintf(expected, sizeof expected, "C%u: ", good[i]);
        EXPECT("close code", expected);
    }
    FRAME(FIN | WS_CLOSE, "\x03\xe8\xff");
    EXPECT("close reason that is not UTF-8", "E1007 ");
}

static void text_is_checked_as_it_comes(void **state) {
    _cleanup_buf_ struct buf b = {0};
    FRAME(WS_TEXT, "\xc3");
    FRAME(FIN | WS_CONTINUATION, "\xa9!");
    EXPECT("character split over fragments", "T:\xc3\xa9! ");
    FRAME(WS_TEXT, "\xf0\x9f");
    FRAME(FIN | WS_PING, "\xff");
    FRAME(FIN | WS_CONTINUATION, "\x98\x80");
    EXPECT("control between, not text", "P:\xff T:\xf0\x9f\x98\x80 ");
    FRAME(FIN | WS_TEXT, "\xc3");
    EXPECT("unfinished", "E1007 ");
    FRAME(FIN | WS_TEXT, "\xed\xa0\x80");
    EXPECT("surrogate", "E1007 ");
    FRAME(FIN | WS_TEXT, "\xc0\xaf");
    EXPECT("overlong", "E1007 ");
    FRAME(FIN | WS_TEXT, "\xf4\x90\x80\x80");
    EXPECT("beyond", "E1007 ");
    FRAME(FIN | WS_BINARY, "\xff");
    EXPECT("binary is anything", "B:\xff ");
    FRAME(FIN | WS_TEXT, "abc\xff and more that has not come yet");
    b.n = 4 + 2 + 4; /* head and four bytes */
    EXPECT("fails before the frame is whole", "E1007 ");
}

/* Deflates as a client would. */
static void deflated(struct str in, int flush, struct buf *out) {
    z_stream z = {0};
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&z, in.n) + 16;
    buf_clear(out);
    z.next_in = (Bytef *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)buf_reserve(out, room);
    z.avail_out = (uInt)room;
    deflate(&z, flush);
    out->n = room - z.avail_out;
    deflateEnd(&z);
    if (flush == Z_SYNC_FLUSH)
        out->n -= 4;
    else
        buf_add_char(out, '\0'); /* RFC 7692 7.2.3.4 */
}

static void compressed_messages(void **state) {
    _cleanup_buf_ struct buf b = {0};
    _cleanup_buf_ struct buf z = {0};
    deflated(STR("hello hello hello hello"), Z_SYNC_FLUSH, &z);
    add_frame(&b, FIN | RSV1 | WS_TEXT, buf_str(&z));
    add_frame(&b, RSV1 | WS_TEXT, str_make(z.p, 3));
    add_frame(&b, FIN | WS_PING, STR("p"));
    add_frame(&b, FIN | WS_CONTINUATION, str_from_index(buf_str(&z), 3));
    add_frame(&b, FIN | WS_TEXT, STR("plain"));
    check_all_cuts("deflate", buf_str(&b), true, 1000,
        "T:hello hello hello hello P:p T:hello hello hello hello T:plain ");
    buf_clear(&b);

    deflated(STR("with a final block"), Z_FINISH, &z);
    add_frame(&b, FIN | RSV1 | WS_TEXT, buf_str(&z));
    add_frame(&b, FIN | RSV1 | WS_TEXT, buf_str(&z));
    check_all_cuts(
        "final block", buf_str(&b), true, 1000, "T:with a final block T:with a final block ");
    buf_clear(&b);

    add_frame(&b, FIN | RSV1 | WS_TEXT, STR("\0"));
    check_all_cuts("empty", buf_str(&b), true, 1000, "T: ");
    buf_clear(&b);

    add_frame(&b, FIN | RSV1 | WS_TEXT, STR("\xff\xff\xff"));
    check_all_cuts("no deflate", buf_str(&b), true, 1000, "E1007 ");
    buf_clear(&b);

    deflated(STR("\xff"), Z_SYNC_FLUSH, &z);
    add_frame(&b, FIN | RSV1 | WS_TEXT, buf_str(&z));
    check_all_cuts("not UTF-8 inside", buf_str(&b), true, 1000, "E1007 ");
    buf_clear(&b);

    add_frame(&b, FIN | RSV1 | WS_PING, STR("x"));
    check_all_cuts("compressed control", buf_str(&b), true, 1000, "E1002 ");
    buf_clear(&b);

    add_frame(&b, WS_TEXT, STR("x"));
    add_frame(&b, FIN | RSV1 | WS_CONTINUATION, STR("x"));
    check_all_cuts("RSV1 on a continuation", buf_str(&b), true, 1000, "E1002 ");
}

static void a_bomb_is_stopped_at_the_bound(void **state) {
    _cleanup_buf_ struct buf b = {0};
    _cleanup_buf_ struct buf z = {0};
    size_t n = 50u << 20;
    char *zeros = calloc(1, n);
    deflated(str_make(zeros, n), Z_SYNC_FLUSH, &z);
    free(zeros);
    assert_true(z.n < LIMIT_SOCKET_MESSAGE_BYTES);
    add_frame(&b, FIN | RSV1 | WS_BINARY, buf_str(&z));
    check_all_cuts("bomb", buf_str(&b), true, LIMIT_SOCKET_MESSAGE_BYTES, "E1009 ");
    deflated(STR("0123456789"), Z_SYNC_FLUSH, &z);
    buf_clear(&b);
    add_frame(&b, FIN | RSV1 | WS_TEXT, buf_str(&z));
    check_all_cuts("exactly the bound", buf_str(&b), true, 12, "T:0123456789 ");
}

static void random_frames_never_harm(void **state) {
    _cleanup_buf_ struct buf b = {0};
    _cleanup_buf_ struct buf whole = {0};
    _cleanup_buf_ struct buf cut = {0};
    for (int round = 0; round < 20000; round++) {
        buf_clear(&b);
        for (int i = 0; i < 4; i++) {
            char text[20];
            size_t n = rand_u64() % sizeof text;
            rand_bytes(text, n);
            if (rand_u64() % 2)
                memset(text, 'a', n);
            add_frame(&b,
                (unsigned)(rand_u64() % 16) | (rand_u64() % 8 ? FIN : 0)
                    | (rand_u64() % 8 ? 0 : RSV1),
                str_make(text, n));
        }
        if (rand_u64() % 4 == 0)
            b.p[rand_u64() % b.n] = (char)rand_u64();
        run(buf_str(&b), cut_whole, true, 1000, &whole);
        run(buf_str(&b), cut_random, true, 1000, &cut);
        assert_true(str_eq(buf_str(&whole), buf_str(&cut)));
    }
}

/* -------------------------------------------------------------------------------------------------------
 * frames out */

static void frames_are_made_once_and_shared(void **state) {
    struct buf text = {0};
    for (int i = 0; i < 100; i++)
        buf_add_str(&text, STR("again and "));
    struct frame *f = frame_new(buf_str(&text));
    struct blob *plain = frame_wire(f, WIRE_WS), *small = frame_wire(f, WIRE_WS_DEFLATE);
    assert_ptr_equal(plain, frame_wire(f, WIRE_WS));
    assert_ptr_equal(small, frame_wire(f, WIRE_WS_DEFLATE));
    assert_int_equal(plain->n, 1000 + 4);
    assert_true(small->n < 100 && (unsigned char)small->p[0] == 0xC1);
    assert_true(str_has_prefix(blob_str(frame_wire(f, WIRE_SSE)), STR("data: again")));
    assert_true(str_has_suffix(blob_str(frame_wire(f, WIRE_SSE)), STR("\n\n")));
    struct frame *other = frame_ref(f);
    frame_unref(&f);
    assert_true(str_eq(frame_json(other), buf_str(&text)));
    frame_unref(&other);
    buf_fini(&text);
    struct frame *noise = frame_new(STR("x"));
    assert_int_equal(
        (unsigned char)frame_wire(noise, WIRE_WS_DEFLATE)->p[0], 0x81); /* would not be smaller */
    frame_unref(&noise);
}

static void *make_wires(void *arg) {
    struct frame *f = arg;
    for (int wire = 0; wire < WIRE_COUNT; wire++)
        assert_true(frame_wire(f, wire)->n > 0);
    frame_unref(&f);
    return NULL;
}

/* For ThreadSanitizer above all: loops meet at a frame that nobody has encoded yet. */
static void loops_race_for_the_first_encoding(void **state) {
    for (int round = 0; round < 200; round++) {
        pthread_t threads[4];
        char text[300];
        memset(text, 'a' + round % 26, sizeof text);
        struct frame *f = frame_new(str_make(text, sizeof text));
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, make_wires, frame_ref(f)), 0);
        frame_unref(&f);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
    }
}

static void offers_of_compression(void **state) {
    static const struct {
        const char *offer, *answer; /* NULL: declined */
    } t[] = {
        {"permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; client_max_window_bits=10; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=12"},
        {"permessage-deflate; server_max_window_bits=\"12\"",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=12"},
        {"permessage-deflate; server_max_window_bits=9", NULL},
        {"permessage-deflate; server_max_window_bits=9, permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate; server_max_window_bits", NULL},
        {"permessage-deflate; server_max_window_bits=16", NULL},
        {"permessage-deflate; server_max_window_bits=012", NULL},
        {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", NULL},
        {"permessage-deflate; server_no_context_takeover=1", NULL},
        {"permessage-deflate; unknown", NULL},
        {"x-webkit-deflate-frame", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        _cleanup_buf_ struct buf answer = {0};
        bool taken = websocket_negotiate_deflate(str_from(t[i].offer), &answer);
        if (taken != (t[i].answer != NULL)
            || (taken && !str_eq(buf_str(&answer), str_from(t[i].answer))))
            fail_msg("%s -> %s", t[i].offer, buf_z(&answer));
    }
}

static void accept_key_of_the_rfc(void **state) {
    char out[WS_ACCEPT];
    websocket_accept_key(STR("dGhlIHNhbXBsZSBub25jZQ=="), out);
    assert_memory_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WS_ACCEPT);
}

/* -------------------------------------------------------------------------------------------------------
 * connections
 */

static struct live *last;
static unsigned closed_n;
static struct buf heard;

static void on_message(struct live *l, struct str text) {
    buf_addf(&heard, "<%.*s>", STR_ARG(text));
    if (str_eq(text, STR("pause")))
        live_pause(l, true);
}
static void on_closed(struct live *l) {
    closed_n++;
    if (l == last)
        last = NULL;
}
static const struct live_callbacks callbacks = {.on_message = on_message, .on_closed = on_closed};

static void socket_route(struct request *r) {
    last = live_accept_ws(r, &callbacks, NULL);
}
static void events_route(struct request *r) {
    last = live_accept_sse(r, &callbacks, NULL);
}
static struct live *poller;
static void poll_route(struct request *r) {
    if (poller && last)
        live_poll(poller, r);
    else
        poller = last = live_accept_poll(r, &callbacks, NULL);
}

static const struct web_route routes[] = {
    {METHOD_GET, "/socket", socket_route},
    {METHOD_GET, "/events", events_route},
    {METHOD_GET, "/poll", poll_route},
};

struct world {
    struct site site;
    struct peer peer;
};

static void world_open(struct world *w, const struct web_config *config) {
    clock_freeze_us(1700000000 * SECOND_US);
    last = poller = NULL;
    closed_n = 0;
    buf_clear(&heard);
    site_open(&w->site, config);
    web_enable_debug_echo(w->site.web);
    web_routes(w->site.web, STR(""), routes, sizeof routes / sizeof *routes);
    peer_open(&w->peer, &w->site);
}

static void world_close(struct world *w) {
    peer_close(&w->peer);
    site_close(&w->site);
    clock_freeze_us(0);
    buf_fini(&heard);
}

#define UPGRADE                                                         \
    "Host: a.example\r\nUpgrade: websocket\r\nConnection: keep-alive, " \
    "Upgrade\r\nSec-WebSocket-Version: 13\r\n"                          \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void upgrade(struct world *w, const char *path, const char *more) {
    char request[512];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" UPGRADE "%s\r\n", path, more);
    peer_send(&w->peer, str_from(request));
    assert_true(peer_expect(&w->peer, "\r\n\r\n"));
    assert_true(peer_has(&w->peer, "HTTP/1.1 101 "));
    assert_true(peer_has(&w->peer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    buf_clear(&w->peer.got);
}

static void say(struct world *w, unsigned first, struct str payload) {
    _cleanup_buf_ struct buf b = {0};
    add_frame(&b, first, payload);
    peer_send(&w->peer, buf_str(&b));
}

static void handshakes(void **state) {
    static const struct {
        const char *request, *status, *also;
    } t[] = {
        {"GET /socket HTTP/1.1\r\nHost: a\r\n\r\n", "426 ", "Upgrade: websocket"},
        {"GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Version: 8\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            "426 ", "Sec-WebSocket-Version: 13"},
        {"GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: short\r\n\r\n",
            "400 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: https://evil.example\r\n\r\n", "403 ",
            "cross_site"},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: null\r\n\r\n", "403 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: http://a.example.evil\r\n\r\n", "403 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: http://a.example\r\n\r\n", "101 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: http://a.example:80\r\n\r\n", "101 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "Origin: https://app.example\r\n\r\n", "101 ", ""},
        {"GET /socket HTTP/1.1\r\n" UPGRADE "\r\n", "101 ", ""},
    };
    struct str origin = STR("https://app.example");
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct world w;
        world_open(&w, &(struct web_config){.origins = &origin, .n_origins = 1});
        peer_send(&w.peer, str_from(t[i].request));
        if (!peer_expect(&w.peer, "\r\n\r\n") || !peer_has(&w.peer, t[i].status)
            || !peer_has(&w.peer, t[i].also))
            fail_msg("%s -> %s", t[i].request, buf_z(&w.peer.got));
        world_close(&w);
    }
}

static void echo_returns_text_and_binary_and_compresses(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){.compress = true});
    upgrade(&w, "/debug/echo", "");
    say(&w, FIN | WS_TEXT, STR("hi"));
    assert_true(peer_expect(&w.peer, "\x81\x02hi"));
    say(&w, FIN | WS_BINARY, STR("\xff\x01"));
    assert_true(peer_expect(&w.peer, "\x82\x02\xff\x01"));
    say(&w, FIN | WS_PING, STR("p"));
    assert_true(peer_expect(&w.peer, "\x8a\x01p"));
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site);
    upgrade(&w, "/debug/echo", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    char text[1000];
    memset(text, 'a', sizeof text);
    say(&w, FIN | WS_TEXT, str_make(text, sizeof text));
    assert_true(peer_expect_n(&w.peer, 3));
    assert_int_equal((unsigned char)w.peer.got.p[0], 0xC1);
    assert_true(w.peer.got.n < 50);
    world_close(&w);
}

static void echo_answers_any_method(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    peer_send(
        &w.peer, STR("PROPFIND /debug/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"));
    assert_true(peer_expect(&w.peer, "\r\n\r\nabc"));
    assert_true(peer_has(&w.peer, "HTTP/1.1 200 "));
    world_close(&w);
}

static void a_flood_into_echo_that_nobody_reads_is_held_back(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/debug/echo", "");
    _cleanup_buf_ struct buf b = {0};
    char *text = calloc(1, 100000);
    add_frame(&b, FIN | WS_BINARY, str_make(text, 100000));
    for (int i = 0; i < 100; i++)
        peer_send(&w.peer, buf_str(&b));
    assert_true(peer_expect_n(&w.peer, 100 * 100010));
    assert_int_equal(w.peer.got.n, 100 * 100010);
    free(text);
    world_close(&w);
}

static void messages_that_came_with_the_handshake_are_heard(void **state) {
    struct world w;
    _cleanup_buf_ struct buf b = {0};
    world_open(&w, &(struct web_config){0});
    buf_add_str(&b, STR("GET /socket HTTP/1.1\r\n" UPGRADE "\r\n"));
    add_frame(&b, FIN | WS_TEXT, STR("early"));
    peer_send(&w.peer, buf_str(&b));
    assert_true(peer_expect(&w.peer, "\r\n\r\n"));
    assert_string_equal(buf_z(&heard), "<early>");
    world_close(&w);
}

static void pausing_holds_messages_back(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    say(&w, FIN | WS_TEXT, STR("pause"));
    say(&w, FIN | WS_TEXT, STR("later"));
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    assert_string_equal(buf_z(&heard), "<pause>");
    say(&w, FIN | WS_TEXT, STR("last"));
    live_pause(last, false);
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    assert_string_equal(buf_z(&heard), "<pause><later><last>");
    world_close(&w);
}

static void a_socket_that_never_says_anything_is_closed(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    say(&w, FIN | WS_PING, STR("p")); /* is nothing said */
    assert_true(peer_expect(&w.peer, "\x8a\x01p"));
    site_advance(&w.site, LIMIT_HELLO_SECONDS + 1);
    assert_true(peer_expect(&w.peer,
        "\x88\x12\x03\xea"
        "nothing was said"));
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(closed_n, 1);
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site);
    upgrade(&w, "/socket", "");
    say(&w, FIN | WS_TEXT, STR("hello"));
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    site_advance(&w.site, 10 * LIMIT_HELLO_SECONDS);
    say(&w, FIN | WS_PING, STR("p"));
    assert_true(peer_expect(&w.peer, "\x8a\x01p"));
    world_close(&w);
}

static void binary_is_unacceptable(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    say(&w, FIN | WS_BINARY, STR("x"));
    assert_true(peer_expect(&w.peer, "\x88\x02\x03\xeb"));
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(closed_n, 1);
    world_close(&w);
}

static void closing_is_a_handshake_from_either_side(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    say(&w, FIN | WS_CLOSE, STR("\x03\xe8"));
    assert_true(peer_expect(&w.peer, "\x88\x02\x03\xe8"));
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(closed_n, 1);
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site);
    upgrade(&w, "/socket", "");
    struct frame *f = frame_new(STR("{}"));
    live_send(last, f);
    live_close(last, WS_CLOSE_POLICY, STR("signed out"));
    live_send(last, f); /* comes too late */
    frame_unref(&f);
    assert_non_null(last);
    site_turn(&w.site);
    assert_null(last); /* told at the end of the turn */
    assert_int_equal(closed_n, 2);
    assert_true(peer_expect(&w.peer, "\x81\x02{}\x88\x0c\x03\xf0signed out"));
    assert_false(w.peer.ended);
    say(&w, FIN | WS_CLOSE, STR("\x03\xf0"));
    assert_true(peer_expect_end(&w.peer));
    assert_int_equal(peer_count(&w.peer, "{}"), 1);
    peer_close(&w.peer);

    peer_open(&w.peer, &w.site); /* one that never answers our close */
    upgrade(&w, "/socket", "");
    live_close(last, WS_CLOSE_NORMAL, STR(""));
    site_turn(&w.site);
    site_advance(&w.site, LIVE_CLOSE_SECONDS + 2);
    assert_true(peer_expect_end(&w.peer));
    assert_true(web_is_empty(w.site.web));
    world_close(&w);
}

static void a_peer_that_vanishes_is_told_once(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    peer_close(&w.peer);
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    assert_int_equal(closed_n, 1);
    assert_true(web_is_empty(w.site.web));
    world_close(&w);
}

static void a_slow_reader_is_dropped_with_resync(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){.queue_bytes = 300000});
    upgrade(&w, "/socket", "");
    char *text = malloc(50000);
    memset(text, 'a', 50000);
    struct frame *f = frame_new(str_make(text, 50000));
    free(text);
    unsigned sent = 0;
    while (last && sent < 1000) {
        live_send(last, f);
        sent++;
        if (last)
            assert_true(live_queued(last) <= 300000 + 100);
        site_turn(&w.site);
    }
    frame_unref(&f);
    assert_null(last);
    assert_int_equal(closed_n, 1);
    assert_int_equal(web_stats(w.site.web)->slow_dropped, 1);
    assert_true(
        peer_expect(&w.peer, "{\"type\":\"resync\",\"reason\":\"slow\"}\x88\x06\x03\xf5slow"));
    /* What stands before is whole frames only. */
    const char *at = w.peer.got.p, *end = at + w.peer.got.n;
    while ((unsigned char)at[1] == 126 && end - at > 50000)
        at += 4 + 50000;
    assert_true(
        str_has_prefix(str_make(at + 2, (size_t)(end - at - 2)), STR("{\"type\":\"resync\"")));
    world_close(&w);
}

static void fan_out_is_one_write_per_socket_and_turn(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    uint64_t before = w.site.net->stats.writes;
    struct frame *f = frame_new(STR("{\"n\":1}"));
    for (int i = 0; i < 16; i++)
        live_send(last, f);
    frame_unref(&f);
    site_turn(&w.site);
    assert_int_equal(w.site.net->stats.writes, before + 1);
    assert_true(peer_expect_n(&w.peer, 16 * 9));
    world_close(&w);
}

static void sse_carries_the_same_frames(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    peer_send(&w.peer, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(peer_expect(&w.peer, "retry: 2000\n\n"));
    assert_true(peer_has(&w.peer, "Content-Type: text/event-stream\r\n"));
    assert_true(peer_has(&w.peer, "X-Accel-Buffering: no\r\n")
        && peer_has(&w.peer, "Cache-Control: no-store\r\n"));
    struct frame *f = frame_new(STR("{\"type\":\"beat\"}"));
    live_send(last, f);
    frame_unref(&f);
    assert_true(peer_expect(&w.peer, "data: {\"type\":\"beat\"}\n\n"));
    web_drain(w.site.web);
    assert_true(peer_expect_end(&w.peer));
    assert_true(peer_has(&w.peer, "data: {\"type\":\"resync\",\"reason\":\"going away\"}\n\n"));
    assert_int_equal(closed_n, 1);
    world_close(&w);
}

#define POLL "GET /poll HTTP/1.1\r\nHost: a\r\n\r\n"

static void long_poll_waits_collects_and_ends(void **state) {
    struct world w;
    struct peer second;
    world_open(&w, &(struct web_config){0});
    struct frame *f = frame_new(STR("{\"n\":1}")), *g = frame_new(STR("{\"n\":2}"));
    peer_send(&w.peer, STR(POLL));
    while (!last)
        site_turn(&w.site);
    live_send(last, f);
    live_send(last, g);
    assert_true(peer_expect(&w.peer, "\r\n\r\n[{\"n\":1},{\"n\":2}]"));
    buf_clear(&w.peer.got);

    live_send(last, g); /* between polls */
    site_turn(&w.site);
    peer_send(&w.peer, STR(POLL));
    assert_true(peer_expect(&w.peer, "\r\n\r\n[{\"n\":2}]"));
    buf_clear(&w.peer.got);

    peer_send(&w.peer, STR(POLL)); /* nothing comes */
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    site_advance(&w.site, LIMIT_POLL_WAIT_SECONDS + 2);
    assert_true(peer_expect(&w.peer, "\r\n\r\n[]"));
    buf_clear(&w.peer.got);

    peer_send(&w.peer, STR(POLL)); /* a newer one answers the older */
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    peer_open(&second, &w.site);
    peer_send(&second, STR(POLL));
    assert_true(peer_expect(&w.peer, "\r\n\r\n[]"));
    live_send(last, f);
    assert_true(peer_expect(&second, "[{\"n\":1}]"));
    peer_close(&second);

    site_advance(&w.site, LIMIT_POLL_GONE_SECONDS - 2);
    assert_int_equal(closed_n, 0);
    site_advance(&w.site, 4);
    assert_int_equal(closed_n, 1);
    frame_unref(&f);
    frame_unref(&g);
    world_close(&w);
}

static void a_poll_that_is_not_fetched_is_bounded(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){.queue_bytes = 100});
    peer_send(&w.peer, STR(POLL));
    while (!last)
        site_turn(&w.site);
    struct frame *f = frame_new(STR("0123456789012345678901234567890123456789"));
    live_send(last, f);
    live_send(last, f);
    live_send(last, f);
    frame_unref(&f);
    assert_true(peer_expect(&w.peer, "{\"type\":\"resync\",\"reason\":\"slow\"}]"));
    assert_int_equal(closed_n, 1);
    world_close(&w);
}

static void a_drain_says_going_away(void **state) {
    struct world w;
    world_open(&w, &(struct web_config){0});
    upgrade(&w, "/socket", "");
    web_drain(w.site.web);
    assert_true(peer_expect(&w.peer, "\x88\x0c\x03\xe9going away"));
    say(&w, FIN | WS_CLOSE, STR("\x03\xe9"));
    assert_true(peer_expect_end(&w.peer));
    peer_close(&w.peer);
    for (int i = 0; i < 5; i++)
        site_turn(&w.site);
    assert_true(web_is_empty(w.site.web));
    world_close(&w);
}

#define IDLE_SOCKETS 200

/* What the allocator says, with its own overhead, after each socket has sent and received once. */
static void an_idle_socket_is_small(void **state) {
    struct site s;
    static struct peer peers[IDLE_SOCKETS];
    static const char request[] = "GET /socket HTTP/1.1\r\n" UPGRADE "\r\n";
    site_open(&s, &(struct web_config){0});
    web_routes(s.web, STR(""), routes, sizeof routes / sizeof *routes);
    size_t before = mallinfo2().uordblks;
    struct frame *f = frame_new(STR("{}"));
    for (int i = 0; i < IDLE_SOCKETS; i++) {
        peer_open(&peers[i], &s);
        peer_send(&peers[i], str_from(request));
        assert_true(peer_expect(&peers[i], "\r\n\r\n"));
        _cleanup_buf_ struct buf b = {0};
        add_frame(&b, FIN | WS_TEXT, STR("x"));
        peer_send(&peers[i], buf_str(&b));
        live_send(last, f);
        assert_true(peer_expect(&peers[i], "\x81\x02{}"));
        buf_fini(&peers[i].got);
        buf_clear(&heard);
    }
    frame_unref(&f);
    buf_fini(&heard);
    size_t each = (mallinfo2().uordblks - before) / IDLE_SOCKETS; /* 0 under AddressSanitizer */
    print_message("struct conn %zu (uv_poll_t %zu), struct live_ws %zu; %zu bytes of heap per idle "
                  "WebSocket\n",
        sizeof(struct conn), sizeof(uv_poll_t), sizeof(struct live_ws), each);
    assert_true(each <= 700);
    for (int i = 0; i < IDLE_SOCKETS; i++)
        peer_close(&peers[i]);
    site_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_however_they_are_cut_and_fragmented),
        cmocka_unit_test(lengths_of_all_forms),
        cmocka_unit_test(broken_rules_are_named),
        cmocka_unit_test(text_is_checked_as_it_comes),
        cmocka_unit_test(compressed_messages),
        cmocka_unit_test(a_bomb_is_stopped_at_the_bound),
        cmocka_unit_test(random_frames_never_harm),
        cmocka_unit_test(frames_are_made_once_and_shared),
        cmocka_unit_test(loops_race_for_the_first_encoding),
        cmocka_unit_test(offers_of_compression),
        cmocka_unit_test(accept_key_of_the_rfc),
        cmocka_unit_test(handshakes),
        cmocka_unit_test(echo_returns_text_and_binary_and_compresses),
        cmocka_unit_test(echo_answers_any_method),
        cmocka_unit_test(a_flood_into_echo_that_nobody_reads_is_held_back),
        cmocka_unit_test(messages_that_came_with_the_handshake_are_heard),
        cmocka_unit_test(pausing_holds_messages_back),
        cmocka_unit_test(a_socket_that_never_says_anything_is_closed),
        cmocka_unit_test(binary_is_unacceptable),
        cmocka_unit_test(closing_is_a_handshake_from_either_side),
        cmocka_unit_test(a_peer_that_vanishes_is_told_once),
        cmocka_unit_test(a_slow_reader_is_dropped_with_resync),
        cmocka_unit_test(fan_out_is_one_write_per_socket_and_turn),
        cmocka_unit_test(sse_carries_the_same_frames),
        cmocka_unit_test(long_poll_waits_collects_and_ends),
        cmocka_unit_test(a_poll_that_is_not_fetched_is_bounded),
        cmocka_unit_test(a_drain_says_going_away),
        cmocka_unit_test(an_idle_socket_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
