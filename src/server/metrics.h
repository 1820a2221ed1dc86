/* /healthz, /readyz and /metrics (Prometheus text format 0.0.4). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web/web.h"

struct store;
struct presence;
struct worker;

/* What the pages tell about; set once, before the workers start. */
struct metrics_sources {
    struct worker **workers;
    unsigned worker_count;
    struct store *store;
    struct presence *presence;
    bool off,
        everyone; /* who may read /metrics: nobody, anybody, or (neither) this machine alone */
    unsigned descriptor_limit;
};

void metrics_set(const struct metrics_sources *sources);
/* What /readyz says from now on. Any thread. */
void metrics_ready(bool ready);
/* Single figures. Any thread. */
int64_t metrics_resident_bytes(void);
int64_t metrics_people_online(void);
int64_t metrics_live_connections(void);
extern const struct web_route metrics_routes[];
extern const size_t metrics_route_count;
