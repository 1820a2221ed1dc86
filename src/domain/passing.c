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
#include "base/rand.h"
#include "domain/lists.h"
#include "domain/passing_internal.h"
#include "domain/text.h"

#define GRACE_US (PASSING_GRACE_SECONDS * SECOND_US)
/* Whoever comes back at the last moment must still find all that was said since they went. */
#define KEPT_US (GRACE_US + 5 * SECOND_US)

struct passing *passing_new(void) {
    struct passing *p = xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    list_init(&p->all);
    return p;
}

/* --- the registry */

struct share *passing_share(struct passing *p, id64 user) {
    struct share *s = map_get(&p->shares, (uint64_t)user);
    if (!s) {
        s = xcalloc(1, sizeof *s);
        map_put(&p->shares, (uint64_t)user, s);
    }
    return s;
}

void passing_share_drop(struct passing *p, id64 user) {
    struct share *s = map_get(&p->shares, (uint64_t)user);
    if (!s || s->made || s->in)
        return;
    map_remove(&p->shares, (uint64_t)user);
    free(s);
}

int passing_find_passer(const struct passing_room *r, id64 user) {
    for (unsigned i = 0; i < r->n; i++)
        if (r->people[i]->user == user)
            return (int)i;
    return -1;
}

/* Known only where passing_asker has looked. */
static bool is_operator(const struct run *r) {
    return r->user.id == r->op->who.user && r->user.role != SERVER_ROLE_MEMBER;
}

struct passing_room *passing_find(struct run *r, id64 id, enum act act, int *ret_at) {
    struct passing_room *room = map_get(&r->domain->passing->rooms, (uint64_t)id);
    enum fail fail = FAIL_NOT_FOUND;
    if (room) {
        *ret_at = passing_find_passer(room, r->op->who.user);
        const struct access_passing a = {.listed = room->listed,
            .is_in = *ret_at >= 0,
            .out = passing_is_out(room, r->op->who.user),
            .rules = room->maker == r->op->who.user || is_operator(r)};
        fail = access_passing(&a, act);
    }
    if (fail == FAIL_NONE)
        return room;
    op_fail(r->op, fail, NULL, NULL);
    return NULL;
}

bool passing_is_out(const struct passing_room *r, id64 user) {
    for (unsigned i = 0; i < r->out_n; i++)
        if (r->out[i] == user)
            return true;
    return false;
}

struct spoken *passing_spoken_at(const struct passing_room *r, unsigned i) {
    return &r->spoken[(r->spoken_first + i) % LIMIT_PASSING_SPOKEN];
}

void passing_spoken(struct passing_room *r, int64_t seq, id64 author) {
    if (!r->spoken)
        r->spoken = xcalloc(LIMIT_PASSING_SPOKEN, sizeof *r->spoken);
    if (r->spoken_n == LIMIT_PASSING_SPOKEN)
        r->spoken_first = (r->spoken_first + 1) % LIMIT_PASSING_SPOKEN;
    else
        r->spoken_n++;
    *passing_spoken_at(r, r->spoken_n - 1) = (struct spoken){.seq = seq, .author = author};
}

bool passing_take_turn(
    const struct domain *d, int64_t *full_us, int64_t now, int burst, int per_second) {
    const int64_t each = SECOND_US / per_second;
    int64_t full = *full_us > now ? *full_us : now;
    if (d->config.rate_limits && full + each > now + each * burst)
        return false;
    *full_us = full + each;
    return true;
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
    passing_share(p, one->user)->in--;
    passing_share_drop(p, one->user);
    blob_unref(&one->json);
    free(one);
}

static void end_room(struct passing *p, struct passing_room *r) {
    while (r->n)
        take_out(p, r, (int)r->n - 1);
    while (!list_is_empty(&r->said))
        forget(p, r, container_of(r->said.next, struct said, node));
    passing_share(p, r->maker)->made--;
    passing_share_drop(p, r->maker);
    map_remove(&p->rooms, (uint64_t)r->id);
    list_remove(&r->of_all);
    free(r->people);
    free(r->spoken);
    free(r->out);
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

/* --- telling */

void passing_publish(struct domain *d, struct event *events, unsigned n) {
    if (d->config.on_passing && !d->passing->over)
        d->config.on_passing(d->config.on_passing_arg, events, n);
    for (unsigned i = 0; i < n; i++)
        blob_unref(&events[i].json);
}

struct event passing_event(const struct passing_room *r, struct blob *json) {
    return (struct event){.audience = EVENT_ROOM, .target = r->id, .seq = r->seq, .json = json};
}

struct p_passing_room passing_view(const struct passing_room *r) {
    return (struct p_passing_room){.id = r->id,
        .name = str_from(r->name),
        .listed = r->listed,
        .made_at = r->made_us / 1000,
        .people = r->n};
}

void passing_leave_at(struct domain *d, struct passing_room *r, int at, id64 by) {
    id64 user = r->people[at]->user;
    take_out(d->passing, r, at);
    int64_t seq = ++r->seq;
    struct event e = passing_event(
        r, ENCODED(pf_passing_left_put, (struct pf_passing_left){r->id, seq, user, by}));
    passing_publish(d, &e, 1);
    if (r->n == 0)
        end_room(d->passing, r);
}

/* --- making and finding */

bool passing_asker(struct run *r) {
    if (data_user_get(r->tx, r->op->who.user, &r->user) && !r->user.disabled)
        return true;
    op_fail(r->op, FAIL_SIGNED_OUT, NULL, NULL);
    return false;
}

static int more_people_first(const void *a, const void *b) {
    const struct passing_room *x = *(struct passing_room *const *)a,
                              *y = *(struct passing_room *const *)b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                        : (x->made_us < y->made_us) - (x->made_us > y->made_us);
}

void run_passing_list(struct run *r) {
    struct passing *p = r->domain->passing;
    if (!passing_asker(r))
        return;
    struct buf b = {0};
    struct json j;
    size_t n = 0;
    list_open(&j, &b);
    pthread_mutex_lock(&p->lock);
    const struct passing_room **rooms =
        arena_new_n(r->op->arena, const struct passing_room *, p->rooms.count + 1);
    list_each (node, &p->all) {
        const struct passing_room *room = container_of(node, struct passing_room, of_all);
        const struct access_passing a = {
            .listed = room->listed, .out = passing_is_out(room, r->op->who.user)};
        if (room->n && access_passing(&a, ACT_SEE) == FAIL_NONE)
            rooms[n++] = room;
    }
    qsort(rooms, n, sizeof *rooms, more_people_first);
    for (size_t i = 0; i < n && i < LIMIT_PASSING_LISTED; i++) {
        struct p_passing_room view = passing_view(rooms[i]);
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
    struct share *share = passing_share(p, r->op->who.user);
    if (p->rooms.count >= LIMIT_PASSING_ROOMS || share->made >= LIMIT_PASSING_MADE) {
        passing_share_drop(p, r->op->who.user);
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
    struct str name;
    if (!passing_asker(r) || !text_check_room_name(op, op->in.passing.name, &name))
        return;
    enum fail fail = access_passing_make(&r->user, op->in.passing.listed, &settings);
    if (fail != FAIL_NONE) {
        op_fail(op, fail, "listed", "only administrators make open rooms here");
        return;
    }
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = make_room(r, name);
    if (room) {
        struct p_passing_room view = passing_view(room);
        op->created = true;
        ANSWER(r, p_passing_room_put, &view);
    }
    pthread_mutex_unlock(&p->lock);
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
        passing_leave_at(d, room, at, 0);
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

void domain_passing_end(struct domain *d) {
    pthread_mutex_lock(&d->passing->lock);
    d->passing->over = true;
    pthread_mutex_unlock(&d->passing->lock);
}
