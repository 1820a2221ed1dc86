/* The pool: jobs in order, a thread for each child that may run at the same time.
 *
 * A thread starts a child, feeds it, listens until it has ended or its time is over, and buries it.
 * It waits in poll; no loop of the server ever does. */
#include "media/media.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/log.h"
#include "media/media_internal.h"

#define THREADS_MOST 16
#define THREADS 2

struct slot {
    struct media *media;
    pthread_t thread;
    pid_t child; /* under the lock; 0: none */
};

struct media {
    struct media_config config;
    pthread_mutex_t lock; /* a leaf: all below */
    pthread_cond_t work;
    struct media_job *first, **last;
    int waiting;
    bool stop;
    struct slot slots[THREADS_MOST];
};

/* --- one child */

struct talk {
    int fd;
    struct str left; /* still to be sent */
    struct buf answer;
    int64_t until_us;
};

/* 0, or -errno. */
static int start(const struct media *m, pid_t *ret_child, int *ret_fd) {
    int pair[2], r;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, pipe_signal;
    const char *program = m->config.program ? m->config.program : "/proc/self/exe";
    char *argv[] = {(char *)"confab", (char *)MEDIA_CHILD, NULL}, *environment[] = {NULL};
    if (fault_hit("media.start"))
        return -EAGAIN;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    sigemptyset(&none);
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    r = -posix_spawn(ret_child, program, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(pair[1]);
    if (r < 0)
        close(pair[0]);
    else
        *ret_fd = pair[0];
    return r;
}

static void feed(struct talk *t) {
    ssize_t n = send(t->fd, t->left.p, t->left.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        t->left = str_from_index(t->left, (size_t)n);
    else if (errno != EAGAIN && errno != EINTR)
        t->left.n = 0; /* it listens no more; what it has said may still come */
    if (t->left.n == 0)
        shutdown(t->fd, SHUT_WR);
}

/* False: it has ended, or says more than it may. */
static bool listen_to(struct talk *t) {
    char *end = buf_reserve(&t->answer, 64 * 1024);
    ssize_t n = recv(t->fd, end, 64 * 1024, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    t->answer.n += (size_t)n;
    return n > 0 && t->answer.n <= ANSWER_MOST;
}

/* Until it has closed its end. False: its time is over, or it says too much. */
static bool converse(struct talk *t) {
    if (t->left.n == 0)
        shutdown(t->fd, SHUT_WR);
    for (;;) {
        int64_t left_us = t->until_us - clock_mono_us();
        struct pollfd p = {t->fd, (short)(POLLIN | (t->left.n ? POLLOUT : 0)), 0};
        if (left_us <= 0 || t->answer.n > ANSWER_MOST)
            return false;
        if (poll(&p, 1, (int)(left_us / 1000) + 1) < 0 && errno != EINTR)
            return false;
        if (t->left.n && p.revents & (POLLOUT | POLLERR | POLLHUP))
            feed(t);
        if (p.revents & (POLLIN | POLLERR | POLLHUP) && !listen_to(t))
            return t->answer.n <= ANSWER_MOST;
    }
}

/* From here on media_free lets it alone: its number may be another's once it is buried. */
static int bury(struct slot *s, pid_t child, bool ended) {
    int status = 0;
    if (!ended)
        kill(child, SIGKILL);
    pthread_mutex_lock(&s->media->lock);
    s->child = 0;
    pthread_mutex_unlock(&s->media->lock);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static bool enter(struct slot *s, pid_t child) {
    pthread_mutex_lock(&s->media->lock);
    s->child = child;
    bool stop = s->media->stop;
    pthread_mutex_unlock(&s->media->lock);
    return !stop;
}

static bool go(struct media *m) {
    pthread_mutex_lock(&m->lock);
    bool go_on = !m->stop;
    pthread_mutex_unlock(&m->lock);
    return go_on;
}

static void take(struct media_job *job, struct str answer, bool ended, int status) {
    struct str pictures[PICTURE_SIZES];
    enum media_result result;
    if (answer_parse(answer, &result, pictures) != 1) {
        /* Killed, by the filter, by a limit, by memory or by time: the picture was to blame. */
        log_warn_limited("picture child gave no answer", "late=%s signal=%d status=%d bytes=%zu",
            ended ? "no" : "yes", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            WIFEXITED(status) ? WEXITSTATUS(status) : 0, answer.n);
        bool ill = ended && WIFEXITED(status) && WEXITSTATUS(status);
        job->result = ill ? MEDIA_UNAVAILABLE : MEDIA_UNREADABLE;
        return;
    }
    job->result = result;
    for (int i = 0; result == MEDIA_GOOD && i < PICTURE_SIZES; i++)
        job->pictures[i] = blob_new(pictures[i]);
}

static void run(struct slot *s, struct media_job *job) {
    struct media *m = s->media;
    struct talk talk = {.left = job->bytes};
    pid_t child;
    job->result = MEDIA_UNAVAILABLE;
    if (!go(m))
        return;
    int r = start(m, &child, &talk.fd);
    if (r < 0) {
        log_warn_limited(
            "picture child not started", "error=%s", log_quote(str_from(strerror(-r))));
        return;
    }
    bool go_on = enter(s, child);
    if (fault_hit("media.child"))
        kill(child, SIGKILL);
    talk.until_us = clock_mono_us() + (int64_t)m->config.limit_ms * 1000;
    bool ended = go_on && converse(&talk);
    int status = bury(s, child, ended);
    close(
        talk.fd); /* after it: a child that is cut off might end by itself, and be taken for ill */
    /* A child that was killed because all ends says nothing of its picture. */
    if (go_on && go(m))
        take(job, buf_str(&talk.answer), ended, status);
    buf_fini(&talk.answer);
}

/* --- the pool */

static struct media_job *next_job(struct media *m) {
    pthread_mutex_lock(&m->lock);
    while (!m->first && !m->stop)
        pthread_cond_wait(&m->work, &m->lock);
    struct media_job *job = m->first;
    if (job) {
        m->first = job->next;
        if (!m->first)
            m->last = &m->first;
        m->waiting--;
    }
    pthread_mutex_unlock(&m->lock);
    return job;
}

static void *pool_main(void *arg) {
    struct slot *s = arg;
    for (struct media_job *job; (job = next_job(s->media));) {
        memset(job->pictures, 0, sizeof job->pictures);
        run(s, job);
        job->on_end(job);
    }
    return NULL;
}

struct media *media_new(const struct media_config *config) {
    struct media *m = xcalloc(1, sizeof *m);
    m->config = *config;
    if (m->config.threads <= 0)
        m->config.threads = THREADS;
    CHECK(m->config.threads <= THREADS_MOST);
    if (m->config.limit_ms <= 0)
        m->config.limit_ms = LIMIT_PICTURE_SECONDS * 2 * 1000;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->work, NULL);
    m->last = &m->first;
    for (int i = 0; i < m->config.threads; i++) {
        m->slots[i].media = m;
        CHECK(pthread_create(&m->slots[i].thread, NULL, pool_main, &m->slots[i]) == 0);
    }
    return m;
}

void media_free(struct media **mp) {
    struct media *m = *mp;
    *mp = NULL;
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    for (int i = 0; i < m->config.threads; i++)
        if (m->slots[i].child)
            kill(m->slots[i].child, SIGKILL);
    pthread_cond_broadcast(&m->work);
    pthread_mutex_unlock(&m->lock);
    for (int i = 0; i < m->config.threads; i++)
        pthread_join(m->slots[i].thread, NULL);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->work);
    free(m);
}

int media_submit(struct media *m, struct media_job *job) {
    int r = 0;
    pthread_mutex_lock(&m->lock);
    if (m->stop || m->waiting >= LIMIT_PICTURES_WAITING) {
        r = -EBUSY;
    } else {
        job->next = NULL;
        *m->last = job;
        m->last = &job->next;
        m->waiting++;
        pthread_cond_signal(&m->work);
    }
    pthread_mutex_unlock(&m->lock);
    return r;
}

/* --- does it work? */

struct trial {
    struct media_job job;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void on_trial(struct media_job *job) {
    struct trial *t = (struct trial *)job;
    pthread_mutex_lock(&t->lock);
    t->is_done = true;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
}

bool media_works(void) {
    static const char dot[] =
        "GIF89a\1\0\1\0\200\1\0\377\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";
    struct trial t = {.job = {.bytes = str_make(dot, sizeof dot - 1), .on_end = on_trial},
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER};
    struct media *m = media_new(&(struct media_config){.threads = 1});
    CHECK(media_submit(m, &t.job) == 0);
    pthread_mutex_lock(&t.lock);
    while (!t.is_done)
        pthread_cond_wait(&t.done, &t.lock);
    pthread_mutex_unlock(&t.lock);
    media_free(&m);
    for (int i = 0; i < PICTURE_SIZES; i++)
        blob_unref(&t.job.pictures[i]);
    return t.job.result == MEDIA_GOOD;
}
