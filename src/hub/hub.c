/* Registry and delivery. The hot path is hub_on_parcel → to_room: one pass over a dense array of
 * connections, one queued reference each; nothing is allocated, encoded or written there. */
#include "hub/hub.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "bus/bus.h"
#include "domain/domain.h"
#include "event/protocol.h"
#include "hub/hub_internal.h"
#include "hub/presence.h"

struct hub *hub_new(const struct hub_config *config) {
    struct hub *h = xcalloc(1, sizeof *h);
    h->config = *config;
    list_init(&h->conns);
    list_init(&h->settling);
    bus_subscribe(config->bus, config->home, hub_on_parcel, h);
    return h;
}

void hub_free(struct hub **hp) {
    struct hub *h = *hp;
    *hp = NULL;
    if (!h)
        return;
    CHECK(list_is_empty(&h->conns));
    map_fini(&h->users);
    map_fini(&h->rooms);
    map_fini(&h->watchers);
    map_fini(&h->names);
    free(h);
}

unsigned hub_connections(const struct hub *h) {
    return h->count;
}

/* ----------------------------------------------------------------------------------------------------
 * registry */

static struct hub_user *user_of(struct hub *h, id64 id) {
    struct hub_user *u = map_get(&h->users, (uint64_t)id);
    if (!u) {
        u = xcalloc(1, sizeof *u);
        u->id = id;
        list_init(&u->conns);
        map_put(&h->users, (uint64_t)id, u);
    }
    return u;
}

struct hub_conn *hub_connect(
    struct hub *h, struct live *live, const struct who *who, struct str name) {
    struct hub_user *u = user_of(h, who->user);
    if (u->conn_count >= LIMIT_SOCKETS_PER_USER)
        return NULL;
    struct hub_conn *c = xcalloc(1, sizeof *c);
    id64 key;
    CHECK(name.n == ID_TEXT && id_parse(name, &key));
    memcpy(c->name, name.p, ID_TEXT);
    map_put(&h->names, (uint64_t)key, c);
    c->hub = h;
    c->user = u;
    c->live = live;
    c->who = *who;
    c->active = true;
    c->sync = xcalloc(1, sizeof *c->sync);
    c->sync->conn = c;
    c->beat_us = clock_mono_us();
    list_push_back(&u->conns, &c->of_user);
    list_push_back(&h->conns, &c->of_hub);
    u->conn_count++;
    h->count++;
    presence_add(h->config.presence, u->id, true);
    return c;
}

static void leave_user(struct hub_conn *c) {
    struct hub_user *u = c->user;
    list_remove(&c->of_user);
    c->user = NULL;
    if (--u->conn_count)
        return;
    map_remove(&c->hub->users, (uint64_t)u->id);
    free(u);
}

void hub_conn_release(struct hub_conn *c) {
    if (c->live || c->held)
        return;
    hub_sync_free(&c->sync);
    free(c->rooms);
    free(c->watched);
    free(c);
}

struct op *hub_op(struct hub_conn *c, enum op_kind kind, void (*on_done)(struct op *)) {
    struct op *op = op_new(kind);
    op->home = c->hub->config.home;
    op->on_done = on_done;
    op->data = c;
    op->who = c->who;
    c->held++;
    return op;
}

bool hub_op_back(struct hub_conn *c) {
    c->held--;
    if (c->live)
        return true;
    hub_conn_release(c);
    return false;
}

void hub_disconnect(struct hub_conn **cp) {
    struct hub_conn *c = *cp;
    struct hub *h = c->hub;
    id64 key;
    *cp = NULL;
    while (c->room_count) {
        const struct hub_room *r = c->rooms[c->room_count - 1].room;
        id64 room = r->id;
        if (r->passing)
            domain_passing_gone(h->config.domain, room, c->who.user, hub_name(c));
        hub_part(c, room);
    }
    hub_sync_free(&c->sync);
    hub_unwatch(c);
    presence_remove(h->config.presence, c->who.user, c->active);
    if (id_parse(str_make(c->name, ID_TEXT), &key))
        map_remove(&h->names, (uint64_t)key);
    leave_user(c);
    list_remove(&c->of_hub);
    h->count--;
    c->live = NULL;
    hub_conn_release(c);
}

bool hub_is_in(const struct hub_conn *c, id64 room) {
    for (uint32_t i = 0; i < c->room_count; i++)
        if (c->rooms[i].room->id == room)
            return true;
    return false;
}

struct hub_room *hub_join(struct hub_conn *c, id64 id) {
    if (hub_is_in(c, id))
        return map_get(&c->hub->rooms, (uint64_t)id);
    struct hub_room *r = map_get(&c->hub->rooms, (uint64_t)id);
    if (!r) {
        r = xcalloc(1, sizeof *r);
        r->id = id;
        map_put(&c->hub->rooms, (uint64_t)id, r);
    }
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 2;
        r->conns = xrealloc(r->conns, r->cap * sizeof *r->conns);
    }
    if (c->room_count == c->room_cap) {
        c->room_cap = c->room_cap ? c->room_cap * 2 : 1;
        c->rooms = xrealloc(c->rooms, c->room_cap * sizeof *c->rooms);
    }
    c->rooms[c->room_count] = (struct conn_entry){r, r->n, r->head};
    r->conns[r->n++] = (struct room_entry){c, c->room_count++};
    return r;
}

void hub_part(struct hub_conn *c, id64 id) {
    struct hub_room *r = map_get(&c->hub->rooms, (uint64_t)id);
    uint32_t slot = 0;
    while (slot < c->room_count && c->rooms[slot].room != r)
        slot++;
    if (!r || slot == c->room_count)
        return;
    uint32_t index = c->rooms[slot].index;
    /* The last of each row moves into the hole, and its counterpart learns its new place. */
    r->conns[index] = r->conns[--r->n];
    r->conns[index].conn->rooms[r->conns[index].slot].index = index;
    c->rooms[slot] = c->rooms[--c->room_count];
    if (slot < c->room_count)
        c->rooms[slot].room->conns[c->rooms[slot].index].slot = slot;
    if (r->n == 0) {
        map_remove(&c->hub->rooms, (uint64_t)id);
        free(r->conns);
        free(r);
    }
}

const struct who *hub_who(const struct hub_conn *c) {
    return &c->who;
}

struct live *hub_live(const struct hub_conn *c) {
    return c->live;
}

id64 hub_name(const struct hub_conn *c) {
    id64 name = 0;
    CHECK(id_parse(str_make(c->name, ID_TEXT), &name));
    return name;
}

struct hub_conn *hub_find(struct hub *h, struct str name, id64 user) {
    id64 key;
    struct hub_conn *c = id_parse(name, &key) ? map_get(&h->names, (uint64_t)key) : NULL;
    return c && c->who.user == user ? c : NULL;
}

/* ----------------------------------------------------------------------------------------------------
 * delivery */

static void tell(struct hub_conn *c, struct frame *f, id64 room, int64_t seq) {
    if (__builtin_expect(c->state == HUB_LIVE, 1))
        live_send(c->live, f);
    else if (c->state == HUB_SETTLING)
        hub_sync_pass(c, f, room, seq);
    else if (c->state != HUB_NEW && !hub_sync_keep(c, f, room, seq))
        live_close(c->live, 1013, STR("too much happened while connecting"));
}

/* Thousands of connections don't fit a cache: what the next ones will need is asked for while this
 * one is served. */
static void look_ahead(const struct hub_room *r, uint32_t i) {
    if (i + 12 < r->n)
        __builtin_prefetch(r->conns[i + 12].conn);
    if (i + 8 < r->n && r->conns[i + 8].conn->live)
        __builtin_prefetch(r->conns[i + 8].conn->live);
    if (i + 4 < r->n && r->conns[i + 4].conn->live)
        live_prefetch(r->conns[i + 4].conn->live);
}

/* `n` events of one room that follow each other: one pass, so that each connection is fetched once
 * for all of them. */
static void to_room(struct hub *h, const struct parcel_item *e, unsigned n) {
    struct hub_room *r = map_get(&h->rooms, (uint64_t)e->target);
    if (!r)
        return;
    for (unsigned k = 0; k < n; k++)
        if (e[k].seq > r->head)
            r->head = e[k].seq;
    for (uint32_t i = 0; i < r->n; i++) {
        look_ahead(r, i);
        for (unsigned k = 0; k < n; k++)
            tell(r->conns[i].conn, e[k].frame, e[k].target, e[k].seq);
    }
}

/* How many events from here on go to the same room. */
static unsigned run_length(const struct parcel *p, unsigned from) {
    unsigned to = from + 1;
    while (to < p->n && p->items[to].audience == EVENT_ROOM
        && p->items[to].target == p->items[from].target)
        to++;
    return to - from;
}

static void to_user(struct hub *h, const struct parcel_item *e) {
    struct hub_user *u = map_get(&h->users, (uint64_t)e->target);
    if (!u)
        return;
    if (e->seq > u->useq)
        u->useq = e->seq;
    list_each (node, &u->conns) {
        struct hub_conn *c = container_of(node, struct hub_conn, of_user);
        if (c->state == HUB_JOINING && (e->effect == EFFECT_JOIN || e->effect == EFFECT_PART))
            c->sync->moved = true;
        if (e->effect == EFFECT_JOIN && c->state != HUB_NEW)
            hub_join(c, e->room);
        if (e->frame)
            tell(c, e->frame, 0, e->seq);
        if (e->effect == EFFECT_PART)
            hub_part(c, e->room);
        if (e->effect == EFFECT_LOOK && c->state >= HUB_SETTLING)
            hub_watch_again(c);
        if (e->effect == EFFECT_GONE)
            live_close(c->live, 1008, STR("signed out"));
    }
}

/* Into a passing room and out of it: at this place in the room's order, so that from the state that
 * it is told on, a connection misses nothing. */
static void to_connection(struct hub *h, const struct parcel_item *e) {
    struct hub_conn *c = map_get(&h->names, (uint64_t)e->target);
    if (!c || c->who.user != e->user) {
        /* It went meanwhile, or was never there. */
        if (e->effect == EFFECT_JOIN && hub_loop_of(e->target) == h->config.loop)
            domain_passing_gone(h->config.domain, e->room, e->user, e->target);
        return;
    }
    if (e->effect == EFFECT_JOIN) {
        struct hub_room *r = hub_join(c, e->room);
        r->passing = true;
        if (e->seq > r->head)
            r->head = e->seq;
    }
    if (e->frame)
        tell(c, e->frame, 0, 0);
    if (e->effect == EFFECT_PART)
        hub_part(c, e->room);
}

static void end_session(struct hub *h, id64 session) {
    list_each (node, &h->conns) {
        struct hub_conn *c = container_of(node, struct hub_conn, of_hub);
        if (c->who.session == session)
            live_close(c->live, 1008, STR("signed out"));
    }
}

void hub_on_parcel(void *arg, const struct parcel *p) {
    struct hub *h = arg;
    for (unsigned i = 0, n; i < p->n; i += n) {
        const struct parcel_item *e = &p->items[i];
        n = e->audience == EVENT_ROOM ? run_length(p, i) : 1;
        switch (e->audience) {
        case EVENT_ROOM:
            to_room(h, e, n);
            break;
        case EVENT_USER:
            to_user(h, e);
            break;
        case EVENT_SESSION:
            end_session(h, e->target);
            break;
        case EVENT_WATCHERS:
            hub_tell_watchers(h, e->target, e->frame);
            break;
        case EVENT_CONNECTION:
            to_connection(h, e);
            break;
        }
    }
    if (p->commit) {
        h->commit = p->commit;
        hub_sync_settle(h);
    }
}

/* -------------------------------------------------------------------------------------------------------
 * beats */

static void beat(struct hub_conn *c) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    struct p_id_int *heads = xmalloc(c->room_count * sizeof *heads);
    struct pf_beat frame = {.useq = c->user->useq, .heads = heads};
    for (uint32_t i = 0; i < c->room_count; i++) {
        struct conn_entry *e = &c->rooms[i];
        if (e->room->head > e->beat_seq)
            heads[frame.heads_count++] = (struct p_id_int){e->room->id, e->room->head};
        e->beat_seq = e->room->head;
    }
    pf_beat_put(&j, &frame);
    free(heads);
    struct frame *f = frame_new(buf_str(&out));
    live_send(c->live, f);
    frame_unref(&f);
}

void hub_tick(struct hub *h) {
    int64_t now = clock_mono_us(), every = (int64_t)h->config.heartbeat_ms * 1000;
    while (!list_is_empty(&h->conns)) {
        struct hub_conn *c = container_of(h->conns.next, struct hub_conn, of_hub);
        if (c->beat_us + every > now)
            return;
        c->beat_us = now;
        list_remove(&c->of_hub);
        list_push_back(&h->conns, &c->of_hub);
        if (c->state >= HUB_SETTLING)
            beat(c);
    }
}

/* ------------------------------------------------------------------------------------------ active
 * and typing */

void hub_active(struct hub_conn *c, bool active) {
    if (c->active == active)
        return;
    c->active = active;
    presence_switch(c->hub->config.presence, c->who.user, active);
}

/* What the answer to "who is typing" needs; in the op's arena. */
struct typing {
    struct hub *hub;
    id64 room;
    bool active;
};

static void on_typist(struct op *op) {
    const struct typing *t = op->data;
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    if (op->fail == FAIL_NONE && op->out) {
        struct pf_typing frame = {
            .room = t->room, .user = blob_str(op->out), .for_ms = t->active ? TYPING_MS : 0};
        pf_typing_put(&j, &frame);
        bus_publish(t->hub->config.bus, EVENT_ROOM, t->room, buf_str(&out));
    }
    op_free(&op);
}

bool hub_typing(struct hub_conn *c, id64 room, bool active) {
    if (!hub_is_in(c, room))
        return false;
    struct hub_room *r = map_get(&c->hub->rooms, (uint64_t)room);
    if (r->n > LIMIT_TYPING_ROOM_MEMBERS)
        return true;
    struct op *op = op_new(OP_USER_GET);
    struct typing *t = arena_new_of(op->arena, struct typing);
    *t = (struct typing){c->hub, room, active};
    op->home = c->hub->config.home;
    op->on_done = on_typist;
    op->data = t;
    op->who = c->who;
    op->in.id = c->who.user;
    domain_submit(c->hub->config.domain, op);
    return true;
}
