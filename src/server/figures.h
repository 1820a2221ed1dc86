/* How the process is, minute by minute of the last hour, for the administrators' page. */
#pragma once

#include "protocol_gen.h"

struct arena;
struct domain;

/* Set once, before the workers start. */
void figures_set(struct domain *domain, const char *data_dir);
/* Once a second, from the main thread: takes down each minute that has passed. */
void figures_tick(void);
/* All but version, people and rooms. Any thread. */
void figures_fill(void *arg, struct arena *a, struct p_figures *ret);
