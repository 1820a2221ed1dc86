/* Passing rooms: coming in by a connection, losing it, and going. passing.c tells the whole. */
#include <string.h>

#include "base/check.h"
#include "domain/passing_internal.h"
#include "domain/view.h"

static struct event link_event(struct passing_room *r, id64 user, bool lost) {
    int64_t seq = ++r->seq;
    return passing_event(
        r, ENCODED(pf_passing_link_put, (struct pf_passing_link){r->id, seq, user, lost}));
}

static struct blob *encode_state(struct arena *a, const struct passing_room *r, int64_t after) {
    struct p_passing_room is = passing_view(r);
    is.maker = r->maker;
    int64_t *unsaid = arena_new_n(a, int64_t, r->spoken_n + 1);
    size_t unsaid_n = 0;
    for (unsigned i = 0; i < r->spoken_n; i++)
        if (passing_spoken_at(r, i)->unsaid_seq > (after < 0 ? 0 : after))
            unsaid[unsaid_n++] = passing_spoken_at(r, i)->seq;
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
        if (after >= 0 && s->seq > after && !s->unsaid)
            messages[n++] = passing_view_said(s);
    }
    return ENCODED(pf_passing_state_put,
        (struct pf_passing_state){.room = r->id,
            .seq = r->seq,
            .is = &is,
            .people = people,
            .people_count = r->n,
            .resumed = after >= 0,
            .messages = messages,
            .messages_count = n,
            .unsaid = unsaid,
            .unsaid_count = unsaid_n});
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
    struct share *share = passing_share(r->domain->passing, r->op->who.user);
    if (room->n >= LIMIT_PASSING_PEOPLE || share->in >= LIMIT_PASSING_IN) {
        bool full = room->n >= LIMIT_PASSING_PEOPLE;
        passing_share_drop(r->domain->passing, r->op->who.user);
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
    *ret_event = passing_event(room,
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
    struct passing_room *room = passing_find(r, op->in.passing.room, ACT_JOIN, &at);
    if (!room)
        return;
    bool was_in = at >= 0;
    if (!was_in) {
        if (!come_in(r, room, json, &events[n++]))
            return;
        at = (int)room->n - 1;
    }
    struct passer *one = room->people[at];
    if (!passing_take_turn(r->domain, &one->asked_us, clock_mono_us(), LIMIT_PASSING_ASKED_BURST,
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
    passing_publish(r->domain, events, n);
}

void run_passing_enter(struct run *r) {
    struct passing *p = r->domain->passing;
    if (!passing_asker(r))
        return;
    struct p_user user = view_user(&r->user);
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
    struct passing_room *room = passing_find(r, r->op->in.passing.room, ACT_LEAVE, &at);
    if (room && drop_connection(room->people[at], connection)) {
        struct event e = {.audience = EVENT_CONNECTION,
            .effect = EFFECT_PART,
            .target = connection,
            .room = room->id,
            .user = r->op->who.user};
        passing_publish(r->domain, &e, 1);
    }
    /* Whoever leaves while their link was lost elsewhere leaves all the same. */
    if (room && room->people[at]->n == 0)
        passing_leave_at(r->domain, room, at, 0);
    pthread_mutex_unlock(&p->lock);
}

/* --- removing somebody */

static void keep_out(struct passing_room *room, id64 user) {
    if (room->out_n == LIMIT_PASSING_OUT)
        memmove(room->out, room->out + 1, --room->out_n * sizeof *room->out);
    room->out = xrealloc(room->out, (room->out_n + 1) * sizeof *room->out);
    room->out[room->out_n++] = user;
}

/* All in it are told first, those who go too; then their connections are not in it any more. */
static void turn_out(struct run *r, struct passing_room *room, int at) {
    struct event parts[LIMIT_SOCKETS_PER_USER];
    const struct passer *one = room->people[at];
    unsigned n = one->n;
    for (unsigned i = 0; i < n; i++)
        parts[i] = (struct event){.audience = EVENT_CONNECTION,
            .effect = EFFECT_PART,
            .target = one->conns[i],
            .room = room->id,
            .user = one->user};
    keep_out(room, one->user);
    passing_leave_at(r->domain, room, at, r->op->who.user);
    passing_publish(r->domain, parts, n);
}

void run_passing_turn_out(struct run *r) {
    struct passing *p = r->domain->passing;
    id64 user = r->op->in.passing.user;
    int mine;
    if (!passing_asker(r))
        return;
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = passing_find(r, r->op->in.passing.room, ACT_REMOVE, &mine);
    int at = room ? passing_find_passer(room, user) : -1;
    if (room && at < 0)
        op_fail(r->op, FAIL_NOT_FOUND, "user", NULL);
    else if (room && at == mine)
        op_fail(r->op, FAIL_FORBIDDEN, "user", "whoever wants to go leaves");
    else if (room)
        turn_out(r, room, at);
    pthread_mutex_unlock(&p->lock);
}

void domain_passing_gone(struct domain *d, id64 id, id64 user, id64 connection) {
    struct passing *p = d->passing;
    pthread_mutex_lock(&p->lock);
    struct passing_room *room = map_get(&p->rooms, (uint64_t)id);
    int at = room ? passing_find_passer(room, user) : -1;
    struct passer *one = at >= 0 ? room->people[at] : NULL;
    if (one && drop_connection(one, connection) && one->n == 0) {
        one->lost_us = clock_mono_us();
        struct event e = link_event(room, user, true);
        passing_publish(d, &e, 1);
    }
    pthread_mutex_unlock(&p->lock);
}
