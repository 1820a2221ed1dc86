/* The hub of one loop: who is connected here, in which rooms they are, and what each of them still
 * has to be told.
 *
 * Owner: its loop's thread. The hub holds no truth: everything comes from the database (through
 * domain ops) or from the bus.
 *
 * Law 4, "register first, then read, then apply what came in between", is hub_sync.c:
 *   1. the connection is registered under its user: changes of membership reach it from here on;
 *   2. the user's rooms are read and it is registered in them: events reach it, and wait in
 * `pending`;
 *   3. what it missed is read and sent (`ready` … `synced`); what waits is sent after it, less what
 * the reading had already. A reader sees a commit before its events have come by the bus: what the
 * reading told may still arrive, and is held back until the events of its last commit have come
 * (HUB_SETTLING). Where membership changed during 2, 2 is done again: a stale list must
 * never put someone into a room that they have left. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "domain/op.h"
#include "web/live.h"

struct bus;
struct domain;
struct mailbox;
struct presence;
struct hub;
struct hub_conn;

struct hub_config {
    struct domain *domain; /* borrowed, like all here */
    struct bus *bus;
    struct mailbox *home; /* the loop's */
    struct presence *presence;
    int heartbeat_ms;
    unsigned loop; /* index of this loop */
};

#define HUB_LOOP_BITS 8 /* of a connection's name: the index of its loop */
static inline unsigned hub_loop_of(id64 name) {
    return (unsigned)(name & ((1 << HUB_LOOP_BITS) - 1));
}

struct hub *hub_new(const struct hub_config *config);
/* After every connection has gone. */
void hub_free(struct hub **h);
/* Once a second: beats. */
void hub_tick(struct hub *h);
unsigned hub_connections(const struct hub *h);

/* A new live connection of someone signed in. `name` (copied, the text of an id) is what `ready`
 * calls the connection. NULL when the person has LIMIT_SOCKETS_PER_USER already. */
struct hub_conn *hub_connect(
    struct hub *h, struct live *live, const struct who *who, struct str name);
/* The live connection has closed. */
void hub_disconnect(struct hub_conn **c);
/* Starts law 4 with the client's cursors; they and `epoch` are copied. Once per connection. */
void hub_hello(
    struct hub_conn *c, struct str epoch, int64_t useq, const struct op_cursor *cursors, size_t n);
bool hub_said_hello(const struct hub_conn *c);
const struct who *hub_who(const struct hub_conn *c);
struct live *hub_live(const struct hub_conn *c);
id64 hub_name(const struct hub_conn *c);
/* The connection that is called so, if it is `user`'s; NULL otherwise. */
struct hub_conn *hub_find(struct hub *h, struct str name, id64 user);

/* --- what a connection may ask of the hub itself */
/* Replaces the set of people watched (n ≤ LIMIT_WATCH) and answers with a `presence` frame of all
 * of them. */
void hub_watch(struct hub_conn *c, const id64 *users, size_t n);
void hub_active(struct hub_conn *c, bool active);
/* False when the connection is not in the room. In rooms above LIMIT_TYPING_ROOM_MEMBERS
 * connections it is not passed on. */
bool hub_typing(struct hub_conn *c, id64 room, bool active);
