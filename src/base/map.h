/* Hash map from a non-zero 64-bit key to a pointer; open addressing, one owner. Keys are mixed with
 * a seed drawn at start, so that a peer who chooses keys can't choose collisions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key;
    void *value;
};

struct map {
    struct map_slot *slots;
    size_t cap, count;
};

void map_fini(struct map *m);
void *map_get(const struct map *m, uint64_t key); /* NULL when absent */
/* Returns what stood there before, or NULL. `value` is not NULL. */
void *map_put(struct map *m, uint64_t key, void *value);
void *map_remove(struct map *m, uint64_t key); /* returns what stood there, or NULL */
/* Iterates in no order: start with *at = 0. The map may not change meanwhile. */
bool map_next(const struct map *m, size_t *at, uint64_t *ret_key, void **ret_value);
/* Seeded hash of bytes, for keys that are text. Never 0. */
uint64_t map_hash(const void *p, size_t n);
