/* Acknowledged messages: S senders, each with one message in flight to a room of their own, over
 * WebSocket or HTTP. In the answer to each stands the next number of its room; at the end the
 * server is asked how many messages each room holds now.
 *
 *   --senders S --over ws|http */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "kit.h"
#include "load.h"

#define TEXT_BYTES 200
#define WARM_SECONDS 0.5

struct sender {
    struct peer *peer;
    int64_t seq;  /* of the last answer */
    int64_t told; /* of the last `message` frame */
    int64_t sent, answered, stored_before;
    int64_t sent_ns;
};

static struct {
    struct load *load;
    struct client client;
    struct sender *senders;
    uint32_t count;
    bool over_http, stop;
    char run[17], text[TEXT_BYTES + 1];
    uint64_t answered, in_flight;
    struct kit_times times;
} s;

static void send_one(struct sender *d) {
    static struct buf out;
    char room[ID_TEXT + 1], path[64];
    uint32_t i = (uint32_t)(d - s.senders);
    kit_room_text(s.load->from_room + i, room);
    buf_clear(&out);
    d->sent++;
    d->sent_ns = kit_now_ns();
    s.in_flight++;
    if (s.over_http) {
        snprintf(path, sizeof path, "/api/v1/rooms/%s/messages", room);
        buf_addf(
            &out, "{\"client_id\":\"%s-%" PRId64 "\",\"text\":\"%s\"}", s.run, d->sent, s.text);
        peer_send_request(&s.client, d->peer, "POST", path, buf_str(&out));
    } else {
        buf_addf(&out,
            "{\"type\":\"send\",\"id\":\"%" PRId64 "\",\"room\":\"%s\",\"client_id\":\"%s-%" PRId64
            "\",\"text\":\"%s\"}",
            d->sent, room, s.run, d->sent, s.text);
        peer_send_text(&s.client, d->peer, buf_str(&out));
    }
}

static int64_t seq_in(struct str text) {
    ptrdiff_t at = str_find_str(text, STR("\"seq\":"));
    return at < 0 ? -1 : strtoll(text.p + at + 6, NULL, 10);
}

static void on_answer(struct sender *d, struct str text) {
    int64_t seq = seq_in(text);
    char wanted[64];
    int n = snprintf(wanted, sizeof wanted, "\"client_id\":\"%s-%" PRId64 "\"", s.run, d->sent);
    if (str_find_str(text, str_make(wanted, (size_t)n)) < 0)
        kit_fail(
            "the answer to message %" PRId64 " is about another one: %.*s", d->sent, STR_ARG(text));
    if (seq < 1 || (d->seq && seq != d->seq + 1))
        kit_fail(
            "sender %u: number %" PRId64 " follows number %" PRId64, d->peer->index, seq, d->seq);
    d->seq = seq;
    d->answered++;
    s.answered++;
    s.in_flight--;
    kit_times_add(&s.times, s.client.turn_ns - d->sent_ns);
    if (!s.stop)
        send_one(d);
}

static void on_text(struct client *c, struct peer *p, struct str text) {
    struct sender *d = &s.senders[p->index];
    if (str_has_prefix(text, STR("{\"type\":\"reply\""))) {
        on_answer(d, text);
    } else if (str_has_prefix(text, STR("{\"type\":\"message\""))) {
        int64_t seq = seq_in(text);
        if (d->told && seq != d->told + 1)
            kit_fail("sender %u was told number %" PRId64 " after number %" PRId64, p->index, seq,
                d->told);
        d->told = seq;
    } else if (str_has_prefix(text, STR("{\"type\":\"error\""))
        || str_has_prefix(text, STR("{\"type\":\"resync\""))) {
        kit_fail("connection %u: %.*s", p->index, STR_ARG(text));
    }
}

static void on_response(struct client *c, struct peer *p, int status, struct str body) {
    if (status != 201)
        kit_fail("connection %u: status %d: %.*s", p->index, status, STR_ARG(body));
    on_answer(&s.senders[p->index], body);
}

/* What the server says is in the sender's room. */
static int64_t stored(uint32_t i) {
    char room[ID_TEXT + 1], path[64];
    struct buf body = {0};
    kit_room_text(s.load->from_room + i, room);
    snprintf(path, sizeof path, "/api/v1/rooms/%s/entry", room);
    int status = client_ask(s.load->port, s.load->from_user + i, path, &body);
    ptrdiff_t at = str_find_str(buf_str(&body), STR("\"count\":"));
    if (status != 200 || at < 0)
        kit_fail("%s: status %d: %.*s", path, status, STR_ARG(buf_str(&body)));
    int64_t count = strtoll(buf_z(&body) + at + 8, NULL, 10);
    buf_fini(&body);
    return count;
}

static void run(int64_t ns) {
    for (int64_t end = kit_now_ns() + ns; kit_now_ns() < end;)
        client_turn(&s.client, SECOND_NS);
}

static void check_stored(void) {
    for (uint32_t i = 0; i < s.count; i++) {
        struct sender *d = &s.senders[i];
        int64_t now = stored(i);
        if (d->sent != d->answered || now != d->stored_before + d->answered)
            kit_fail("sender %u: %" PRId64 " sent, %" PRId64 " acknowledged, %" PRId64 " stored", i,
                d->sent, d->answered, now - d->stored_before);
        if (!s.over_http && d->told != d->seq)
            kit_fail("sender %u was told up to number %" PRId64 " of %" PRId64, i, d->told, d->seq);
    }
}

static void set_up(struct load *l) {
    s.load = l;
    s.count = (uint32_t)kit_int(l->argc, l->argv, "senders", 1);
    s.over_http = str_eq(str_from(kit_text(l->argc, l->argv, "over", "ws")), STR("http"));
    s.senders = xcalloc(s.count, sizeof *s.senders);
    snprintf(s.run, sizeof s.run, "p%" PRIx64, (uint64_t)kit_now_ns());
    memset(s.text, 'x', TEXT_BYTES);
    client_init(&s.client, l->port, s.count);
    s.client.on_text = on_text;
    s.client.on_response = on_response;
    for (uint32_t i = 0; i < s.count; i++)
        s.senders[i].stored_before = stored(i);
    client_connect_all(&s.client, s.over_http ? PEER_HTTP : PEER_WS, l->from_user, s.count, 1, 64);
    for (uint32_t i = 0; i < s.count; i++)
        s.senders[i].peer = &s.client.peers[i];
}

void load_post(struct load *l) {
    struct kit_slices spans = {0}, costs = {0};
    set_up(l);
    for (uint32_t i = 0; i < s.count; i++)
        send_one(&s.senders[i]);
    run((int64_t)((l->seconds < WARM_SECONDS ? l->seconds : WARM_SECONDS) * 1e9));
    s.times = (struct kit_times){0};
    uint64_t answered = s.answered;
    int64_t own = kit_cpu_ns(0), start = kit_now_ns();
    for (int i = 0; i < KIT_SLICES; i++) {
        uint64_t before = s.answered;
        int64_t cpu_before = kit_cpu_ns(l->pid), from = kit_now_ns();
        do
            run((int64_t)(l->seconds * 1e9 / KIT_SLICES));
        while (s.answered == before);
        kit_slices_add(&spans, (double)(kit_now_ns() - from) / (double)(s.answered - before));
        kit_slices_add(
            &costs, (double)(kit_cpu_ns(l->pid) - cpu_before) / (double)(s.answered - before));
    }
    int64_t wall = kit_now_ns() - start;
    own = kit_cpu_ns(0) - own;
    answered = s.answered - answered;
    int64_t p50 = kit_times_at(&s.times, 0.5), p99 = kit_times_at(&s.times, 0.99);
    s.stop = true;
    while (s.in_flight)
        client_turn(&s.client, SECOND_NS);
    check_stored();
    printf("{\"acknowledged\":%" PRIu64 ",\"wall_ns\":%" PRId64
           ",\"span_ns\":%.1f,\"median_span_ns\":%.1f,\"cpu_ns\":%.1f"
           ",\"load_cpu_ns\":%.1f,\"p50_ns\":%" PRId64 ",\"p99_ns\":%" PRId64 ",\"max_ns\":%" PRId64
           "}\n",
        answered, wall, kit_slices_at(&spans, KIT_CALM), kit_slices_at(&spans, 0.5),
        kit_slices_at(&costs, KIT_CALM), (double)own / (double)answered, p50, p99, s.times.max);
    client_fini(&s.client);
    free(s.senders);
}
