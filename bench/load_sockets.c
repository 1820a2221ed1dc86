/* What a signed-in socket costs the server: CPU from connecting to `synced`, memory once it is
 * idle.
 *
 *   --count N      of so many people, each with one room; a quarter of them first, so that what the
 * first ones bring about once and for all (caches, pools) can be told from what each one costs */
#include <inttypes.h>
#include <stdio.h>

#include "kit.h"
#include "load.h"

#define SETTLE_NS (SECOND_NS / 5)

static void settle(struct client *c) {
    for (int64_t end = kit_now_ns() + SETTLE_NS; kit_now_ns() < end;)
        client_turn(c, end - kit_now_ns() > 0 ? end - kit_now_ns() : 0);
}

static void on_text(struct client *c, struct peer *p, struct str text) {
    if (str_has_prefix(text, STR("{\"type\":\"error\""))
        || str_has_prefix(text, STR("{\"type\":\"resync\"")))
        kit_fail("connection %u: %.*s", p->index, STR_ARG(text));
}

void load_sockets(struct load *l) {
    struct client c;
    uint32_t n = (uint32_t)kit_int(l->argc, l->argv, "count", 1000), quarter = n / 4;
    client_init(&c, l->port, n);
    c.on_text = on_text;
    struct kit_memory before = kit_memory_of(l->pid);
    client_connect_all(&c, PEER_WS, l->from_user, quarter, 1, 32);
    settle(&c);
    struct kit_memory first = kit_memory_of(l->pid);
    int64_t start = kit_now_ns();
    struct kit_slices costs = {0};
    while (c.n < n) {
        uint32_t each = (n - quarter) / KIT_SLICES + 1, from = c.n,
                 some = n - from < each ? n - from : each;
        int64_t cpu = kit_cpu_ns(l->pid);
        client_connect_all(&c, PEER_WS, l->from_user + from, some, 1, 32);
        kit_slices_add(&costs, (double)(kit_cpu_ns(l->pid) - cpu) / some);
    }
    int64_t wall = kit_now_ns() - start;
    settle(&c);
    struct kit_memory all = kit_memory_of(l->pid);
    printf("{\"sockets\":%u,\"private\":%" PRId64 ",\"private_more\":%" PRId64 ",\"rss\":%" PRId64
           ",\"more\":%u,\"cpu_ns\":%.1f"
           ",\"wall_ns\":%" PRId64 "}\n",
        n, all.private - before.private, all.private - first.private, all.rss - before.rss,
        n - quarter, kit_slices_at(&costs, KIT_CALM), wall);
    client_fini(&c);
}
