/* What a client says on a WebSocket (RFC 6455, RFC 7692): bytes in, events out, in whatever pieces
 * they come. Pure: no socket, no clock. Small while idle: the memory of a message exists only while
 * the message is incomplete.
 *
 * Refused at the first byte that shows it: unmasked frames, reserved bits and opcodes, control
 * frames that are long or fragmented, continuations of nothing, lengths that are not the shortest
 * form, text that is not UTF-8 (checked as it comes, RFC 6455 8.1), messages above the bound
 * (before their bytes are read; compressed ones also by what they inflate to). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "web/websocket_frame.h"

/* One per loop: 40 KB of zlib state serve all sockets, for no message needs the one before. */
struct websocket_inflater;
struct websocket_inflater *websocket_inflater_new(void);
void websocket_inflater_free(struct websocket_inflater **i);

struct websocket_parser {
    struct buf message; /* of an incomplete message; payload of a control frame behind it */
    uint64_t left;      /* bytes of the frame's payload still to come */
    size_t message_n;   /* bytes of `message` that are the message's, while a control frame is under
                           way */
    uint32_t utf8;
    unsigned char head[14];
    uint8_t head_n;         /* bytes of the head that are there; 0 between frames */
    uint8_t opcode;         /* of the frame */
    uint8_t mask_at;        /* next byte of the mask */
    uint8_t message_opcode; /* 0 outside a message */
    bool in_payload : 1, fin : 1, deflated : 1, deflate_allowed : 1, dead : 1;
};

struct websocket_limits {
    size_t message_bytes;
    bool text_only; /* binary messages are refused with 1003 */
};

struct websocket_event {
    enum ws_opcode opcode; /* WS_TEXT, WS_BINARY, WS_PING, WS_PONG, WS_CLOSE */
    struct str payload;    /* borrowed until the next call; of a close: the reason */
    int code;              /* of a close: what the peer said, WS_CLOSE_NO_CODE when nothing */
};

void websocket_parser_init(struct websocket_parser *p, bool deflate_allowed);
void websocket_parser_fini(struct websocket_parser *p);
/* Takes bytes off the front of *bytes (and unmasks in place). 1: an event; 0: all taken, more
 * needed; < 0: the peer broke the rules, minus the close code to answer with. After an error or a
 * close there is nothing more. */
int websocket_parser_feed(struct websocket_parser *p, struct websocket_inflater *inflater,
    const struct websocket_limits *limits, char **bytes, size_t *n,
    struct websocket_event *ret_event);
