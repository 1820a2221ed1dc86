/* What a commit has to tell: the events of all commands that one COMMIT made durable, in order.
 * Made by the writer thread, handed to the bus, read by every loop; immutable, counted. */
#pragma once

#include <stdint.h>

#include "base/blob.h"
#include "base/id.h"

enum event_audience {
    EVENT_ROOM,       /* everybody connected who is in room `target` */
    EVENT_USER,       /* all devices of user `target` */
    EVENT_SESSION,    /* nothing to send; session `target` has ended: close its connections */
    EVENT_WATCHERS,   /* connections that watch user `target`; without order */
    EVENT_CONNECTION, /* connection `target`, if it is `user`'s (never from a commit) */
};

/* What the hub does to its own tables, for events of users and connections: before sending for
 * JOIN, after sending for PART. */
enum event_effect {
    EFFECT_NONE,
    EFFECT_JOIN, /* `target` is in `room` now */
    EFFECT_PART, /* … is not any more */
    EFFECT_LOOK, /* who may see whom has changed for `target`: ask anew for all they watch */
    EFFECT_GONE, /* user `target` may not be here any more: close all their connections */
};

struct event {
    enum event_audience audience;
    enum event_effect effect;
    id64 target;
    id64 room;         /* for effects */
    int64_t seq;       /* room or user sequence; 0 for events without order */
    struct blob *json; /* the encoded frame; NULL where only the effect counts */
    id64 user;         /* of connection events */
};

struct commit {
    _Atomic unsigned refs;
    uint64_t number; /* grows with each COMMIT of this process; not gap-free */
    unsigned n;
    struct event events[];
};

/* Takes the events' blobs; one reference. */
struct commit *commit_new(uint64_t number, const struct event *events, unsigned n);
void commit_unref(struct commit **c); /* unrefs its blobs with the last one */
