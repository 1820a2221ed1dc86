#include "server/figures.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/domain.h"
#include "server/metrics.h"

#define MINUTES 60

static struct {
    struct domain *domain;
    const char *dir;
    int64_t started_us;   /* since 1970 */
    pthread_mutex_t lock; /* what follows; a leaf */
    struct p_minute ring[MINUTES];
    unsigned taken; /* all that were ever taken down */
    int64_t minute; /* the one under way, since 1970 */
    uint64_t messages;
} figures = {.lock = PTHREAD_MUTEX_INITIALIZER};

void figures_set(struct domain *domain, const char *data_dir) {
    figures.domain = domain;
    figures.dir = data_dir;
    figures.started_us = clock_now_us();
    figures.minute = figures.started_us / MINUTE_US;
}

static int64_t file_bytes(const char *name) {
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", figures.dir, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int64_t disk_bytes(void) {
    return file_bytes("confab.db") + file_bytes("confab.db-wal");
}

void figures_tick(void) {
    int64_t minute = clock_now_us() / MINUTE_US;
    uint64_t messages = domain_messages(figures.domain);
    if (minute == figures.minute)
        return;
    struct p_minute m = {.at = minute * 60000,
        .online = (int64_t)metrics_people_online(),
        .memory_bytes = metrics_resident_bytes(),
        .disk_bytes = disk_bytes()};
    pthread_mutex_lock(&figures.lock);
    m.messages = (int64_t)(messages - figures.messages);
    figures.ring[figures.taken++ % MINUTES] = m;
    figures.messages = messages;
    figures.minute = minute;
    pthread_mutex_unlock(&figures.lock);
}

void figures_fill(void *arg, struct arena *a, struct p_figures *ret) {
    struct statvfs disk;
    struct p_minute *minutes = arena_new_n(a, struct p_minute, MINUTES);
    (void)arg;
    ret->started_at = figures.started_us / 1000;
    ret->online = (int64_t)metrics_people_online();
    ret->connections = metrics_live_connections();
    ret->memory_bytes = metrics_resident_bytes();
    ret->disk_bytes = disk_bytes();
    if (statvfs(figures.dir, &disk) == 0)
        ret->disk_free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    pthread_mutex_lock(&figures.lock);
    unsigned n = figures.taken < MINUTES ? figures.taken : MINUTES;
    for (unsigned i = 0; i < n; i++)
        minutes[i] = figures.ring[(figures.taken - n + i) % MINUTES];
    pthread_mutex_unlock(&figures.lock);
    ret->minutes = minutes;
    ret->minutes_count = n;
}
