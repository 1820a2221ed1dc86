/* Fan-out: R rooms of M members, every member connected, one sender in each room, W messages in
 * flight over all.
 *
 * A message is in flight until its last member has it (and, from Confab, its sender the reply).
 * That is the same for Confab and for the floor, and bounds what waits anywhere. Each delivery is
 * checked: the next number of its room, nothing left out, nothing twice; the same bytes as
 * everybody else got; and the numbers in the order of sending. The CPU time is taken in slices,
 * between moments at which nothing is in flight; see kit.h for which of them count.
 *
 *   --members M --rooms R --window W | --paced PER_SECOND     --floor FRAME_BYTES: against floor.c,
 * with frames of that size */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "kit.h"
#include "load.h"

#define IN_FLIGHT 256 /* per room; a power of two, above every window */
#define TEXT_BYTES 200
#define WARM_SECONDS 0.5

#define MESSAGE_START "{\"type\":\"message\",\"room\":\""
#define MESSAGE_SEQ MESSAGE_START "0123456789abc\",\"seq\":"

struct flight {
    int64_t seq, sent_ns;
    uint32_t got; /* deliveries */
    bool replied;
    struct buf frame; /* as the first one got it */
};

struct room {
    struct peer *sender;
    int64_t base;           /* head before the first message */
    int64_t sent, finished; /* messages of ours */
    struct flight flights[IN_FLIGHT];
};

static struct {
    struct client client;
    struct room *rooms;
    uint32_t room_count, members, next_room;
    int64_t window, paced, floor_bytes;
    char run[17]; /* makes client_ids unique */
    char text[TEXT_BYTES + 1];
    uint64_t in_flight, sent, deliveries, frame_bytes;
    struct kit_times times;
} s;

static struct room *room_of(const struct peer *p) {
    return &s.rooms[p->index / s.members];
}

/* -------------------------------------------------------------------------------------------------------
 * sending */

static void send_to_confab(struct load *l, struct room *r, int64_t k) {
    static struct buf out;
    char room[ID_TEXT + 1];
    kit_room_text(l->from_room + (r - s.rooms), room);
    buf_clear(&out);
    buf_addf(&out,
        "{\"type\":\"send\",\"id\":\"%" PRId64 "\",\"room\":\"%s\",\"client_id\":\"%s-%td-%" PRId64
        "\",\"text\":\"%s\"}",
        k, room, s.run, r - s.rooms, k, s.text);
    peer_send_text(&s.client, r->sender, buf_str(&out));
}

/* What Confab would have made of it, as a frame of the given size. */
static void send_to_floor(struct room *r, int64_t k) {
    static struct buf out;
    char room[ID_TEXT + 1];
    kit_room_text(r - s.rooms, room);
    buf_clear(&out);
    size_t n = (size_t)s.floor_bytes - 4;
    buf_add(&out, (unsigned char[]){0x81, 126, (unsigned char)(n >> 8), (unsigned char)n}, 4);
    buf_addf(&out, MESSAGE_START "%s\",\"seq\":%" PRId64 ",\"client_id\":\"%s-%td-%" PRId64 "\"",
        room, k, s.run, r - s.rooms, k);
    CHECK(out.n < (size_t)s.floor_bytes);
    while (out.n < (size_t)s.floor_bytes)
        buf_add_char(&out, ' ');
    peer_send_floor(&s.client, r->sender, buf_str(&out));
}

static void send_one(struct load *l) {
    struct room *r = &s.rooms[s.next_room];
    s.next_room = (s.next_room + 1) % s.room_count;
    if (r->sent - r->finished >= IN_FLIGHT)
        kit_fail("%d messages wait in one room: the server can't keep up", IN_FLIGHT);
    int64_t k = ++r->sent;
    struct flight *f = &r->flights[k & (IN_FLIGHT - 1)];
    f->seq = r->base + k;
    f->got = 0;
    f->replied = s.floor_bytes > 0;
    f->sent_ns = kit_now_ns();
    buf_clear(&f->frame);
    s.in_flight++;
    s.sent++;
    if (s.floor_bytes)
        send_to_floor(r, k);
    else
        send_to_confab(l, r, k);
}

/* -------------------------------------------------------------------------------------------------------
 * receiving */

static void landed(struct room *r, struct flight *f) {
    if (!f->replied || f->got < s.members)
        return;
    r->finished++;
    s.in_flight--;
}

static void check_first(struct room *r, struct flight *f, int64_t seq, struct str text) {
    char wanted[64];
    int n = snprintf(wanted, sizeof wanted, "\"client_id\":\"%s-%td-%" PRId64 "\"", s.run,
        r - s.rooms, seq - r->base);
    if (str_find_str(text, str_make(wanted, (size_t)n)) < 0)
        kit_fail("reordered: number %" PRId64 " is not the message sent as the %" PRId64 "th: %.*s",
            seq, seq - r->base, STR_ARG(text));
    buf_add_str(&f->frame, text);
    s.frame_bytes += text.n + (text.n < 126 ? 2 : 4);
}

static void on_message(struct peer *p, struct str text) {
    struct room *r = room_of(p);
    int64_t seq = 0;
    for (size_t i = sizeof MESSAGE_SEQ - 1; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        seq = seq * 10 + (text.p[i] - '0');
    if (seq != p->expect)
        kit_fail("%s: member %u got number %" PRId64 " and should have got %" PRId64,
            seq < p->expect ? "doubled" : "lost", p->index, seq, p->expect);
    p->expect++;
    struct flight *f = &r->flights[(seq - r->base) & (IN_FLIGHT - 1)];
    if (f->seq != seq || seq - r->base > r->sent)
        kit_fail("member %u got number %" PRId64 ", which nobody sent", p->index, seq);
    if (f->got++ == 0)
        check_first(r, f, seq, text);
    else if (!str_eq(buf_str(&f->frame), text))
        kit_fail("member %u got another number %" PRId64 " than the others", p->index, seq);
    s.deliveries++;
    kit_times_add(&s.times, s.client.turn_ns - f->sent_ns);
    landed(r, f);
}

static void on_reply(struct peer *p, struct str text) {
    struct room *r = room_of(p);
    int64_t k = 0;
    for (size_t i = sizeof "{\"type\":\"reply\",\"id\":\"" - 1;
         i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        k = k * 10 + (text.p[i] - '0');
    struct flight *f = &r->flights[k & (IN_FLIGHT - 1)];
    if (k < 1 || k > r->sent || f->seq != r->base + k || f->replied)
        kit_fail("a reply that nobody waits for: %.*s", STR_ARG(text));
    f->replied = true;
    landed(r, f);
}

static void on_text(struct client *c, struct peer *p, struct str text) {
    if (str_has_prefix(text, STR(MESSAGE_START))) {
        on_message(p, text);
    } else if (str_has_prefix(text, STR("{\"type\":\"reply\""))) {
        on_reply(p, text);
    } else if (str_has_prefix(text, STR("{\"type\":\"ready\""))) {
        ptrdiff_t at = str_find_str(text, STR("\"head\":"));
        if (at < 0)
            kit_fail("member %u is in no room: %.*s", p->index, STR_ARG(text));
        p->expect = strtoll(text.p + at + 7, NULL, 10) + 1;
    } else if (str_has_prefix(text, STR("{\"type\":\"error\""))
        || str_has_prefix(text, STR("{\"type\":\"resync\""))) {
        kit_fail("connection %u: %.*s", p->index, STR_ARG(text));
    }
}

/* -------------------------------------------------------------------------------------------------------
 * the run */

static void drain(void) {
    while (s.in_flight)
        client_turn(&s.client, SECOND_NS);
}

static void run_window(struct load *l, int64_t ns) {
    for (int64_t end = kit_now_ns() + ns; kit_now_ns() < end;) {
        while (s.in_flight < (uint64_t)s.window)
            send_one(l);
        client_turn(&s.client, SECOND_NS);
    }
    drain();
}

static void run_paced(struct load *l, int64_t ns) {
    int64_t now = kit_now_ns(), end = now + ns, next = now, step = SECOND_NS / s.paced;
    for (; now < end; now = kit_now_ns()) {
        if (now >= next) {
            send_one(l);
            next += step;
        }
        client_turn(&s.client, next > now ? next - now : 0);
    }
    drain();
}

static void run(struct load *l, int64_t ns) {
    if (s.paced)
        run_paced(l, ns);
    else
        run_window(l, ns);
}

static void connect_everybody(struct load *l) {
    uint32_t n = s.members * s.room_count;
    client_init(&s.client, l->port, n);
    s.client.on_text = on_text;
    if (s.floor_bytes)
        client_connect_all(&s.client, PEER_FLOOR, 0, n, s.members, 64);
    else
        client_connect_all(&s.client, PEER_WS, l->from_user, n, 1, 64);
    for (uint32_t i = 0; s.floor_bytes && i < n; i++)
        s.client.peers[i].expect = 1;
    for (uint32_t i = 0; i < s.room_count; i++) {
        struct room *r = &s.rooms[i];
        r->sender = &s.client.peers[i * s.members];
        r->base = r->sender->expect - 1;
        for (uint32_t k = 0; k < s.members; k++)
            if (r->sender[k].expect != r->base + 1)
                kit_fail("the members of room %u disagree on its head", i);
    }
}

static void set_up(struct load *l) {
    s.members = (uint32_t)kit_int(l->argc, l->argv, "members", 0);
    s.room_count = (uint32_t)kit_int(l->argc, l->argv, "rooms", 1);
    s.window = kit_int(l->argc, l->argv, "window", 1);
    s.paced = kit_int(l->argc, l->argv, "paced", 0);
    s.floor_bytes = kit_int(l->argc, l->argv, "floor", 0);
    if (s.members < 1 || s.room_count < 1 || s.window < 1 || s.window >= IN_FLIGHT
        || s.floor_bytes > 0xFFFF)
        kit_fail("load fanout --members M [--rooms R] --window W | --paced PER_SECOND");
    s.rooms = xcalloc(s.room_count, sizeof *s.rooms);
    snprintf(s.run, sizeof s.run, "f%" PRIx64, (uint64_t)kit_now_ns());
    memset(s.text, 'x', TEXT_BYTES);
}

/* One slice, between two moments at which nothing is in flight. */
static void measure(struct load *l, struct kit_slices *costs) {
    uint64_t sent = s.sent, deliveries = s.deliveries;
    int64_t cpu = kit_cpu_ns(l->pid);
    run(l, (int64_t)(l->seconds * 1e9 / KIT_SLICES));
    sent = s.sent - sent;
    deliveries = s.deliveries - deliveries;
    if (sent == 0 || deliveries != sent * s.members)
        kit_fail("%" PRIu64 " messages to %u members each made %" PRIu64 " deliveries", sent,
            s.members, deliveries);
    kit_slices_add(costs, (double)(kit_cpu_ns(l->pid) - cpu) / (double)deliveries);
}

/* A counter of the server's /metrics; 0 where there is none, as on the floor. */
static double counter(struct load *l, const char *name) {
    char line[64];
    struct buf body = {0};
    int n = snprintf(line, sizeof line, "\n%s ", name);
    if (!s.floor_bytes)
        (void)client_ask(l->port, -1, "/metrics", &body);
    ptrdiff_t at = str_find_str(buf_str(&body), str_make(line, (size_t)n));
    double value = at < 0 ? 0 : strtod(buf_z(&body) + at + n, NULL);
    buf_fini(&body);
    return value;
}

void load_fanout(struct load *l) {
    struct kit_slices costs = {0};
    set_up(l);
    connect_everybody(l);
    run(l, (int64_t)((l->seconds < WARM_SECONDS ? l->seconds : WARM_SECONDS) * 1e9));
    s.times = (struct kit_times){0};
    uint64_t sent = s.sent, deliveries = s.deliveries, reads = s.client.reads,
             bytes = s.frame_bytes;
    double writes = counter(l, "confab_writes_total"), commits = counter(l, "confab_commits_total");
    int64_t start = kit_now_ns();
    for (int i = 0; i < KIT_SLICES; i++)
        measure(l, &costs);
    int64_t wall = kit_now_ns() - start;
    writes = counter(l, "confab_writes_total") - writes;
    commits = counter(l, "confab_commits_total") - commits;
    sent = s.sent - sent;
    deliveries = s.deliveries - deliveries;
    printf("{\"messages\":%" PRIu64 ",\"deliveries\":%" PRIu64
           ",\"writes\":%.0f,\"commits\":%.0f,\"cpu_ns\":%.1f,\"median_cpu_ns\":%.1f,\"wall_ns\":"
           "%" PRId64 ",\"frame_bytes\":%.1f,\"per_read\":%.2f,\"p50_ns\":%" PRId64
           ",\"p99_ns\":%" PRId64 ",\"max_ns\":%" PRId64 "}\n",
        sent, deliveries, writes, commits, kit_slices_at(&costs, KIT_CALM),
        kit_slices_at(&costs, 0.5), wall, (double)(s.frame_bytes - bytes) / (double)sent,
        (double)deliveries / (double)(s.client.reads - reads), kit_times_at(&s.times, 0.5),
        kit_times_at(&s.times, 0.99), s.times.max);
    client_fini(&s.client);
    free(s.rooms);
}
