/* The domain as the outside sees it: operations go in, answers and commits come out. Any thread may
 * submit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "domain/op.h"
#include "store/commit.h"

struct p_figures;
struct store;
struct domain;

struct domain_config {
    struct store *store; /* borrowed */
    /* After a COMMIT, on the writer thread and before any answer of it is posted: hand the events
     * to the bus. Takes the commit (one reference). */
    void (*on_commit)(void *arg, struct commit *commit);
    void *on_commit_arg;
    /* What happened in a passing room, in the order of its numbers; any thread, and a lock of the
     * domain is held: hand the events (borrowed) to the bus. NULL: nobody listens. */
    void (*on_passing)(void *arg, const struct event *events, unsigned n);
    void *on_passing_arg;
    struct str server_name, version;
    /* Fills in what the process knows of itself: all but version, people and rooms. Reader thread;
     * NULL: nothing is known. */
    void (*figures)(void *arg, struct arena *a, struct p_figures *ret);
    void *figures_arg;
    int heartbeat_ms;
    bool cheap_passwords; /* hashes that cost nothing: for benchmarks and tests alone */
    bool rate_limits;     /* sign-in and sign-up; off only for benchmarks and tests */
};

struct domain *domain_new(const struct domain_config *config);
void domain_free(struct domain **d);
/* Takes the op; it comes back through op->home and op->on_done, always. */
void domain_submit(struct domain *d, struct op *op);
/* Once a second, from any thread: tells what the shell has done beside this process, takes up the
 * settings that it has changed, and ends what is over in passing rooms. */
void domain_tick(struct domain *d);
/* A connection that was in a passing room is gone. Any thread; nothing is waited for. */
void domain_passing_gone(struct domain *d, id64 room, id64 user, id64 connection);
/* Nothing is told of passing rooms from here on: the loops go. */
void domain_passing_end(struct domain *d);
/* Messages sent since the start. Any thread. */
uint64_t domain_messages(struct domain *d);
/* Refuses new writes (FAIL_UNAVAILABLE), commits those that wait, returns when all answers are
 * posted. */
void domain_drain(struct domain *d);
/* Runs an op on the calling thread to its end: for the command line and tests (no loop needed). */
void domain_run(struct domain *d, struct op *op);
