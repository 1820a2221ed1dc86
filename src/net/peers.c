#include "net/peers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "net/address.h"

struct peers {
    pthread_mutex_t lock; /* a leaf */
    struct map counts;    /* key → how many, as a pointer */
    unsigned most;
};

struct peers *peers_new(unsigned most) {
    struct peers *p = xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    p->most = most;
    return p;
}

void peers_free(struct peers **pp) {
    struct peers *p = *pp;
    *pp = NULL;
    if (!p)
        return;
    map_fini(&p->counts);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* No IPv6 network in use begins so. */
#define V4 (UINT64_C(1) << 32)
#define V6_LOOPBACK UINT64_C(1)

uint64_t peers_key(struct str address) {
    struct address_range one;
    uint64_t key = 0;
    if (address_range_parse(address, &one) < 0 || one.family == AF_UNIX)
        return 0;
    for (int i = 0; i < (one.family == AF_INET ? 4 : 8); i++)
        key = key << 8 | one.address[i];
    return one.family == AF_INET ? V4 | key : key ? key : V6_LOOPBACK;
}

static uintptr_t count_of(const struct peers *p, uint64_t key) {
    return (uintptr_t)map_get(&p->counts, key);
}

bool peers_enter(struct peers *p, uint64_t key) {
    bool enters = true;
    if (!key)
        return true;
    pthread_mutex_lock(&p->lock);
    uintptr_t n = count_of(p, key);
    if (n < p->most)
        map_put(&p->counts, key, (void *)(n + 1));
    else
        enters = false;
    pthread_mutex_unlock(&p->lock);
    return enters;
}

void peers_leave(struct peers *p, uint64_t key) {
    if (!key)
        return;
    pthread_mutex_lock(&p->lock);
    uintptr_t n = count_of(p, key);
    CHECK(n > 0);
    if (n > 1)
        map_put(&p->counts, key, (void *)(n - 1));
    else
        map_remove(&p->counts, key);
    pthread_mutex_unlock(&p->lock);
}
