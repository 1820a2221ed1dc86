/* Many connections to one server from one thread: live sockets (WebSocket), HTTP connections with
 * one request at a time, and bare ones to floor.c, all on one epoll. What is sent during a turn
 * leaves at its end, one write per connection. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct client;

enum peer_kind { PEER_WS, PEER_HTTP, PEER_FLOOR };

struct peer {
    int fd;
    uint32_t index; /* in client->peers */
    uint8_t kind;
    uint8_t state;   /* client.c's own */
    bool dirty;      /* `out` waits for the end of the turn */
    int64_t user;    /* kit_user(user) is signed in here; PEER_FLOOR: the room */
    int64_t expect;  /* next seq; the benchmark's own */
    struct buf rest; /* what came of a frame or response that is not whole yet */
    struct buf out;
};

struct client {
    int port, epoll;
    struct peer *peers;
    uint32_t n, cap;
    uint32_t ready;   /* peers that on_ready was called for */
    int64_t turn_ns;  /* when what is being read just now was read */
    int64_t quiet_ns; /* for how long nothing has come; the benchmark sees to it that something is
                         due */
    uint64_t reads;   /* calls of recv that brought something */
    uint32_t *dirty, dirty_n;
    char *buffer;
    void *data; /* the benchmark's */
    /* WebSocket: `ready` has come (before on_ready), and then each text frame. */
    void (*on_text)(struct client *c, struct peer *p, struct str text);
    void (*on_response)(struct client *c, struct peer *p, int status, struct str body);
    /* WebSocket: synced. Floor: in its room. HTTP: connected. */
    void (*on_ready)(struct client *c, struct peer *p);
};

/* `n` peers at most, each of them at its place for ever. */
void client_init(struct client *c, int port, uint32_t n);
/* Closes everything at once (reset), so that no address stays taken. */
void client_fini(struct client *c);
/* Connects one more, as that user. */
struct peer *client_connect(struct client *c, enum peer_kind kind, int64_t user);
/* Connects n peers, `at_once` of them at a time, and waits until all are ready. The first is user
 * `from`; the number rises by one after each `share` peers. */
void client_connect_all(struct client *c, enum peer_kind kind, int64_t from, uint32_t n,
    uint32_t share, uint32_t at_once);
/* Waits up to `wait_ns` (< 0: for ever) and handles what came. */
void client_turn(struct client *c, int64_t wait_ns);

void peer_send_text(struct client *c, struct peer *p, struct str text);
void peer_send_request(
    struct client *c, struct peer *p, const char *method, const char *path, struct str body);
/* To floor.c: to be sent as it is to everybody in the peer's room. */
void peer_send_floor(struct client *c, struct peer *p, struct str frame);

/* One HTTP request on a connection of its own, waiting for the answer. `user` < 0: nobody. Returns
 * the status, 0 when nobody answers; the body is appended to `body`. */
int client_ask(int port, int64_t user, const char *path, struct buf *body);
