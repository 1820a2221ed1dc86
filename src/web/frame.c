#include "web/frame.h"

#include <stdlib.h>

#include "base/check.h"
#include "web/websocket_frame.h"

struct frame {
    atomic_uint refs;
    struct blob *json;
    _Atomic(struct blob *) wires[WIRE_COUNT];
};

struct frame *frame_new(struct str json) {
    struct frame *f = xcalloc(1, sizeof *f);
    atomic_init(&f->refs, 1);
    f->json = blob_new(json);
    return f;
}

struct frame *frame_ref(struct frame *f) {
    atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
    return f;
}

void frame_unref(struct frame **fp) {
    struct frame *f = *fp;
    if (!f)
        return;
    *fp = NULL;
    if (atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < WIRE_COUNT; i++) {
        struct blob *b = atomic_load_explicit(&f->wires[i], memory_order_relaxed);
        blob_unref(&b);
    }
    blob_unref(&f->json);
    free(f);
}

struct str frame_json(const struct frame *f) {
    return blob_str(f->json);
}

static struct blob *make_sse(struct str json) {
    static const char head[] = "data: ", tail[] = "\n\n";
    struct blob *b = blob_new_uninit(json.n + sizeof head - 1 + sizeof tail - 1);
    memcpy(b->p, head, sizeof head - 1);
    memcpy(b->p + sizeof head - 1, json.p, json.n);
    memcpy(b->p + sizeof head - 1 + json.n, tail, sizeof tail - 1);
    return b;
}

static struct blob *make(struct frame *f, enum wire wire) {
    struct str json = blob_str(f->json);
    switch (wire) {
    case WIRE_WS_DEFLATE: {
        struct blob *b = websocket_frame_deflated(WS_TEXT, json);
        return b ? b : blob_ref(frame_wire(f, WIRE_WS)); /* did not become smaller */
    }
    case WIRE_SSE:
        return make_sse(json);
    case WIRE_POLL:
        return blob_ref(f->json);
    default:
        return websocket_frame(WS_TEXT, json);
    }
}

struct blob *frame_wire(struct frame *f, enum wire wire) {
    struct blob *b = atomic_load_explicit(&f->wires[wire], memory_order_acquire);
    if (b)
        return b;
    struct blob *mine = make(f, wire), *before = NULL;
    if (atomic_compare_exchange_strong_explicit(
            &f->wires[wire], &before, mine, memory_order_acq_rel, memory_order_acquire))
        return mine;
    blob_unref(&mine);
    return before;
}
