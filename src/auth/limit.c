#include "auth/limit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/rand.h"

#define SLOTS 4096 /* 32 KB per limit */

struct limit {
    pthread_mutex_t lock; /* the slots; taken alone, nothing is taken while it is held */
    int64_t step_us, burst_us;
    uint64_t seed;
    int64_t free_at_us[SLOTS]; /* when all tries of the slot are back (monotonic) */
};

struct limit *limit_new(int tries, int64_t period_us) {
    struct limit *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    l->step_us = period_us / tries;
    l->burst_us = period_us;
    l->seed = rand_u64();
    return l;
}

void limit_free(struct limit **l) {
    if (*l)
        pthread_mutex_destroy(&(*l)->lock);
    free(*l);
    *l = NULL;
}

static int64_t *slot(struct limit *l, struct str key) {
    uint64_t h = l->seed;
    for (size_t i = 0; i < key.n; i++) {
        h = (h ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    return &l->free_at_us[(h ^ h >> 32) % SLOTS];
}

int limit_take(struct limit *l, struct str key) {
    int64_t now = clock_mono_us();
    int wait = 0;
    pthread_mutex_lock(&l->lock);
    int64_t *at = slot(l, key);
    int64_t next = (*at > now ? *at : now) + l->step_us;
    if (next - now > l->burst_us)
        wait = (int)((next - now - l->burst_us + SECOND_US - 1) / SECOND_US);
    else
        *at = next;
    pthread_mutex_unlock(&l->lock);
    return wait;
}

void limit_forgive(struct limit *l, struct str key) {
    pthread_mutex_lock(&l->lock);
    *slot(l, key) = 0;
    pthread_mutex_unlock(&l->lock);
}

size_t limit_address_key(struct str address, char ret[static 64]) {
    char text[64];
    unsigned char v6[16];
    size_t n = address.n < sizeof text - 1 ? address.n : sizeof text - 1;
    if (n)
        memcpy(text, address.p, n);
    text[n] = '\0';
    if (memchr(text, ':', n) && inet_pton(AF_INET6, text, v6) == 1) {
        static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
        if (memcmp(v6, mapped, sizeof mapped) == 0) {
            memcpy(ret, v6 + 12, 4);
            return 4;
        }
        memcpy(ret, v6, 8);
        return 8;
    }
    memcpy(ret, text, n);
    return n;
}
