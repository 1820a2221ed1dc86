#include "base/id.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/rand.h"

#define RANDOM_BITS 21

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* Rises even where the clock stands or goes back: then by a random step within the 21 bits. */
id64 id_next(void) {
    static _Atomic int64_t last;
    int64_t before = atomic_load_explicit(&last, memory_order_relaxed), next;
    do {
        uint64_t random = rand_u64();
        int64_t millisecond = clock_now_us() / 1000;
        next = (millisecond << RANDOM_BITS) | (int64_t)(random & ((1u << RANDOM_BITS) - 1));
        if (next <= before)
            next = before + 1 + (int64_t)(random & 0x3F);
    } while (!atomic_compare_exchange_weak(&last, &before, next));
    return next;
}

void id_put(id64 id, char out[static ID_TEXT]) {
    uint64_t v = (uint64_t)id;
    for (int i = ID_TEXT - 1; i >= 0; i--, v >>= 5)
        out[i] = digits[v & 31];
}

bool id_parse(struct str text, id64 *ret_id) {
    uint64_t v = 0;
    if (text.n != ID_TEXT)
        return false;
    for (size_t i = 0; i < ID_TEXT; i++) {
        const char *at = text.p[i] ? memchr(digits, text.p[i], sizeof digits - 1) : NULL;
        if (!at || v >> 58)
            return false;
        v = v << 5 | (uint64_t)(at - digits);
    }
    if (v == 0 || v > (uint64_t)INT64_MAX)
        return false;
    *ret_id = (id64)v;
    return true;
}
