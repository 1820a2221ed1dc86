/* What a server says on a WebSocket: frames (RFC 6455 5.2), never masked, never fragmented, and the
 * answer to the handshake. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/blob.h"
#include "base/buf.h"
#include "base/str.h"

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10
};

/* RFC 6455 7.4.1, and 1013 from the registry. */
enum ws_close {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNACCEPTABLE = 1003,
    WS_CLOSE_NO_CODE = 1005,
    WS_CLOSE_INVALID = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_INTERNAL = 1011,
    WS_CLOSE_TRY_LATER = 1013,
};

/* Below, the header that tells of the compression costs more than it wins. */
#define WS_DEFLATE_LEAST 256
/* The window that our compressor uses; a peer that asks for less does without compression. */
#define WS_DEFLATE_WINDOW 12

struct blob *websocket_frame(enum ws_opcode opcode, struct str payload);
/* Compressed without context takeover (RFC 7692 7.2.1), RSV1 set. NULL when that would not be
 * smaller. */
struct blob *websocket_frame_deflated(enum ws_opcode opcode, struct str payload);
/* `reason` is cut to 123 bytes at a character's border; code WS_CLOSE_NO_CODE: an empty body. */
struct blob *websocket_frame_close(int code, struct str reason);

/* Base64 of SHA-1 of the key and the RFC's GUID: 28 characters. */
#define WS_ACCEPT 28
void websocket_accept_key(struct str key, char out[static WS_ACCEPT]);
/* 16 bytes in base64. */
bool websocket_key_is_valid(struct str key);
/* Looks for an offer of permessage-deflate that we can take in the value of
 * Sec-WebSocket-Extensions; then appends the value to answer with to `answer`. */
bool websocket_negotiate_deflate(struct str offers, struct buf *answer);
