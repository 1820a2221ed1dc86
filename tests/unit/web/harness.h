/* A loop with a web on it, and peers at the other end of socket pairs, all in one thread: a test
 * writes bytes, runs turns until a fact shows, and looks. */
#pragma once

#include <stdbool.h>

#include <uv.h>

#include "base/buf.h"
#include "net/net.h"
#include "web/web.h"

struct site {
    uv_loop_t loop;
    struct net *net;
    struct web *web;
};

struct peer {
    struct site *site;
    int fd;
    struct buf got;
    bool ended; /* the server closed, or half-closed */
};

void site_open(struct site *s, const struct web_config *config);
void site_close(struct site *s);
/* One turn as the worker makes it. */
void site_turn(struct site *s);

void peer_open(struct peer *p, struct site *s);
void peer_close(struct peer *p);
/* Writes all, running turns where the socket is full. */
void peer_send(struct peer *p, struct str bytes);
/* Reads what is there. */
void peer_read(struct peer *p);
/* Turns until `text` stands in what came; false after ten seconds. */
bool peer_expect(struct peer *p, const char *text);
/* Turns until so many bytes came. */
bool peer_expect_n(struct peer *p, size_t n);
bool peer_expect_end(struct peer *p);
/* How often `text` stands in what came. */
unsigned peer_count(const struct peer *p, const char *text);
bool peer_has(const struct peer *p, const char *text);
/* Moves the frozen clock and lets timers fire. */
void site_advance(struct site *s, int seconds);

/* A masked client frame. */
void add_frame(struct buf *out, unsigned first, struct str payload);
