/* Searches for messages, one at a time on one kept connection: a word that most of them have, a row
 * of words, a word of one message alone, a word by one author, one that is being typed; and the
 * frequent word for somebody who may read next to nothing. Each answer is read and checked.
 *
 *   --mode word|phrase|rare|from|typed|little --messages N --members N --count N */
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
    char path[160];
    struct str mode;
    int64_t messages, members, sent_ns, wanted;
    bool waits;
    uint64_t random;
} s;

/* The same in each run. */
static int64_t draw(int64_t below) {
    s.random = s.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((s.random >> 33) % (uint64_t)below);
}

static void on_response(struct client *c, struct peer *p, int status, struct str body) {
    kit_times_add(&s.times, c->turn_ns - s.sent_ns);
    s.waits = false;
    json_t *found = json_loadb(body.p, body.n, 0, NULL),
           *messages = json_object_get(found, "messages"), *one;
    int64_t n = (int64_t)json_array_size(messages);
    bool little = str_eq(s.mode, STR("little")); /* not all that one has holds the word */
    if (status != 200 || (little ? n == 0 || n > s.wanted : n != s.wanted))
        kit_fail("%s: status %d: %.*s", s.path, status, STR_ARG(body));
    json_int_t before = INT64_MAX;
    size_t i;
    json_array_foreach (messages, i, one) {
        json_int_t at = json_integer_value(json_object_get(one, "at"));
        if (at > before)
            kit_fail("%s: is not newest first", s.path);
        before = at;
    }
    json_decref(found);
}

static void question(struct load *l, char *q, size_t size) {
    s.wanted = PAGE;
    if (str_eq(s.mode, STR("phrase")))
        snprintf(q, size, "%%22lazy+dog%%22+");
    else if (str_eq(s.mode, STR("rare"))) {
        snprintf(q, size, "%" PRId64 "+", s.messages / 2 + draw(s.messages / 2));
        s.wanted = 1;
    } else if (str_eq(s.mode, STR("from")))
        snprintf(q, size, "fox+from:b%07" PRId64, l->from_user + draw(s.members));
    else if (str_eq(s.mode, STR("typed")))
        snprintf(q, size, "lazy+gra");
    else
        snprintf(q, size, "fox+");
}

static void ask(struct load *l) {
    char q[80];
    question(l, q, sizeof q);
    snprintf(s.path, sizeof s.path, "/api/v1/search?only=messages&q=%s", q);
    if (str_eq(s.mode, STR("little")))
        s.wanted = kit_int(l->argc, l->argv, "wanted", 0);
    peer_send_request(&s.client, &s.client.peers[0], "GET", s.path, (struct str){0});
    s.waits = true;
    s.sent_ns = kit_now_ns();
    while (s.waits)
        client_turn(&s.client, SECOND_NS);
}

void load_search(struct load *l) {
    struct kit_slices costs = {0};
    int64_t count = kit_int(l->argc, l->argv, "count", 500);
    s.mode = str_from(kit_text(l->argc, l->argv, "mode", "word"));
    s.messages = kit_int(l->argc, l->argv, "messages", 0);
    s.members = kit_int(l->argc, l->argv, "members", 1);
    client_init(&s.client, l->port, 1);
    s.client.on_response = on_response;
    client_connect(&s.client, PEER_HTTP, l->from_user);
    for (int i = 0; i < WARM; i++)
        ask(l);
    s.times = (struct kit_times){0};
    for (int i = 0; i < KIT_SLICES; i++) {
        int64_t cpu = kit_cpu_ns(l->pid), each = (count + KIT_SLICES - 1) / KIT_SLICES;
        for (int64_t k = 0; k < each; k++)
            ask(l);
        kit_slices_add(&costs, (double)(kit_cpu_ns(l->pid) - cpu) / (double)each);
    }
    printf("{\"searches\":%" PRId64 ",\"cpu_ns\":%.1f,\"p50_ns\":%" PRId64 ",\"p95_ns\":%" PRId64
           ",\"max_ns\":%" PRId64 "}\n",
        (int64_t)s.times.count, kit_slices_at(&costs, KIT_CALM), kit_times_at(&s.times, 0.5),
        kit_times_at(&s.times, 0.95), s.times.max);
    client_fini(&s.client);
}
