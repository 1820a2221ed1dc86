#include "bus/bus.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/list.h"
#include "loop/mailbox.h"

#define BUS_LOOPS 256 /* more than any machine has cores that help */

struct subscriber {
    struct mailbox *home;
    void (*on_parcel)(void *arg, const struct parcel *p);
    void *arg;
};

struct bus {
    unsigned n;
    struct subscriber subscribers[BUS_LOOPS];
};

/* One loop's copy of the reference to a parcel. */
struct delivery {
    struct letter letter;
    const struct subscriber *to;
    struct parcel *parcel;
};

struct bus *bus_new(void) {
    return xcalloc(1, sizeof(struct bus));
}

void bus_free(struct bus **b) {
    free(*b);
    *b = NULL;
}

void bus_subscribe(struct bus *b, struct mailbox *home,
    void (*on_parcel)(void *arg, const struct parcel *p), void *arg) {
    CHECK(b->n < BUS_LOOPS);
    b->subscribers[b->n++] = (struct subscriber){home, on_parcel, arg};
}

static void parcel_unref(struct parcel *p) {
    if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < p->n; i++)
        if (p->items[i].frame)
            frame_unref(&p->items[i].frame);
    free(p);
}

static void on_arrive(struct letter *letter) {
    struct delivery *d = container_of(letter, struct delivery, letter);
    d->to->on_parcel(d->to->arg, d->parcel);
    parcel_unref(d->parcel);
    free(d);
}

static struct parcel *parcel_new(unsigned n) {
    struct parcel *p = xcalloc(1, sizeof *p + n * sizeof p->items[0]);
    p->n = n;
    return p;
}

static void post_to_all(struct bus *b, struct parcel *p) {
    atomic_init(&p->refs, b->n + 1); /* ours too: a loop may be done before the last post */
    for (unsigned i = 0; i < b->n; i++) {
        struct delivery *d = xcalloc(1, sizeof *d);
        d->letter.on_arrive = on_arrive;
        d->to = &b->subscribers[i];
        d->parcel = p;
        mailbox_post(d->to->home, &d->letter);
    }
    parcel_unref(p);
}

static struct parcel *parcel_of(const struct event *events, unsigned n) {
    struct parcel *p = parcel_new(n);
    for (unsigned i = 0; i < n; i++) {
        const struct event *e = &events[i];
        p->items[i] =
            (struct parcel_item){e->audience, e->effect, e->target, e->room, e->seq, NULL, e->user};
        if (e->json)
            p->items[i].frame = frame_new(blob_str(e->json));
    }
    return p;
}

void bus_publish_commit(struct bus *b, struct commit *commit) {
    struct parcel *p = parcel_of(commit->events, commit->n);
    p->commit = commit->number;
    commit_unref(&commit);
    post_to_all(b, p);
}

void bus_publish_events(struct bus *b, const struct event *events, unsigned n) {
    post_to_all(b, parcel_of(events, n));
}

void bus_publish(struct bus *b, enum event_audience audience, id64 target, struct str json) {
    struct parcel *p = parcel_new(1);
    p->items[0] =
        (struct parcel_item){.audience = audience, .target = target, .frame = frame_new(json)};
    post_to_all(b, p);
}
