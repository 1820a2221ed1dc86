/* Listening sockets: TCP, one per loop with SO_REUSEPORT so that the kernel spreads connections,
 * and Unix sockets.
 *
 * A specification is "host:port", "[v6]:port", "*:port" or ":port" (every address, v4 and v6), or
 * "unix:/path". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/str.h"
#include "net/net.h"

#define LISTEN_ADDRESSES 8
#define LISTEN_TEXT 128

struct tls_context;
struct listener;

struct listen_address {
    struct sockaddr_storage sa;
    socklen_t n;
};

/* "localhost" gives ::1 and 127.0.0.1. Returns how many, or -EINVAL, -ENOENT (no such host). Blocks
 * for DNS: start only. */
int listen_resolve(struct str spec, struct listen_address out[static LISTEN_ADDRESSES]);
/* Binds and listens. Port 0 is replaced in `a` by the one that the kernel gave, so that the next
 * loop binds the same. A Unix path that nobody listens on any more is removed first; open it once
 * and give dup()s of it to other loops. Returns the descriptor, or -EADDRINUSE, -EACCES, ... */
int listen_open(struct listen_address *a);
/* The first of an address: as listen_open, but -EADDRINUSE also where another server of the same
 * user listens, which SO_REUSEPORT alone would let in beside it. */
int listen_claim(struct listen_address *a);
/* For logs and for `--listen :0`: "127.0.0.1:8080", "unix:/path". */
const char *listen_text(const struct listen_address *a, char out[static LISTEN_TEXT]);
/* 127.0.0.0/8, ::1, Unix. */
bool listen_is_loopback(const struct listen_address *a);

/* Takes `fd`. on_accept takes the new descriptor (non-blocking, close-on-exec). `tls` is only
 * passed on, borrowed. When descriptors run out it says so in the log, closes what knocks (a spare
 * descriptor is kept for that), and pauses for a tenth of a second. */
struct listener *listener_start(struct net *net, int fd, struct tls_context *tls,
    void (*on_accept)(void *arg, int fd, struct tls_context *tls), void *arg);
/* Accepts nothing more from now on; closes asynchronously (the loop must run once more). Accepts
 * NULL, nulls. */
void listener_close(struct listener **l);
