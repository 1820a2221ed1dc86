/* WebSocket: the bytes whole and in cuts must give the same events. First byte: seed of the cuts;
 * lowest bit: compression. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"
#include "web/websocket_parser.h"

static void run(const uint8_t *data, size_t n, unsigned seed, bool deflate, struct buf *out) {
    static struct websocket_inflater *inflater;
    struct websocket_limits limits = {.message_bytes = 5000, .text_only = false};
    struct websocket_parser p;
    if (!inflater)
        inflater = websocket_inflater_new();
    websocket_parser_init(&p, deflate);
    int r = 0;
    while (n > 0 && r >= 0) {
        size_t cut = seed ? 1 + (seed = seed * 1103515245 + 12345) / 65536 % 23 : n;
        if (cut > n)
            cut = n;
        char *piece = malloc(cut), *at = piece; /* exactly as long, so that a byte too far shows */
        size_t left = cut;
        struct websocket_event e;
        memcpy(piece, data, cut);
        data += cut;
        n -= cut;
        while ((r = websocket_parser_feed(&p, inflater, &limits, &at, &left, &e)) > 0) {
            CHECK(e.payload.n <= limits.message_bytes);
            CHECK(e.opcode != WS_TEXT || utf8_valid(e.payload));
            buf_addf(out, "%d %d %zu:", e.opcode, e.opcode == WS_CLOSE ? e.code : 0, e.payload.n);
            buf_add_str(out, e.payload);
        }
        if (r < 0)
            buf_addf(out, "error %d", r);
        free(piece);
    }
    websocket_parser_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct buf whole = {0}, cut = {0};
    if (n < 2)
        return 0;
    run(data + 1, n - 1, 0, data[0] & 1, &whole);
    run(data + 1, n - 1, data[0] + 1u, data[0] & 1, &cut);
    CHECK(str_eq(buf_str(&whole), buf_str(&cut)));
    struct buf answer = {0};
    (void)websocket_negotiate_deflate(str_make((const char *)data + 1, n - 1), &answer);
    buf_fini(&answer);
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}
