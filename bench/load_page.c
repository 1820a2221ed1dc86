/* Pages of a room's history, one at a time on one kept connection: the latest, before a place in
 * the middle, around any place. Each page is read and checked: 25 messages, consecutive, where they
 * belong.
 *
 *   --mode first|middle|around --head SEQ --count N */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/check.h"
#include "kit.h"
#include "load.h"

#define PAGE 25
#define WARM 20

static struct {
    struct client client;
    struct kit_times times;
    char path[128];
    enum { FIRST, MIDDLE, AROUND } mode;
    int64_t head, at, sent_ns, bytes;
    bool waits;
    uint64_t random;
} s;

/* Between `from` and `to`; the same places in each run. */
static int64_t place(int64_t from, int64_t to) {
    s.random = s.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return from + (int64_t)((s.random >> 33) % (uint64_t)(to - from + 1));
}

static void on_response(struct client *c, struct peer *p, int status, struct str body) {
    kit_times_add(&s.times, c->turn_ns - s.sent_ns);
    s.waits = false;
    s.bytes += (int64_t)body.n;
    json_t *page = json_loadb(body.p, body.n, 0, NULL),
           *messages = json_object_get(page, "messages");
    if (status != 200 || json_array_size(messages) != PAGE)
        kit_fail("%s: status %d: %.*s", s.path, status, STR_ARG(body));
    int64_t first = json_integer_value(json_object_get(json_array_get(messages, 0), "seq"));
    int64_t wanted = s.mode == FIRST ? s.head - PAGE + 1
        : s.mode == MIDDLE           ? s.at - PAGE
                                     : s.at - PAGE / 2;
    if (first != wanted)
        kit_fail("%s: starts at %" PRId64 " and should start at %" PRId64, s.path, first, wanted);
    for (size_t i = 0; i < PAGE; i++)
        if (json_integer_value(json_object_get(json_array_get(messages, i), "seq"))
            != first + (int64_t)i)
            kit_fail("%s: has a gap", s.path);
    json_decref(page);
}

static void ask(struct load *l) {
    char room[ID_TEXT + 1];
    kit_room_text(l->from_room, room);
    int n = snprintf(s.path, sizeof s.path, "/api/v1/rooms/%s/messages", room);
    s.at =
        s.mode == MIDDLE ? place(s.head / 4, s.head / 4 * 3) : place(2 * PAGE, s.head - 2 * PAGE);
    if (s.mode != FIRST)
        snprintf(s.path + n, sizeof s.path - (size_t)n, "?%s=%" PRId64,
            s.mode == MIDDLE ? "before" : "around", s.at);
    peer_send_request(&s.client, &s.client.peers[0], "GET", s.path, (struct str){0});
    s.waits = true;
    s.sent_ns = kit_now_ns();
    while (s.waits)
        client_turn(&s.client, SECOND_NS);
}

void load_page(struct load *l) {
    struct kit_slices costs = {0};
    struct str mode = str_from(kit_text(l->argc, l->argv, "mode", "first"));
    int64_t count = kit_int(l->argc, l->argv, "count", 500);
    s.mode = str_eq(mode, STR("around")) ? AROUND : str_eq(mode, STR("middle")) ? MIDDLE : FIRST;
    s.head = kit_int(l->argc, l->argv, "head", 0);
    if (s.head < 8 * PAGE)
        kit_fail("load page --mode first|middle|around --head SEQ");
    client_init(&s.client, l->port, 1);
    s.client.on_response = on_response;
    client_connect(&s.client, PEER_HTTP, l->from_user);
    for (int i = 0; i < WARM; i++)
        ask(l);
    s.times = (struct kit_times){0};
    s.bytes = 0;
    for (int i = 0; i < KIT_SLICES; i++) {
        int64_t cpu = kit_cpu_ns(l->pid), each = (count + KIT_SLICES - 1) / KIT_SLICES;
        for (int64_t k = 0; k < each; k++)
            ask(l);
        kit_slices_add(&costs, (double)(kit_cpu_ns(l->pid) - cpu) / (double)each);
    }
    count = (int64_t)s.times.count;
    printf("{\"pages\":%" PRId64 ",\"cpu_ns\":%.1f,\"p50_ns\":%" PRId64 ",\"p95_ns\":%" PRId64
           ",\"max_ns\":%" PRId64 ",\"bytes\":%" PRId64 "}\n",
        count, kit_slices_at(&costs, KIT_CALM), kit_times_at(&s.times, 0.5),
        kit_times_at(&s.times, 0.95), s.times.max, s.bytes / count);
    client_fini(&s.client);
}
