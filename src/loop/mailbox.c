/* A stack that senders push to with compare-and-swap and the owner takes whole and turns around:
 * the order of each sender is kept, and nobody waits. Waking costs a system call, so only the
 * sender that finds the box empty wakes. */
#include "loop/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "base/clock.h"

struct mailbox {
    _Atomic(struct letter *) top;
    int event_fd; /* plain mailboxes; -1 for a loop's */
    uv_async_t async;
};

/* The loop wakes by this and drains in its turn. */
static void on_async(uv_async_t *async) {
    (void)async;
}

struct mailbox *mailbox_new(struct uv_loop_s *loop) {
    struct mailbox *m = xcalloc(1, sizeof *m);
    m->event_fd = -1;
    if (loop) {
        CHECK(uv_async_init(loop, &m->async, on_async) == 0);
        m->async.data = m;
    } else {
        m->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        CHECK(m->event_fd >= 0);
    }
    return m;
}

static void on_async_closed(uv_handle_t *handle) {
    free(handle->data);
}

void mailbox_free(struct mailbox **mp) {
    struct mailbox *m = *mp;
    *mp = NULL;
    if (!m)
        return;
    if (m->event_fd < 0) {
        uv_close((uv_handle_t *)&m->async, on_async_closed);
        return;
    }
    close(m->event_fd);
    free(m);
}

void mailbox_post(struct mailbox *m, struct letter *letter) {
    struct letter *top = atomic_load_explicit(&m->top, memory_order_relaxed);
    do
        letter->next = top;
    while (!atomic_compare_exchange_weak_explicit(
        &m->top, &top, letter, memory_order_acq_rel, memory_order_relaxed));
    /* Whoever found letters there need not wake: the owner was woken for those and takes all at
     * once. */
    if (top)
        return;
    if (m->event_fd < 0) {
        uv_async_send(&m->async);
        return;
    }
    uint64_t one = 1;
    CHECK(write(m->event_fd, &one, sizeof one) == sizeof one || errno == EAGAIN);
}

struct letter *mailbox_take(struct mailbox *m) {
    struct letter *stack = atomic_exchange_explicit(&m->top, NULL, memory_order_acq_rel),
                  *first = NULL;
    while (stack) {
        struct letter *next = stack->next;
        stack->next = first;
        first = stack;
        stack = next;
    }
    return first;
}

unsigned mailbox_drain(struct mailbox *m) {
    unsigned count = 0;
    for (struct letter *l = mailbox_take(m), *next; l; l = next, count++) {
        next = l->next;
        l->next = NULL;
        l->on_arrive(l);
    }
    return count;
}

bool mailbox_wait(struct mailbox *m, int64_t timeout_us) {
    CHECK(m->event_fd >= 0);
    int64_t until = timeout_us < 0 ? 0 : clock_mono_us() + timeout_us;
    while (!atomic_load_explicit(&m->top, memory_order_acquire)) {
        int64_t left = timeout_us < 0 ? -1 : until - clock_mono_us();
        if (timeout_us >= 0 && left <= 0)
            return false;
        struct pollfd fd = {.fd = m->event_fd, .events = POLLIN};
        int r = poll(&fd, 1, left < 0 ? -1 : (int)((left + 999) / 1000));
        uint64_t count;
        if (r > 0 && read(m->event_fd, &count, sizeof count) < 0)
            CHECK(errno == EAGAIN);
    }
    return true;
}
