/* Figures of the store alone, without sockets: acknowledged sends a second through the writer,
 * pages and resuming in a large room.  measure [MESSAGES]  (default 1,000,000) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "kit.h"

#define FLIGHT 256
#define CLIENTS 64

static struct {
    struct kit kit;
    struct mailbox *home;
    id64 people[CLIENTS], room;
    long sent, done;
} m;

static void on_done(struct op *op) {
    if (op->fail != FAIL_NONE) {
        fprintf(stderr, "send failed: %s\n", fail_code(op->fail).p);
        exit(1);
    }
    m.done++;
    op_free(&op);
}

static void send_one(void) {
    struct op *op = kit_op(OP_MESSAGE_SEND, m.people[m.sent % CLIENTS]);
    op->home = m.home;
    op->on_done = on_done;
    op->in.message.room = m.room;
    op->in.message.client_id = arena_printf(op->arena, "m%010lx", m.sent);
    op->in.message.text = STR("The quick brown fox jumps over the lazy dog, and then it sits down "
                              "and waits until somebody has"
                              " read about it; that takes about two hundred bytes, as messages in "
                              "benches have for long.");
    m.sent++;
    domain_submit(m.kit.domain, op);
}

static void sends(long n, int flight) {
    long end = m.sent + n;
    struct store_stats before = store_stats(m.kit.store);
    struct rusage u0, u1;
    getrusage(RUSAGE_SELF, &u0);
    int64_t start = clock_mono_us();
    for (int i = 0; i < flight && m.sent < end; i++)
        send_one();
    while (m.done < end) {
        mailbox_wait(m.home, -1);
        unsigned got = mailbox_drain(m.home);
        while (got-- && m.sent < end)
            send_one();
    }
    double took = (double)(clock_mono_us() - start) / 1e6;
    getrusage(RUSAGE_SELF, &u1);
    struct store_stats after = store_stats(m.kit.store);
    double cpu =
        (double)(u1.ru_utime.tv_sec - u0.ru_utime.tv_sec + u1.ru_stime.tv_sec - u0.ru_stime.tv_sec)
        + (double)(u1.ru_utime.tv_usec - u0.ru_utime.tv_usec + u1.ru_stime.tv_usec
              - u0.ru_stime.tv_usec)
            / 1e6;
    printf("send/%d: %.0f per second, %.1f us cpu each, %.1f per commit, longest commit %.1f ms\n",
        flight, (double)n / took, cpu * 1e6 / (double)n,
        (double)n / (double)(after.commits - before.commits), (double)after.commit_max_us / 1e3);
}

static void timed(const char *name, int64_t before, int64_t after, int64_t around) {
    enum { TIMES = 200 };
    int64_t start = clock_mono_us();
    for (int i = 0; i < TIMES; i++)
        kit_page(&m.kit, m.people[0], m.room, before, after, around, 25, NULL);
    printf("page/%s: %.0f us, %u statements\n", name, (double)(clock_mono_us() - start) / TIMES,
        m.kit.queries);
}

static void sync_behind(int64_t head, int64_t by) {
    json_t *full = kit_sync(&m.kit, m.people[1], NULL, 0, NULL, 0);
    char epoch[64];
    snprintf(epoch, sizeof epoch, "%s", kit_text(json_array_get(full, 0), "epoch"));
    int64_t useq = kit_int(json_array_get(full, 0), "useq");
    json_decref(full);
    int64_t start = clock_mono_us();
    json_t *frames =
        kit_sync(&m.kit, m.people[1], epoch, useq, &(struct op_cursor){m.room, head - by}, 1);
    printf("sync/%lld behind: %.0f us, %zu frames, %u statements\n", (long long)by,
        (double)(clock_mono_us() - start), json_array_size(frames), m.kit.queries);
    json_decref(frames);
}

int main(int argc, char **argv) {
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    kit_open(&m.kit);
    m.kit.deaf = true;
    m.home = mailbox_new(NULL);
    char name[16];
    for (int i = 0; i < CLIENTS; i++) {
        snprintf(name, sizeof name, "person%d", i);
        m.people[i] = kit_person(&m.kit, name);
    }
    kit_room(&m.kit, m.people[0], ROOM_KIND_OPEN, "Large", m.people, CLIENTS, &m.room);
    sends(200, 1);
    sends(20000, 16);
    sends(n, FLIGHT);
    sends(n / 10, 1024);
    int64_t head = m.sent + CLIENTS;
    timed("first", -1, -1, -1);
    timed("middle", head / 2, -1, -1);
    timed("after", -1, head / 2, -1);
    timed("around", -1, -1, head / 2);
    sync_behind(head, 0);
    sync_behind(head, 25);
    sync_behind(head, 499);
    sync_behind(head, 100000);
    int64_t start = clock_mono_us();
    kit_reopen(&m.kit);
    printf("open: %.1f ms\n", (double)(clock_mono_us() - start) / 1e3);
    mailbox_free(&m.home);
    kit_close(&m.kit);
}
