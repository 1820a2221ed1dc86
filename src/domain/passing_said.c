/* Passing rooms: what is said in them. passing.c tells the whole. */
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"
#include "domain/passing_internal.h"
#include "domain/text.h"

struct p_passing_message passing_view_said(const struct said *s) {
    return (struct p_passing_message){.seq = s->seq,
        .author = s->author,
        .at = s->at_us / 1000,
        .kind = s->kind,
        .text = s->text,
        .client_id = s->client_id};
}

/* False: said no. */
static bool may_speak(
    struct run *r, struct passing_room *room, struct passer *one, size_t size, int64_t now) {
    bool full = room->bytes + size > LIMIT_PASSING_ROOM_BYTES
        || r->domain->passing->bytes + size > LIMIT_PASSING_BYTES;
    if (!full
        && passing_take_turn(r->domain, &one->spoken_us, now, LIMIT_PASSING_SAID_BURST,
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
    passing_spoken(room, s->seq, s->author);
    list_push_back(&room->said, &s->node);
    room->bytes += s->size;
    p->bytes += s->size;
    return s;
}

static void say(struct run *r) {
    struct op *op = r->op;
    struct passing *p = r->domain->passing;
    int at;
    struct passing_room *room = passing_find(r, op->in.message.room, ACT_WRITE, &at);
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
    struct p_passing_message message = passing_view_said(s);
    if (fresh) {
        struct event e = passing_event(room,
            ENCODED(pf_passing_said_put, (struct pf_passing_said){room->id, s->seq, &message}));
        passing_publish(r->domain, &e, 1);
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

/* --- taking back */

static struct spoken *find_spoken(const struct passing_room *room, int64_t seq) {
    for (unsigned i = 0; i < room->spoken_n; i++)
        if (passing_spoken_at(room, i)->seq == seq)
            return passing_spoken_at(room, i);
    return NULL;
}

/* What is still here for those who come back. */
static void wipe(struct passing_room *room, int64_t seq) {
    list_each (node, &room->said) {
        struct said *s = container_of(node, struct said, node);
        if (s->seq != seq)
            continue;
        explicit_bzero(s->bytes, s->text.n);
        s->text.n = 0;
        s->unsaid = true;
    }
}

static void unsay(struct run *r) {
    struct op *op = r->op;
    int64_t said = op->in.passing.seq;
    int at;
    struct passing_room *room = passing_find(r, op->in.passing.room, ACT_UNSAY, &at);
    struct spoken *spoken = room ? find_spoken(room, said) : NULL;
    if (room && !spoken)
        op_fail(op, FAIL_NOT_FOUND, "seq", NULL);
    if (!spoken || spoken->unsaid_seq
        || (spoken->author != op->who.user && !passing_find(r, room->id, ACT_DELETE_OTHERS, &at)))
        return;
    wipe(room, said);
    spoken->unsaid_seq = ++room->seq;
    struct event e = passing_event(room,
        ENCODED(
            pf_passing_unsaid_put, (struct pf_passing_unsaid){room->id, spoken->unsaid_seq, said}));
    passing_publish(r->domain, &e, 1);
}

void run_passing_unsay(struct run *r) {
    if (!passing_asker(r))
        return;
    pthread_mutex_lock(&r->domain->passing->lock);
    unsay(r);
    pthread_mutex_unlock(&r->domain->passing->lock);
}
