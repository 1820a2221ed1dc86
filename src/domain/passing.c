/* Passing rooms: they live in this process's memory as long as someone is in them, and nothing of
 * them is ever written: not to the database, not to a log.
 *
 * One lock holds all of them. What happens in a room is numbered and handed to the bus inside it,
 * so that every loop gets it in the order of the numbers; posting to a mailbox takes no lock and
 * waits for nobody. A room is entered by a connection: its loop registers it when it comes to the
 * event that says so, and the state that is told with that event ends at the number before the next
 * one. So nothing is missed and nothing comes twice, and law 4 needs no second reading.
 *
 * Whose last connection goes has PASSING_GRACE_SECONDS to come back: a reload or a tunnel is no
 * farewell. As long, and a little longer, what was said is kept for those who come back and tell up
 * to where they have it, and for retries; then it is nowhere. Whoever comes anew is told nothing
 * from before. The end of the process is the end of every room. */
#include "domain/passing.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rand.h"
#include "base/utf8.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "domain/text.h"
#include "domain/view.h"

#define GRACE_US (PASSING_GRACE_SECONDS * SECOND_US)
/* Whoever comes back at the last moment must still find all that was said since they went. */
#define KEPT_US (GRACE_US + 5 * SECOND_US)
#define IDLE (-1)

struct said {
    struct list node; /* passing_room.said, oldest first */
    int64_t seq, at_us, said_us;
    id64 author;
    enum MessageKind kind;
    struct str text, client_id; /* in `bytes` */
    size_t size;
    char bytes[];
};

/* Someone in a room. */
struct passer {
    id64 user;
    struct blob *json; /* the User, as others are told */
    id64 conns[LIMIT_SOCKETS_PER_USER];
    unsigned n;
    int64_t lost_us;   /* since when none of their connections is there; IDLE while one is */
    int64_t spoken_us; /* rate of speaking (GCRA): when all of it is theirs again */
    int64_t asked_us;  /* the same for being told the state, which is the dearest thing here */
};

struct passing_room {
    struct list of_all;
    id64 id, maker;
    char *name;
    bool listed;
    int64_t made_us;  /* wall clock */
    int64_t fresh_us; /* since when it waits for the first to enter; IDLE from then on */
    int64_t seq;
    struct passer **people; /* in the order in which they came */
    unsigned n, cap;
    struct list said;
    size_t bytes;
    int64_t forgot_seq; /* up to here what was said is gone */
};

/* What a person has of them. */
struct share {
    unsigned made, in;
};

struct passing {
    pthread_mutex_t lock; /* a leaf */
    struct map rooms;     /* by id */
    struct list all;
    struct map shares; /* by user */
    size_t bytes;
    bool over; /* nothing is told any more */
};

struct passing *passing_new(void) {
    struct passing *p = xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    list_init(&p->all);
    return p;
}

/* --- the registry */

static struct share *share_of(struct passing *p, id64 user) {
    struct share *s = map_get(&p->shares, (uint64_t)user);
    if (!s) {
        s = xcalloc(1, sizeof *s);
        map_put(&p->shares, (uint64_t)user, s);
    }
    return s;
}

static void share_drop(struct passing *p, id64 user) {
    struct share *s = map_get(&p->shares, (uint64_t)user);
    if (!s || s->made || s->in)
        return;
    map_remove(&p->shares, (uint64_t)user);
    free(s);
}

static int find_passer(const struct passing_room *r, id64 user) {
    for (unsigned i = 0; i < r->n; i++)
        if (r->people[i]->user == user)
            return (int)i;
    return -1;
}

static void forget(struct passing *p, struct passing_room *r, struct said *s) {
    r->forgot_seq = s->seq;
    r->bytes -= s->size;
    p->bytes -= s->size;
    list_remove(&s->node);
    free(s);
}

static void take_out(struct passing *p, struct passing_room *r, int at) {
    struct passer *one = r->people[at];
    r->n--;
    memmove(&r->people[at], &r->people[at + 1], (r->n - (unsigned)at) * sizeof *r->people);
    share_of(p, one->user)->in--;
    share_drop(p, one->user);
    blob_unref(&one->json);
    free(one);
}

static void end_room(struct passing *p, struct passing_room *r) {
    while (r->n)
        take_out(p, r, (int)r->n - 1);
    while (!list_is_empty(&r->said))
        forget(p, r, container_of(r->said.next, struct said, node));
    share_of(p, r->maker)->made--;
    share_drop(p, r->maker);
    map_remove(&p->rooms, (uint64_t)r->id);
    list_remove(&r->of_all);
    free(r->people);
    free(r->name);
    free(r);
}

void passing_free(struct passing **pp) {
    struct passing *p = *pp;
    *pp = NULL;
    if (!p)
        return;
    while (!list_is_empty(&p->all))
        end_room(p, container_of(p->all.next, struct passing_room, of_all));
    map_fini(&p->rooms);
    map_fini(&p->shares);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* --- telling; all of it under the lock */

static void publish(struct domain *d, struct event *events, unsigned n) {
    if (d->config.on_passing && !d->passing->over)
        d->config.on_passing(d->config.on_passing_arg, events, n);
    for (unsigned i = 0; i < n; i++)
        blob_unref(&events[i].json);
}

#define ENCODED(put, ...)                \
    __extension__({                      \
        struct buf b_ = {0};             \
        struct json j_ = json_into(&b_); \
        put(&j_, &__VA_ARGS__);          \
        blob_take(&b_);                  \
    })

static struct event of_room(const struct passing_room *r, struct blob *json) {
    return (struct event){.audience = EVENT_ROOM, .target = r->id, .seq = r->seq, .json = json};
}

static struct event link_event(struct passing_room *r, id64 user, bool lost) {
    int64_t seq = ++r->seq;
    return of_room(
        r, ENCODED(pf_passing_link_put, (struct pf_passing_link){r->id, seq, user, lost}));
}

static struct p_passing_room view_passing(const struct passing_room *r) {
    return (struct p_passing_room){.id = r->id,
        .name = str_from(r->name),
        .listed = r->listed,
        .made_at = r->made_us / 1000,
        .people = r->n};
}

static struct p_passing_message view_said(const struct said *s) {
    return (struct p_passing_message){.seq = s->seq,
        .author = s->author,
        .at = s->at_us / 1000,
        .kind = s->kind,
        .text = s->text,
        .client_id = s->client_id};
}

static void leave_at(struct domain *d, struct passing_room *r, int at) {
    id64 user = r->people[at]->user;
    take_out(d->passing, r, at);
    int64_t seq = ++r->seq;
    struct event e =
        of_room(r, ENCODED(pf_passing_left_put, (struct pf_passing_left){r->id, seq, user}));
    publish(d, &e, 1);
    if (r->n == 0)
        end_room(d->passing, r);
}

static struct blob *encode_state(struct arena *a, const struct passing_room *r, int64_t after) {
    struct p_passing_room is = view_passing(r);
    struct p_passing_person *people = arena_new_n(a, struct p_passing_person, r->n + 1);
    size_t n = 0, most = 0;
    for (unsigned i = 0; i < r->n; i++)
        people[i] =
            (struct p_passing_person){blob_str(r->people[i]->json), r->people[i]->lost_us != IDLE};
    list_each (node, &r->said)
        most++;
    struct p_passing_message *messages = arena_new_n(a, struct p_passing_message, most + 1);
    list_each (node, &r->said) {
        const struct said *s = container_of(node, struct said, node);
        if (after >= 0 && s->seq > after)
            messages[n++] = view_said(s);
    }
    return ENCODED(pf_passing_state_put,
        (struct pf_passing_state){.room = r->id,
            .seq = r->seq,
            .is = &is,
            .people = people,
            .people_count = r->n,
            .resumed = after >= 0,
            .messages = messages,
            .messages_count = n});
}

/* --- making and finding */

static int more_people_first(const void *a, const void *b) {
    const struct passing_room *x = *(struct passing_room *const *)a,
                              *y = *(struct passing_room *const *)b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                        : (x->made_us < y->made_us) - (x->made_us > y->made_us);
}

void run_passing_list(struct run *r) {
    struct passing *p = r->domain->passing;
    struct user_row me;
    if (!data_user_get(r->tx, r->op->who.user, &me) || me.disabled) {
        op_fail(r->op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    struct buf b = {0};
    struct json j;
    size_t n = 0;
    list_open(&j, &b);
    pthread_mutex_lock(&p->lock);
    const struct passing_room **rooms =
        arena_new_n(r->op->arena, const struct passing_room *, p->rooms.count + 1);
    list_each (node, &p->all) {
        const struct passing_room *room = container_of(node, struct passing_room, of_all);
        const struct access_passing a = {room->listed, false};
        if (room->n && access_passing(&a, ACT_SEE) == FAIL_NONE)
            rooms[n++] = room;
    }
    qsort(rooms, n, sizeof *rooms, more_people_first);
    for (size_t i = 0; i < n && i < LIMIT_PASSING_LISTED; i++) {
        struct p_passing_room view = view_passing(rooms[i]);
        p_passing_room_put(&j, &view);
    }
    pthread_mutex_unlock(&p->lock);
    list_close(r, &j, (struct str){0});
}

static id64 draw_id(const struct passing *p) {
    for (;;) {
        id64 id = (id64)(rand_u64() >> 1);
        if (id && !map_get(&p->rooms, (uint64_t)id))
            return id;
    }
}

static struct passing_room *make_room(struct run *r, struct str name) {
    struct passing *p = r->domain->passing;
    struct share *share = share_of(p, r->op->who.user);
    if (p->rooms.count >= LIMIT_PASSING_ROOMS || share->made >= LIMIT_PASSING_MADE) {
        share_drop(p, r->op->who.user);
        op_fail(r->op, FAIL_PASSING_FULL, NULL, NULL);
        return NULL;
    }
    struct passing_room *room = xcalloc(1, sizeof *room);
    room->id = draw_id(p);
    room->maker = r->op->who.user;
    room->name = str_dup_z(name);
    room->listed = r->op->in.passing.listed;
    room->made_us = clock_now_us();
    room->fresh_us = clock_mono_us();
    list_init(&room->said);
    share->made++;
    map_put(&p->rooms, (uint64_t)room->id, room);
    list_push_back(&p->all, &room->of_all);
    return room;
}

void run_passing_make(struct run *r) {
    struct op *op = r->op;
    struct passing *p = r->domain->passing;
    struct p_settings settings = settings_now(r->domain, op->arena);
    struct user_row me;
    struct str name;
    if (!data_user_get(r->tx, op->who.user, &me) || me.disabled) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    if (!text_check_room_name(op, op->in.passing.name, &name))
        return;
    enum fail fail = access_passing_make(&me, op->in.passing.listed, &settings);
    if (fail != FAIL_NONE) {
        op_fail(op, fail, "listed", "only administrators make open rooms here");
        return;
    }
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = make_room(r, name);
    if (room) {
        struct p_passing_room view = view_passing(room);
        op->created = true;
        ANSWER(r, p_passing_room_put, &view);
    }
    pthread_mutex_unlock(&p->lock);
}

/* --- being in one */

/* NULL: said no. */
static struct passing_room *find_room(struct run *r, id64 id, enum act act, int *ret_at) {
    struct passing_room *room = map_get(&r->domain->passing->rooms, (uint64_t)id);
    enum fail fail = FAIL_NOT_FOUND;
    if (room) {
        *ret_at = find_passer(room, r->op->who.user);
        const struct access_passing a = {room->listed, *ret_at >= 0};
        fail = access_passing(&a, act);
    }
    if (fail == FAIL_NONE)
        return room;
    op_fail(r->op, fail, NULL, NULL);
    return NULL;
}

/* True, and one is taken: `burst` at once, refilled with `per_second`. */
static bool take_turn(
    const struct domain *d, int64_t *full_us, int64_t now, int burst, int per_second) {
    const int64_t each = SECOND_US / per_second;
    int64_t full = *full_us > now ? *full_us : now;
    if (d->config.rate_limits && full + each > now + each * burst)
        return false;
    *full_us = full + each;
    return true;
}

static bool has_connection(const struct passer *one, id64 connection) {
    for (unsigned i = 0; i < one->n; i++)
        if (one->conns[i] == connection)
            return true;
    return false;
}

static bool drop_connection(struct passer *one, id64 connection) {
    for (unsigned i = 0; i < one->n; i++)
        if (one->conns[i] == connection) {
            one->conns[i] = one->conns[--one->n];
            return true;
        }
    return false;
}

/* Puts the person in, and makes the event that tells it. False: said no. */
static bool come_in(
    struct run *r, struct passing_room *room, struct blob *json, struct event *ret_event) {
    struct share *share = share_of(r->domain->passing, r->op->who.user);
    if (room->n >= LIMIT_PASSING_PEOPLE || share->in >= LIMIT_PASSING_IN) {
        bool full = room->n >= LIMIT_PASSING_PEOPLE;
        share_drop(r->domain->passing, r->op->who.user);
        op_fail(r->op, full ? FAIL_ROOM_FULL : FAIL_PASSING_FULL, NULL, NULL);
        return false;
    }
    if (room->n == room->cap) {
        room->cap = room->cap ? room->cap * 2 : 4;
        room->people = xrealloc(room->people, room->cap * sizeof *room->people);
    }
    struct passer *one = xcalloc(1, sizeof *one);
    one->user = r->op->who.user;
    one->lost_us = IDLE;
    room->people[room->n++] = one;
    room->fresh_us = IDLE;
    share->in++;
    int64_t seq = ++room->seq;
    *ret_event = of_room(room,
        ENCODED(
            pf_passing_entered_put, (struct pf_passing_entered){room->id, seq, blob_str(json)}));
    return true;
}

static void enter(struct run *r, struct blob *json) {
    struct op *op = r->op;
    id64 connection = op->in.passing.connection;
    struct event events[2];
    unsigned n = 0;
    int at;
    struct passing_room *room = find_room(r, op->in.passing.room, ACT_JOIN, &at);
    if (!room)
        return;
    bool was_in = at >= 0;
    if (!was_in) {
        if (!come_in(r, room, json, &events[n++]))
            return;
        at = (int)room->n - 1;
    }
    struct passer *one = room->people[at];
    if (!take_turn(r->domain, &one->asked_us, clock_mono_us(), LIMIT_PASSING_ASKED_BURST,
            LIMIT_PASSING_ASKED_PER_SECOND)) {
        op_fail(op, FAIL_RATE_LIMITED, NULL, NULL);
        op->retry_after = 1;
        return;
    }
    if (!has_connection(one, connection)) {
        if (one->n == LIMIT_SOCKETS_PER_USER) {
            op_fail(op, FAIL_PASSING_FULL, "connection", NULL);
            return;
        }
        one->conns[one->n++] = connection;
    }
    if (one->lost_us != IDLE)
        events[n++] = link_event(room, one->user, false);
    one->lost_us = IDLE;
    blob_unref(&one->json);
    one->json = blob_ref(json);
    int64_t after = op->in.passing.after;
    bool resumes = was_in && after >= room->forgot_seq && after <= room->seq;
    events[n++] = (struct event){.audience = EVENT_CONNECTION,
        .effect = EFFECT_JOIN,
        .target = connection,
        .room = room->id,
        .seq = room->seq,
        .json = encode_state(op->arena, room, resumes ? after : -1),
        .user = one->user};
    publish(r->domain, events, n);
}

void run_passing_enter(struct run *r) {
    struct passing *p = r->domain->passing;
    struct user_row me;
    if (!data_user_get(r->tx, r->op->who.user, &me) || me.disabled) {
        op_fail(r->op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    struct p_user user = view_user(&me);
    struct blob *json = ENCODED(p_user_put, user);
    pthread_mutex_lock(&p->lock);
    enter(r, json);
    pthread_mutex_unlock(&p->lock);
    blob_unref(&json);
}

void run_passing_exit(struct run *r) {
    struct passing *p = r->domain->passing;
    id64 connection = r->op->in.passing.connection;
    int at;
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = find_room(r, r->op->in.passing.room, ACT_LEAVE, &at);
    if (room && drop_connection(room->people[at], connection)) {
        struct event e = {.audience = EVENT_CONNECTION,
            .effect = EFFECT_PART,
            .target = connection,
            .room = room->id,
            .user = r->op->who.user};
        publish(r->domain, &e, 1);
    }
    /* Whoever leaves while their link was lost elsewhere leaves all the same. */
    if (room && room->people[at]->n == 0)
        leave_at(r->domain, room, at);
    pthread_mutex_unlock(&p->lock);
}

void domain_passing_gone(struct domain *d, id64 id, id64 user, id64 connection) {
    struct passing *p = d->passing;
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = map_get(&p->rooms, (uint64_t)id);
    int at = room ? find_passer(room, user) : -1;
    struct passer *one = at >= 0 ? room->people[at] : NULL;
    if (one && drop_connection(one, connection) && one->n == 0) {
        one->lost_us = clock_mono_us();
        struct event e = link_event(room, user, true);
        publish(d, &e, 1);
    }
    pthread_mutex_unlock(&p->lock);
}

void domain_passing_end(struct domain *d) {
    pthread_mutex_lock(&d->passing->lock);
    d->passing->over = true;
    pthread_mutex_unlock(&d->passing->lock);
}

/* --- speaking */

/* False: said no. */
static bool may_speak(
    struct run *r, struct passing_room *room, struct passer *one, size_t size, int64_t now) {
    bool full = room->bytes + size > LIMIT_PASSING_ROOM_BYTES
        || r->domain->passing->bytes + size > LIMIT_PASSING_BYTES;
    if (!full
        && take_turn(r->domain, &one->spoken_us, now, LIMIT_PASSING_SAID_BURST,
            LIMIT_PASSING_SAID_PER_SECOND))
        return true;
    op_fail(r->op, FAIL_RATE_LIMITED, NULL, NULL);
    r->op->retry_after = full ? 5 : 1;
    return false;
}

static struct said *said_before(const struct passing_room *room, id64 user, struct str client_id) {
    list_each (node, &room->said) {
        struct said *s = container_of(node, struct said, node);
        if (s->author == user && str_eq(s->client_id, client_id))
            return s;
    }
    return NULL;
}

static struct said *keep_said(struct passing *p, struct passing_room *room, const struct op *op) {
    struct str text = op->in.message.text, client_id = op->in.message.client_id;
    struct said *s = xcalloc(1, sizeof *s + text.n + client_id.n);
    s->size = sizeof *s + text.n + client_id.n;
    memcpy(s->bytes, text.p, text.n);
    memcpy(s->bytes + text.n, client_id.p, client_id.n);
    s->text = str_make(s->bytes, text.n);
    s->client_id = str_make(s->bytes + text.n, client_id.n);
    s->seq = ++room->seq;
    s->at_us = clock_now_us();
    s->said_us = clock_mono_us();
    s->author = op->who.user;
    s->kind = (enum MessageKind)op->in.message.kind;
    list_push_back(&room->said, &s->node);
    room->bytes += s->size;
    p->bytes += s->size;
    return s;
}

static void say(struct run *r) {
    struct op *op = r->op;
    struct passing *p = r->domain->passing;
    int at;
    struct passing_room *room = find_room(r, op->in.message.room, ACT_WRITE, &at);
    if (!room)
        return;
    struct said *s = said_before(room, op->who.user, op->in.message.client_id);
    bool fresh = !s;
    if (fresh) {
        size_t size = sizeof *s + op->in.message.text.n + op->in.message.client_id.n;
        if (!may_speak(r, room, room->people[at], size, clock_mono_us()))
            return;
        s = keep_said(p, room, op);
    }
    struct p_passing_message message = view_said(s);
    if (fresh) {
        struct event e = of_room(room,
            ENCODED(pf_passing_said_put, (struct pf_passing_said){room->id, s->seq, &message}));
        publish(r->domain, &e, 1);
    }
    op->seq = s->seq;
    op->created = fresh;
    ANSWER(r, p_passing_message_put, &message);
}

void run_passing_say(struct run *r) {
    struct op *op = r->op;
    if (!text_check_client_id(op, op->in.message.client_id)
        || !text_check_message(op, op->in.message.text))
        return;
    if (utf8_count(op->in.message.text) > LIMIT_PASSING_TEXT_CHARS) {
        op_fail(op, FAIL_TEXT_TOO_LONG, "text", "in a passing room at most %d characters",
            LIMIT_PASSING_TEXT_CHARS);
        return;
    }
    pthread_mutex_lock(&r->domain->passing->lock);
    say(r);
    pthread_mutex_unlock(&r->domain->passing->lock);
}

/* --- forgetting */

/* The room may be no more after it. */
static void room_tick(struct domain *d, struct passing_room *room, int64_t now) {
    if (room->fresh_us != IDLE) {
        if (room->fresh_us + GRACE_US > now)
            return;
        end_room(d->passing, room);
        return;
    }
    while (!list_is_empty(&room->said)) {
        struct said *s = container_of(room->said.next, struct said, node);
        if (s->said_us + KEPT_US > now)
            break;
        forget(d->passing, room, s);
    }
    for (int at = (int)room->n - 1; at >= 0; at--) {
        const struct passer *one = room->people[at];
        bool last = room->n == 1;
        if (one->lost_us == IDLE || one->lost_us + GRACE_US > now)
            continue;
        leave_at(d, room, at);
        if (last)
            return;
    }
}

void passing_tick(struct domain *d) {
    struct passing *p = d->passing;
    int64_t now = clock_mono_us();
    pthread_mutex_lock(&p->lock);
    list_each (node, &p->all)
        room_tick(d, container_of(node, struct passing_room, of_all), now);
    pthread_mutex_unlock(&p->lock);
}
