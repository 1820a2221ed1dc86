#include "base/fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct {
    _Atomic bool armed;
    pthread_mutex_t lock; /* below all others: nothing is taken while it is held */
    char name[64];
    int nth, visits;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

void fault_arm(const char *name, int nth) {
    pthread_mutex_lock(&fault.lock);
    snprintf(fault.name, sizeof fault.name, "%s", name);
    fault.nth = nth;
    fault.visits = 0;
    atomic_store(&fault.armed, nth > 0);
    pthread_mutex_unlock(&fault.lock);
}

bool fault_hit(const char *name) {
    if (!atomic_load_explicit(&fault.armed, memory_order_relaxed))
        return false;
    pthread_mutex_lock(&fault.lock);
    bool hit = strcmp(name, fault.name) == 0 && ++fault.visits == fault.nth;
    pthread_mutex_unlock(&fault.lock);
    return hit;
}

int fault_visits(void) {
    pthread_mutex_lock(&fault.lock);
    int visits = fault.visits;
    pthread_mutex_unlock(&fault.lock);
    return visits;
}
