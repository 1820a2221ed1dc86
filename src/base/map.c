/* Linear probing, load at most 3/4, removal by shifting back (no tombstones). */
#include "base/map.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/rand.h"

static uint64_t seed(void) {
    static _Atomic uint64_t drawn;
    uint64_t s = atomic_load_explicit(&drawn, memory_order_relaxed);
    if (!s) {
        uint64_t fresh = rand_u64() | 1, none = 0;
        s = atomic_compare_exchange_strong(&drawn, &none, fresh) ? fresh : none;
    }
    return s;
}

/* Finaliser of MurmurHash3, keyed by the seed. */
static uint64_t mix(uint64_t k) {
    k ^= seed();
    k ^= k >> 33;
    k *= UINT64_C(0xff51afd7ed558ccd);
    k ^= k >> 33;
    k *= UINT64_C(0xc4ceb9fe1a85ec53);
    return k ^ (k >> 33);
}

uint64_t map_hash(const void *p, size_t n) {
    const unsigned char *bytes = p;
    uint64_t h = seed() ^ (n * UINT64_C(0x9e3779b97f4a7c15));
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3) + (h >> 47);
    h = mix(h);
    return h ? h : 1;
}

void map_fini(struct map *m) {
    free(m->slots);
    *m = (struct map){0};
}

/* The slot of `key`, or the free one where it belongs. */
static size_t probe(const struct map *m, uint64_t key) {
    size_t i = mix(key) & (m->cap - 1);
    while (m->slots[i].key && m->slots[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return i;
}

void *map_get(const struct map *m, uint64_t key) {
    return m->count ? m->slots[probe(m, key)].value : NULL;
}

static void grow(struct map *m) {
    struct map old = *m;
    m->cap = old.cap ? old.cap * 2 : 8;
    m->slots = xcalloc(m->cap, sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            m->slots[probe(m, old.slots[i].key)] = old.slots[i];
    free(old.slots);
}

void *map_put(struct map *m, uint64_t key, void *value) {
    CHECK(key && value);
    if ((m->count + 1) * 4 > m->cap * 3)
        grow(m);
    struct map_slot *slot = &m->slots[probe(m, key)];
    void *before = slot->value;
    if (!slot->key)
        m->count++;
    *slot = (struct map_slot){key, value};
    return before;
}

void *map_remove(struct map *m, uint64_t key) {
    if (!m->count)
        return NULL;
    size_t hole = probe(m, key);
    void *value = m->slots[hole].value;
    if (!m->slots[hole].key)
        return NULL;
    m->count--;
    for (size_t i = hole;;) {
        i = (i + 1) & (m->cap - 1);
        if (!m->slots[i].key)
            break;
        size_t home = mix(m->slots[i].key) & (m->cap - 1);
        /* It may move into the hole unless its home lies between the hole (not included) and
         * itself. */
        if (((i - home) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct map_slot){0};
    return value;
}

bool map_next(const struct map *m, size_t *at, uint64_t *ret_key, void **ret_value) {
    for (; *at < m->cap; (*at)++)
        if (m->slots[*at].key) {
            *ret_key = m->slots[*at].key;
            *ret_value = m->slots[*at].value;
            (*at)++;
            return true;
        }
    return false;
}
