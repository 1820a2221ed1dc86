#include "web/websocket_parser.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/check.h"
#include "base/utf8.h"

#define INFLATE_STEP (16 * 1024)
#define INFLATED_KEPT (64 * 1024)
#define CONTROL_MOST 125

struct websocket_inflater {
    z_stream z;
    struct buf out;
};

struct websocket_inflater *websocket_inflater_new(void) {
    struct websocket_inflater *i = xcalloc(1, sizeof *i);
    CHECK(inflateInit2(&i->z, -15) == Z_OK);
    return i;
}

void websocket_inflater_free(struct websocket_inflater **ip) {
    if (!*ip)
        return;
    inflateEnd(&(*ip)->z);
    buf_fini(&(*ip)->out);
    free(*ip);
    *ip = NULL;
}

/* Runs zlib over `in`; 0, or minus a close code. Never makes more than most + 1 bytes: a bomb ends
 * there. */
static int inflate_piece(
    struct websocket_inflater *i, struct str in, size_t most, bool *ret_stream_end) {
    i->z.next_in = (Bytef *)(uintptr_t)in.p;
    i->z.avail_in = (uInt)in.n;
    for (;;) {
        size_t room = most + 1 - i->out.n < INFLATE_STEP ? most + 1 - i->out.n : INFLATE_STEP;
        i->z.next_out = (Bytef *)buf_reserve(&i->out, room);
        i->z.avail_out = (uInt)room;
        int r = inflate(&i->z, Z_SYNC_FLUSH);
        i->out.n += room - i->z.avail_out;
        if (r == Z_STREAM_END) {
            *ret_stream_end = true;
            return 0;
        }
        if (r != Z_OK && r != Z_BUF_ERROR)
            return -WS_CLOSE_INVALID;
        if (i->out.n > most)
            return -WS_CLOSE_TOO_BIG;
        if (i->z.avail_out > 0) /* nothing more comes of this input */
            return 0;
    }
}

static int inflate_message(
    struct websocket_inflater *i, struct str in, size_t most, struct str *ret_out) {
    bool end = false;
    inflateReset(&i->z);
    buf_clear(&i->out);
    if (i->out.cap > INFLATED_KEPT)
        buf_fini(&i->out);
    int r = inflate_piece(i, in, most, &end);
    if (r < 0)
        return r;
    /* A final block (BFINAL) is legal (RFC 7692 7.2.3.4); what follows it in the same message is
     * not supported by any sender and refused. Otherwise the tail that the sender took off
     * completes the last block. */
    if (end && i->z.avail_in > 1)
        return -WS_CLOSE_INVALID;
    if (!end && (r = inflate_piece(i, str_make("\0\0\xff\xff", 4), most, &end)) < 0)
        return r;
    if (!end && i->z.avail_in > 0)
        return -WS_CLOSE_INVALID;
    if (i->out.n > most)
        return -WS_CLOSE_TOO_BIG;
    *ret_out = str_make(i->out.n ? i->out.p : "", i->out.n);
    return 0;
}

/* -------------------------------------------------------------------------------------------------------
 * frames */

void websocket_parser_init(struct websocket_parser *p, bool deflate_allowed) {
    *p = (struct websocket_parser){.deflate_allowed = deflate_allowed};
}

void websocket_parser_fini(struct websocket_parser *p) {
    buf_fini(&p->message);
}

static bool is_control(const struct websocket_parser *p) {
    return p->opcode & 8;
}

/* The first two bytes say nearly all that can be wrong. */
static int check_start(struct websocket_parser *p, const struct websocket_limits *limits) {
    unsigned first = p->head[0], opcode = first & 15;
    bool rsv1 = first & 0x40;
    p->opcode = (uint8_t)opcode;
    p->fin = first & 0x80;
    if (first & 0x30)
        return -WS_CLOSE_PROTOCOL;
    if (rsv1 && (!p->deflate_allowed || (opcode != WS_TEXT && opcode != WS_BINARY)))
        return -WS_CLOSE_PROTOCOL;
    if (opcode > WS_PONG || (opcode > WS_BINARY && opcode < WS_CLOSE))
        return -WS_CLOSE_PROTOCOL;
    if (is_control(p))
        return p->fin ? 0 : -WS_CLOSE_PROTOCOL;
    if ((opcode == WS_CONTINUATION) != (p->message_opcode != 0))
        return -WS_CLOSE_PROTOCOL;
    if (opcode == WS_BINARY && limits->text_only)
        return -WS_CLOSE_UNACCEPTABLE;
    if (opcode != WS_CONTINUATION) {
        p->message_opcode = (uint8_t)opcode;
        p->deflated = rsv1;
        p->utf8 = UTF8_OK;
    }
    return 0;
}

static size_t head_needed(const struct websocket_parser *p) {
    if (p->head_n < 2)
        return 2;
    unsigned n = p->head[1] & 0x7F;
    return 2 + (n == 126 ? 2 : n == 127 ? 8 : 0) + 4;
}

static int check_length(struct websocket_parser *p, const struct websocket_limits *limits) {
    unsigned n = p->head[1] & 0x7F;
    uint64_t length = n;
    if (n == 126) {
        length = (uint64_t)p->head[2] << 8 | p->head[3];
        if (length < 126)
            return -WS_CLOSE_PROTOCOL;
    } else if (n == 127) {
        length = 0;
        for (int i = 0; i < 8; i++)
            length = length << 8 | p->head[2 + i];
        if (length <= 0xFFFF || length >> 63)
            return -WS_CLOSE_PROTOCOL;
    }
    if (!is_control(p)
        && (length > limits->message_bytes || p->message.n > limits->message_bytes - length))
        return -WS_CLOSE_TOO_BIG;
    p->left = length;
    p->in_payload = true;
    p->mask_at = 0;
    p->message_n = p->message.n;
    return 0;
}

/* 1: the head is whole; 0: more needed. */
static int take_head(
    struct websocket_parser *p, const struct websocket_limits *limits, char **bytes, size_t *n) {
    int r;
    while (p->head_n < head_needed(p)) {
        if (*n == 0)
            return 0;
        p->head[p->head_n++] = (unsigned char)*(*bytes)++;
        (*n)--;
        if (p->head_n == 1 && (r = check_start(p, limits)) < 0)
            return r;
        if (p->head_n == 2 && !(p->head[1] & 0x80))
            return -WS_CLOSE_PROTOCOL;
        if (p->head_n == 2 && is_control(p) && (p->head[1] & 0x7F) > CONTROL_MOST)
            return -WS_CLOSE_PROTOCOL;
    }
    r = check_length(p, limits);
    return r < 0 ? r : 1;
}

static void unmask(struct websocket_parser *p, char *bytes, size_t n) {
    const unsigned char *mask = p->head + p->head_n - 4;
    unsigned char turned[8];
    size_t i = 0;
    uint64_t wide, eight;
    for (int k = 0; k < 8; k++)
        turned[k] = mask[(p->mask_at + k) & 3];
    memcpy(&wide, turned, 8);
    for (; i + 8 <= n; i += 8) {
        memcpy(&eight, bytes + i, 8);
        eight ^= wide;
        memcpy(bytes + i, &eight, 8);
    }
    for (; i < n; i++)
        bytes[i] = (char)((unsigned char)bytes[i] ^ turned[i & 7]);
    p->mask_at = (p->mask_at + n) & 3;
}

static bool code_is_allowed(int code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
        || (code >= 3000 && code <= 4999);
}

static int close_event(
    struct websocket_parser *p, struct str payload, struct websocket_event *event) {
    event->code = WS_CLOSE_NO_CODE;
    p->dead = true;
    if (payload.n == 0)
        return 1;
    if (payload.n == 1)
        return -WS_CLOSE_PROTOCOL;
    event->code = (unsigned char)payload.p[0] << 8 | (unsigned char)payload.p[1];
    event->payload = str_from_index(payload, 2);
    if (!code_is_allowed(event->code))
        return -WS_CLOSE_PROTOCOL;
    return utf8_valid(event->payload) ? 1 : -WS_CLOSE_INVALID;
}

/* The frame's payload is whole. `payload` is the message's, or the control frame's. */
static int frame_done(struct websocket_parser *p, struct websocket_inflater *inflater,
    const struct websocket_limits *limits, struct str payload, struct websocket_event *event) {
    p->in_payload = false;
    p->head_n = 0;
    *event = (struct websocket_event){.opcode = p->opcode, .payload = payload};
    if (p->opcode == WS_CLOSE)
        return close_event(p, payload, event);
    if (is_control(p))
        return 1;
    if (!p->fin)
        return 0;
    event->opcode = p->message_opcode;
    p->message_opcode = 0;
    if (p->deflated) {
        int r = inflate_message(inflater, payload, limits->message_bytes, &event->payload);
        if (r < 0)
            return r;
        if (event->opcode == WS_TEXT && !utf8_valid(event->payload))
            return -WS_CLOSE_INVALID;
    } else if (event->opcode == WS_TEXT && p->utf8 != UTF8_OK) {
        return -WS_CLOSE_INVALID;
    }
    return 1;
}

/* Payload of a frame: 1 an event, 0 the frame is done or more is needed. */
static int take_payload(struct websocket_parser *p, struct websocket_inflater *inflater,
    const struct websocket_limits *limits, char **bytes, size_t *n, struct websocket_event *event) {
    size_t take = *n < p->left ? *n : (size_t)p->left;
    char *at = *bytes;
    unmask(p, at, take);
    *bytes += take;
    *n -= take;
    p->left -= take;
    if (!is_control(p) && p->message_opcode == WS_TEXT && !p->deflated) {
        p->utf8 = utf8_feed(p->utf8, at, take);
        if (p->utf8 == UTF8_BAD)
            return -WS_CLOSE_INVALID;
    }
    /* Whole in this piece and nothing before it: no copy. */
    bool alone = p->left == 0 && (is_control(p) || p->fin)
        && p->message.n == (is_control(p) ? p->message_n : 0);
    if (alone)
        return frame_done(p, inflater, limits, str_make(at, take), event);
    buf_add(&p->message, at, take);
    if (p->left > 0)
        return 0;
    return frame_done(p, inflater, limits,
        str_from_index(buf_str(&p->message), is_control(p) ? p->message_n : 0), event);
}

/* What the last event borrowed may go now. */
static void drop_spent(struct websocket_parser *p) {
    if (p->in_payload || p->head_n > 0)
        return;
    if (p->message_opcode == 0)
        buf_fini(&p->message);
    else if (p->opcode & 8)
        p->message.n = p->message_n; /* the control frame behind the message's beginning */
}

int websocket_parser_feed(struct websocket_parser *p, struct websocket_inflater *inflater,
    const struct websocket_limits *limits, char **bytes, size_t *n,
    struct websocket_event *ret_event) {
    int r = 0;
    if (p->dead) {
        *bytes += *n;
        *n = 0;
        return 0;
    }
    while (r == 0) {
        if (!p->in_payload) {
            drop_spent(p);
            if (*n == 0)
                return 0;
            r = take_head(p, limits, bytes, n);
            if (r == 0)
                return 0;
            if (r < 0)
                break;
        }
        if (*n == 0 && p->left > 0)
            return 0;
        r = take_payload(p, inflater, limits, bytes, n, ret_event);
    }
    if (r < 0)
        p->dead = true;
    return r;
}
