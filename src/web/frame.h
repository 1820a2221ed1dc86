/* An event on its way to many sockets: its JSON once, and each transport's bytes made at most once,
 * on first need, from whichever loop thread comes first (compare-and-swap; the loser frees its
 * own). Immutable otherwise; any thread. */
#pragma once

#include <stdatomic.h>

#include "base/blob.h"

enum wire {
    WIRE_WS,         /* unfragmented text frame, unmasked (RFC 6455 5.2) */
    WIRE_WS_DEFLATE, /* the same with RSV1, deflated without context takeover (RFC 7692 7.2.1) */
    WIRE_SSE,        /* "data: …\n\n" */
    WIRE_POLL,       /* the JSON alone */
    WIRE_COUNT
};

struct frame;

/* `json` without newline. Copies. */
struct frame *frame_new(struct str json);
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame **f);
struct str frame_json(const struct frame *f);
/* Borrowed for as long as the frame is referenced. */
struct blob *frame_wire(struct frame *f, enum wire wire);
