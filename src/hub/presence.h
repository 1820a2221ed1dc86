/* Where people are: one table for the whole process, behind one mutex (a leaf: nothing else is
 * taken while it is held). Loops report connections coming, going and changing; a change of a
 * person's state is told to every hub.
 *
 * Going offline is told only after PRESENCE_GRACE_US without any connection, so that a reload or a
 * change of network is not seen by others. */
#pragma once

#include "base/id.h"
#include "event/protocol.h"

#define PRESENCE_GRACE_US (8 * SECOND_US)
#define PRESENCE_KEPT_US \
    DAY_US /* how long an offline person's last time stays in memory; then the database has it */

struct presence;

struct presence_config {
    /* A person's state changed; called with no lock held, on the reporting thread. */
    void (*on_change)(void *arg, id64 user, enum Presence state, int64_t last_seen_us);
    void *arg;
};

struct presence *presence_new(const struct presence_config *config);
void presence_free(struct presence **p);
/* A connection of `user` came (+1) or went (-1); `active` says which kind it is. A change of kind
 * is -1 old, +1 new, in one call of presence_switch. */
void presence_add(struct presence *p, id64 user, bool active);
void presence_remove(struct presence *p, id64 user, bool active);
void presence_switch(struct presence *p, id64 user, bool active);
/* State now; *ret_last_seen_us is 0 where nothing is known in memory. */
enum Presence presence_get(struct presence *p, id64 user, int64_t *ret_last_seen_us);
/* Once a second, from one thread: makes those offline whose grace is over. */
void presence_tick(struct presence *p);
/* People with at least one connection. */
unsigned presence_online(struct presence *p);
