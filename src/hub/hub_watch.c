/* Whose presence which connection wants to know. */
#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"
#include "domain/domain.h"
#include "event/protocol.h"
#include "hub/hub_internal.h"
#include "hub/presence.h"

/* The connections that watch one person. */
struct watch {
    struct hub_conn **conns;
    uint32_t n, cap;
};

static void watch_add(struct hub *h, id64 user, struct hub_conn *c) {
    struct watch *w = map_get(&h->watchers, (uint64_t)user);
    if (!w) {
        w = xcalloc(1, sizeof *w);
        map_put(&h->watchers, (uint64_t)user, w);
    }
    if (w->n == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 2;
        w->conns = xrealloc(w->conns, w->cap * sizeof *w->conns);
    }
    w->conns[w->n++] = c;
}

static void watch_remove(struct hub *h, id64 user, const struct hub_conn *c) {
    struct watch *w = map_get(&h->watchers, (uint64_t)user);
    for (uint32_t i = 0; i < w->n; i++)
        if (w->conns[i] == c) {
            w->conns[i] = w->conns[--w->n];
            break;
        }
    if (w->n == 0) {
        map_remove(&h->watchers, (uint64_t)user);
        free(w->conns);
        free(w);
    }
}

void hub_unwatch(struct hub_conn *c) {
    for (uint32_t i = 0; i < c->watch_count; i++)
        watch_remove(c->hub, c->watched[i], c);
    free(c->watched);
    c->watched = NULL;
    c->watch_count = c->asked_count = 0;
}

void hub_tell_watchers(struct hub *h, id64 user, struct frame *f) {
    struct watch *w = map_get(&h->watchers, (uint64_t)user);
    for (uint32_t i = 0; w && i < w->n; i++)
        if (w->conns[i]->state >= HUB_SETTLING)
            live_send(w->conns[i]->live, f);
}

/* What the table in memory knows; the rest comes from the database. */
static struct p_presence_of state_of(struct hub *h, id64 user) {
    int64_t last_seen_us;
    enum Presence state = presence_get(h->config.presence, user, &last_seen_us);
    return (struct p_presence_of){
        .user = user, .state = state, .last_seen_at = protocol_ms(last_seen_us)};
}

static void send_presence(struct hub_conn *c, const struct p_presence_of *of, size_t n) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    pf_presence_put(&j, &(struct pf_presence){.of = of, .of_count = n});
    struct frame *f = frame_new(buf_str(&out));
    live_send(c->live, f);
    frame_unref(&f);
}

/* Those who are apart from this person (one has blocked the other) are not watched, and look as if
 * they were never there. */
static void settle_watch(struct hub_conn *c, const struct op *op) {
    struct p_presence_of of[LIMIT_WATCH];
    size_t n = op->in.people.count, last = n;
    const id64 *users = op->in.people.users;
    hub_unwatch(c);
    c->watched = xmalloc(n * sizeof *users);
    c->asked_count = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        of[i] = op->apart[i] ? (struct p_presence_of){.user = users[i], .state = PRESENCE_OFFLINE}
                             : state_of(c->hub, users[i]);
        of[i].has_rev = op->revs[i] != 0;
        of[i].rev = op->revs[i];
        if (op->apart[i]) {
            c->watched[--last] = users[i];
            continue;
        }
        if (of[i].state == PRESENCE_OFFLINE && !of[i].last_seen_at)
            of[i].last_seen_at = op->last_seen_ms[i];
        c->watched[c->watch_count++] = users[i];
        watch_add(c->hub, users[i], c);
    }
    send_presence(c, of, n);
}

/* Who may be seen stands in the database: nobody is watched before it has answered. */
static void on_last_seen(struct op *op) {
    struct hub_conn *c = op->data;
    if (hub_op_back(c) && c->watch_op == op) {
        c->watch_op = NULL;
        if (op->fail == FAIL_NONE)
            settle_watch(c, op);
    }
    op_free(&op);
}

void hub_watch(struct hub_conn *c, const id64 *users, size_t n) {
    CHECK(n <= LIMIT_WATCH);
    struct op *op = hub_op(c, OP_LAST_SEEN, on_last_seen);
    id64 *ids = arena_new_n(op->arena, id64, n + 1);
    if (n)
        memcpy(ids, users, n * sizeof *ids);
    op->in.people.users = ids;
    op->in.people.count = n;
    c->watch_op = op;
    domain_submit(c->hub->config.domain, op);
}

/* A question that is on its way may have been answered from before the change: its set is asked for
 * once more. */
void hub_watch_again(struct hub_conn *c) {
    if (c->watch_op)
        hub_watch(c, c->watch_op->in.people.users, c->watch_op->in.people.count);
    else if (c->asked_count)
        hub_watch(c, c->watched, c->asked_count);
}
