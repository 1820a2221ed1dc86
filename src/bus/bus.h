/* The bus: takes what became durable (commits) or happened in passing (typing, presence) and hands
 * it to every loop, in order. Publishing is for any thread; each subscriber is called on its own
 * loop's thread, from its mailbox.
 *
 * One parcel is made per commit, with each event's frame; loops share it by reference. */
#pragma once

#include <stdatomic.h>

#include "store/commit.h"
#include "web/frame.h"

struct mailbox;
struct bus;

struct parcel_item {
    enum event_audience audience;
    enum event_effect effect;
    id64 target, room;
    int64_t seq;
    struct frame *frame; /* NULL where only the effect counts */
    id64 user;           /* of connection events */
};

/* Immutable; alive during the call. */
struct parcel {
    atomic_uint refs;
    uint64_t commit; /* its number; 0: no commit */
    unsigned n;
    struct parcel_item items[];
};

struct bus *bus_new(void);
void bus_free(struct bus **b);
/* Before anything is published. */
void bus_subscribe(struct bus *b, struct mailbox *home,
    void (*on_parcel)(void *arg, const struct parcel *p), void *arg);
/* Takes the reference. */
void bus_publish_commit(struct bus *b, struct commit *commit);
/* Events that no commit brought, together and in this order. Borrows them. */
void bus_publish_events(struct bus *b, const struct event *events, unsigned n);
/* One event without order, in JSON: to everybody in a room, or to all devices of a user. */
void bus_publish(struct bus *b, enum event_audience audience, id64 target, struct str json);
