/* Compression without context takeover: each message is compressed for itself, so that one
 * compressed form of an event fits every socket that took the extension. One compressor per thread,
 * reset per message, with a window of 4 KB: a reset clears the hash table, whose size would
 * otherwise cost more than the compression of a short message. */
#include "web/websocket_frame.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/check.h"

#define FRAME_HEAD 10
#define DEFLATE_LEVEL 6
#define DEFLATE_MEMORY 6 /* with the window of 12 bits: 48 KB per thread */

static size_t put_head(unsigned char *out, unsigned first, size_t n) {
    out[0] = (unsigned char)first;
    if (n < 126) {
        out[1] = (unsigned char)n;
        return 2;
    }
    if (n <= 0xFFFF) {
        out[1] = 126;
        out[2] = (unsigned char)(n >> 8);
        out[3] = (unsigned char)n;
        return 4;
    }
    out[1] = 127;
    for (int i = 0; i < 8; i++)
        out[2 + i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
    return 10;
}

static struct blob *frame_of(unsigned first, struct str payload) {
    unsigned char head[FRAME_HEAD];
    size_t head_n = put_head(head, first, payload.n);
    struct blob *b = blob_new_uninit(head_n + payload.n);
    memcpy(b->p, head, head_n);
    if (payload.n)
        memcpy(b->p + head_n, payload.p, payload.n);
    return b;
}

struct blob *websocket_frame(enum ws_opcode opcode, struct str payload) {
    return frame_of(0x80u | opcode, payload);
}

/* A thread's compressor; goes with the thread. */
struct deflater {
    z_stream z;
    struct buf out;
};

static pthread_key_t deflater_key;

static void on_thread_end(void *arg) {
    struct deflater *d = arg;
    deflateEnd(&d->z);
    buf_fini(&d->out);
    free(d);
}

static void make_key(void) {
    CHECK(pthread_key_create(&deflater_key, on_thread_end) == 0);
}

static struct deflater *deflater_of_thread(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local struct deflater *mine;
    if (mine)
        return mine;
    pthread_once(&once, make_key);
    mine = xcalloc(1, sizeof *mine);
    CHECK(deflateInit2(&mine->z, DEFLATE_LEVEL, Z_DEFLATED, -WS_DEFLATE_WINDOW, DEFLATE_MEMORY,
              Z_DEFAULT_STRATEGY)
        == Z_OK);
    CHECK(pthread_setspecific(deflater_key, mine) == 0);
    return mine;
}

struct blob *websocket_frame_deflated(enum ws_opcode opcode, struct str payload) {
    struct deflater *d = deflater_of_thread();
    deflateReset(&d->z);
    buf_clear(&d->out);
    size_t room = deflateBound(&d->z, payload.n) + 16;
    d->z.next_in = (Bytef *)(uintptr_t)payload.p;
    d->z.avail_in = (uInt)payload.n;
    d->z.next_out = (Bytef *)buf_reserve(&d->out, room);
    d->z.avail_out = (uInt)room;
    CHECK(deflate(&d->z, Z_SYNC_FLUSH) == Z_OK && d->z.avail_in == 0);
    size_t n = room - d->z.avail_out;
    /* The flush's tail, which the RFC has us take off. */
    CHECK(n >= 4 && memcmp(d->out.p + n - 4, "\0\0\xff\xff", 4) == 0);
    n -= 4;
    struct blob *b = n < payload.n ? frame_of(0xC0u | opcode, str_make(d->out.p, n)) : NULL;
    if (d->out.cap > 64 * 1024)
        buf_fini(&d->out);
    return b;
}

struct blob *websocket_frame_close(int code, struct str reason) {
    char payload[125];
    if (code == WS_CLOSE_NO_CODE)
        return websocket_frame(WS_CLOSE, (struct str){0});
    size_t n = reason.n;
    if (n > sizeof payload - 2) {
        n = sizeof payload - 2;
        while (n > 0 && ((unsigned char)reason.p[n] & 0xC0) == 0x80)
            n--;
    }
    payload[0] = (char)(code >> 8);
    payload[1] = (char)code;
    if (n)
        memcpy(payload + 2, reason.p, n);
    return websocket_frame(WS_CLOSE, str_make(payload, n + 2));
}

/* -------------------------------------------------------------------------------------------------------
 * handshake */

void websocket_accept_key(struct str key, char out[static WS_ACCEPT]) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */
    unsigned char digest[EVP_MAX_MD_SIZE];
    char joined[24 + sizeof guid], text[WS_ACCEPT + 1];
    unsigned digest_n = 0;
    CHECK(key.n == 24);
    memcpy(joined, key.p, key.n);
    memcpy(joined + key.n, guid, sizeof guid - 1);
    CHECK(EVP_Digest(joined, key.n + sizeof guid - 1, digest, &digest_n, EVP_sha1(), NULL) == 1);
    CHECK(EVP_EncodeBlock((unsigned char *)text, digest, (int)digest_n) == WS_ACCEPT);
    memcpy(out, text, WS_ACCEPT);
}

bool websocket_key_is_valid(struct str key) {
    if (key.n != 24 || key.p[22] != '=' || key.p[23] != '=')
        return false;
    for (size_t i = 0; i < 22; i++) {
        char c = key.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'
                || c == '/'))
            return false;
    }
    return true;
}

static struct str unquote(struct str s) {
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_make(s.p + 1, s.n - 2) : s;
}

/* One offer: "permessage-deflate; a; b=c". True when every parameter is known, stands once and can
 * be met. */
static bool offer_fits(struct str offer, bool *ret_window) {
    struct str part;
    bool no_context_s = false, no_context_c = false, window_s = false, window_c = false;
    if (!str_next(&offer, ';', &part) || !str_eq_nocase(str_trim(part), STR("permessage-deflate")))
        return false;
    while (str_next(&offer, ';', &part)) {
        uint64_t bits = 15;
        struct str name = str_trim(part);
        ptrdiff_t equals = str_find(name, '=');
        bool has_value = equals >= 0;
        if (has_value) {
            struct str value = unquote(str_trim(str_from_index(name, (size_t)equals + 1)));
            if (str_to_u64(value, &bits) < 0 || value.n > 2 || value.p[0] == '0' || bits < 8
                || bits > 15)
                return false;
            name = str_trim(str_make(name.p, (size_t)equals));
        }
        bool *seen = str_eq(name, STR("server_no_context_takeover")) ? &no_context_s
            : str_eq(name, STR("client_no_context_takeover"))        ? &no_context_c
            : str_eq(name, STR("server_max_window_bits"))            ? &window_s
            : str_eq(name, STR("client_max_window_bits"))            ? &window_c
                                                                     : NULL;
        if (!seen || *seen)
            return false;
        if ((seen == &no_context_s || seen == &no_context_c) && has_value)
            return false;
        if (seen == &window_s && (!has_value || bits < WS_DEFLATE_WINDOW))
            return false;
        *seen = true;
    }
    *ret_window = window_s;
    return true;
}

bool websocket_negotiate_deflate(struct str offers, struct buf *answer) {
    struct str offer;
    while (str_next(&offers, ',', &offer)) {
        bool window = false;
        if (!offer_fits(offer, &window))
            continue;
        buf_add_str(answer,
            STR("permessage-deflate; server_no_context_takeover; client_no_context_takeover"));
        if (window)
            buf_addf(answer, "; server_max_window_bits=%d", WS_DEFLATE_WINDOW);
        return true;
    }
    return false;
}
