#include "hub/presence.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"

struct person {
    struct list
        leaving; /* linked in presence.leaving while the grace runs, in the order of `left_us` */
    id64 user;
    unsigned active, idle; /* connections of each kind */
    enum Presence told;    /* what others know */
    int64_t left_us;       /* wall clock, when the last connection went */
};

struct presence {
    struct presence_config config;
    pthread_mutex_t lock;
    struct map people;
    struct list leaving, gone; /* grace runs; told to be offline, still remembered */
    unsigned online;
};

struct presence *presence_new(const struct presence_config *config) {
    struct presence *p = xcalloc(1, sizeof *p);
    p->config = *config;
    pthread_mutex_init(&p->lock, NULL);
    list_init(&p->leaving);
    list_init(&p->gone);
    return p;
}

void presence_free(struct presence **pp) {
    struct presence *p = *pp;
    size_t at = 0;
    uint64_t key;
    void *person;
    *pp = NULL;
    if (!p)
        return;
    while (map_next(&p->people, &at, &key, &person))
        free(person);
    map_fini(&p->people);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct person *person_of(struct presence *p, id64 user) {
    struct person *person = map_get(&p->people, (uint64_t)user);
    if (!person) {
        person = xcalloc(1, sizeof *person);
        person->user = user;
        person->told = PRESENCE_OFFLINE;
        list_init(&person->leaving);
        map_put(&p->people, (uint64_t)user, person);
    }
    return person;
}

/* Takes the new counts in; true when others must be told. */
static bool settle(struct presence *p, struct person *person) {
    if (person->active + person->idle == 0) {
        person->left_us = clock_now_us();
        list_push_back(&p->leaving, &person->leaving);
        return false;
    }
    list_remove(&person->leaving);
    enum Presence state = person->active ? PRESENCE_ONLINE : PRESENCE_AWAY;
    bool changed = person->told != state;
    p->online += person->told == PRESENCE_OFFLINE;
    person->told = state;
    return changed;
}

static void change(struct presence *p, id64 user, int active, int idle) {
    pthread_mutex_lock(&p->lock);
    struct person *person = person_of(p, user);
    person->active += (unsigned)active;
    person->idle += (unsigned)idle;
    bool changed = settle(p, person);
    enum Presence state = person->told;
    pthread_mutex_unlock(&p->lock);
    if (changed)
        p->config.on_change(p->config.arg, user, state, 0);
}

void presence_add(struct presence *p, id64 user, bool active) {
    change(p, user, active, !active);
}

void presence_remove(struct presence *p, id64 user, bool active) {
    change(p, user, -(int)active, -(int)!active);
}

void presence_switch(struct presence *p, id64 user, bool active) {
    change(p, user, active ? 1 : -1, active ? -1 : 1);
}

enum Presence presence_get(struct presence *p, id64 user, int64_t *ret_last_seen_us) {
    pthread_mutex_lock(&p->lock);
    struct person *person = map_get(&p->people, (uint64_t)user);
    enum Presence state = person ? person->told : PRESENCE_OFFLINE;
    *ret_last_seen_us = person && state == PRESENCE_OFFLINE ? person->left_us : 0;
    pthread_mutex_unlock(&p->lock);
    return state;
}

/* The next one whose grace is over, now told to be offline; NULL when there is none. */
static struct person *next_gone(struct presence *p, int64_t now) {
    if (list_is_empty(&p->leaving))
        return NULL;
    struct person *person = container_of(p->leaving.next, struct person, leaving);
    if (person->left_us + PRESENCE_GRACE_US > now)
        return NULL;
    list_remove(&person->leaving);
    list_push_back(&p->gone, &person->leaving);
    person->told = PRESENCE_OFFLINE;
    p->online--;
    return person;
}

static void forget_old(struct presence *p, int64_t now) {
    while (!list_is_empty(&p->gone)) {
        struct person *person = container_of(p->gone.next, struct person, leaving);
        if (person->left_us + PRESENCE_KEPT_US > now)
            return;
        list_remove(&person->leaving);
        map_remove(&p->people, (uint64_t)person->user);
        free(person);
    }
}

void presence_tick(struct presence *p) {
    int64_t now = clock_now_us();
    for (;;) {
        pthread_mutex_lock(&p->lock);
        struct person *person = next_gone(p, now);
        id64 user = person ? person->user : 0;
        int64_t left_us = person ? person->left_us : 0;
        if (!person)
            forget_old(p, now);
        pthread_mutex_unlock(&p->lock);
        if (!user)
            return;
        p->config.on_change(p->config.arg, user, PRESENCE_OFFLINE, left_us);
    }
}

unsigned presence_online(struct presence *p) {
    pthread_mutex_lock(&p->lock);
    unsigned online = p->online;
    pthread_mutex_unlock(&p->lock);
    return online;
}
