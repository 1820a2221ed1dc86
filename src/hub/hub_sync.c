/* Law 4: register first, then read, then apply what came in between. See hub.h for the steps. */
#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "domain/domain.h"
#include "hub/hub_internal.h"

void hub_sync_free(struct hub_sync **sp) {
    struct hub_sync *s = *sp;
    *sp = NULL;
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        frame_unref(&s->pending[i].frame);
    free(s->pending);
    list_remove(&s->of_hub);
    free((char *)s->epoch.p);
    free(s->cursors);
    free(s->told);
    free(s);
}

bool hub_sync_keep(struct hub_conn *c, struct frame *f, id64 room, int64_t seq) {
    struct hub_sync *s = c->sync;
    s->bytes += frame_json(f).n;
    if (s->bytes > LIMIT_QUEUE_BYTES)
        return false;
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->pending = xrealloc(s->pending, s->cap * sizeof *s->pending);
    }
    s->pending[s->n++] = (struct pending){frame_ref(f), room, seq};
    return true;
}

static void read_rooms(struct hub_conn *c);
static void read_missed(struct hub_conn *c);

/* The op is back; false when its connection has gone meanwhile, or the reading failed (and the
 * connection is closed). */
static bool is_back(struct hub_conn *c, struct op *op) {
    if (!hub_op_back(c))
        return false;
    if (op->fail == FAIL_NONE)
        return true;
    bool out = op->fail == FAIL_SIGNED_OUT;
    if (!out)
        log_warn_limited("synchronising failed", "code=%.*s", STR_ARG(fail_code(op->fail)));
    live_close(c->live, out ? 1008 : 1013, out ? STR("signed out") : STR("try again"));
    return false;
}

static void on_rooms(struct op *op) {
    struct hub_conn *c = op->data;
    if (is_back(c, op)) {
        if (c->sync->moved) {
            read_rooms(c);
        } else {
            for (size_t i = 0; i < op->sync.room_count; i++)
                hub_join(c, op->sync.rooms[i]);
            read_missed(c);
        }
    }
    op_free(&op);
}

static int by_room(const void *a, const void *b) {
    id64 x = ((const struct op_cursor *)a)->room, y = ((const struct op_cursor *)b)->room;
    return (x > y) - (x < y);
}

/* Up to where the reading told a room (0: nothing of it), or for room 0 the person's own. */
static int64_t told(const struct hub_sync *s, id64 room) {
    if (!room)
        return s->told_useq;
    const struct op_cursor key = {.room = room};
    const struct op_cursor *head =
        s->told_count ? bsearch(&key, s->told, s->told_count, sizeof key, by_room) : NULL;
    return head ? head->seq : 0;
}

void hub_sync_pass(struct hub_conn *c, struct frame *f, id64 room, int64_t seq) {
    if (seq == 0 || seq > told(c->sync, room))
        live_send(c->live, f);
}

/* A beat tells a head only when it has moved since: what the reading told counts as told. */
static void note_heads(struct hub_conn *c) {
    for (uint32_t i = 0; i < c->room_count; i++) {
        struct hub_room *r = c->rooms[i].room;
        int64_t head = told(c->sync, r->id);
        if (head > r->head)
            r->head = head;
        c->rooms[i].beat_seq = r->head;
    }
    if (c->sync->told_useq > c->user->useq)
        c->user->useq = c->sync->told_useq;
}

static void note_told(struct hub_sync *s, const struct op *op) {
    s->told_count = op->sync.head_count;
    s->told = xmalloc(s->told_count * sizeof *s->told);
    if (s->told_count) {
        memcpy(s->told, op->sync.heads, s->told_count * sizeof *s->told);
        qsort(s->told, s->told_count, sizeof *s->told, by_room);
    }
    s->told_useq = op->sync.useq;
    s->commit = op->sync.commit;
}

static void on_missed(struct op *op) {
    struct hub_conn *c = op->data;
    if (is_back(c, op)) {
        struct hub_sync *s = c->sync;
        note_told(s, op);
        for (size_t i = 0; i < op->sync.frame_count; i++) {
            struct frame *f = frame_new(blob_str(op->sync.frames[i]));
            live_send(c->live, f);
            frame_unref(&f);
        }
        for (size_t i = 0; i < s->n; i++)
            hub_sync_pass(c, s->pending[i].frame, s->pending[i].room, s->pending[i].seq);
        note_heads(c);
        c->state = HUB_SETTLING;
        list_push_back(&c->hub->settling, &s->of_hub);
        hub_sync_settle(c->hub);
    }
    op_free(&op);
}

void hub_sync_settle(struct hub *h) {
    list_each (node, &h->settling) {
        struct hub_sync *s = container_of(node, struct hub_sync, of_hub);
        struct hub_conn *c = s->conn;
        if (s->commit > h->commit)
            continue;
        c->state = HUB_LIVE;
        hub_sync_free(&c->sync);
    }
}

static void read_rooms(struct hub_conn *c) {
    c->state = HUB_JOINING;
    c->sync->moved = false;
    domain_submit(c->hub->config.domain, hub_op(c, OP_SYNC_ROOMS, on_rooms));
}

static void read_missed(struct hub_conn *c) {
    struct op *op = hub_op(c, OP_SYNC, on_missed);
    struct hub_sync *s = c->sync;
    c->state = HUB_READING;
    struct op_cursor *cursors = arena_new_n(op->arena, struct op_cursor, s->cursor_count + 1);
    if (s->cursor_count)
        memcpy(cursors, s->cursors, s->cursor_count * sizeof *cursors);
    op->in.sync.epoch = arena_str(op->arena, s->epoch);
    op->in.sync.useq = s->useq;
    op->in.sync.cursors = cursors;
    op->in.sync.cursor_count = s->cursor_count;
    op->in.sync.connection = arena_str(op->arena, str_make(c->name, ID_TEXT));
    domain_submit(c->hub->config.domain, op);
}

void hub_hello(
    struct hub_conn *c, struct str epoch, int64_t useq, const struct op_cursor *cursors, size_t n) {
    struct hub_sync *s = c->sync;
    CHECK(c->state == HUB_NEW);
    s->epoch = str_make(str_dup_z(epoch), epoch.n);
    s->useq = useq;
    s->cursor_count = n;
    s->cursors = xmalloc(n * sizeof *cursors);
    if (n)
        memcpy(s->cursors, cursors, n * sizeof *cursors);
    read_rooms(c);
}

bool hub_said_hello(const struct hub_conn *c) {
    return c->state != HUB_NEW;
}
