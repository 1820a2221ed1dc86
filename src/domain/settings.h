/* What administrators set, as the domain has it at hand: read from the database at the start, after
 * each change, and once a second, for the shell changes it from another process. Any thread. Inside
 * src/domain only. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "protocol_gen.h"

struct arena;
struct domain;
struct run;
struct str;
struct tx;

struct settings {
    pthread_mutex_t lock; /* a leaf */
    struct p_settings now;
    unsigned generation;         /* grows with each change that this process made */
    _Atomic(int64_t) text_chars; /* apart, for the fastest path */
};

void settings_init(struct domain *d);
void settings_fini(struct domain *d);
/* As they are now; texts are copied into the arena. */
struct p_settings settings_now(struct domain *d, struct arena *a);
/* As they stand in the transaction. */
struct p_settings settings_read(struct domain *d, struct tx *tx, struct arena *a);
/* Keeps these from now on. */
void settings_keep(struct domain *d, const struct p_settings *settings);
/* The same for what was read while `generation` was current: forgotten where something newer came.
 */
void settings_keep_read(struct domain *d, const struct p_settings *settings, unsigned generation);
unsigned settings_generation(struct domain *d);
/* Writes what differs, with its line in the audit log; all of it holds once it is durable. */
void settings_change(
    struct run *r, const struct p_settings *before, const struct p_settings *after);
