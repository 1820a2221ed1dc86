/* What a command tells: each event is encoded here, once, and leaves with the COMMIT. */
#include "domain/core.h"
#include "domain/view.h"

#include "base/buf.h"
#include "base/limits.h"
#include "store/data_admin.h"

struct blob *blob_take(struct buf *b) {
    struct blob *blob = blob_new(buf_str(b));
    buf_fini(b);
    return blob;
}

void tell_room(struct run *r, id64 room, int64_t seq, struct buf *frame) {
    if (seq)
        r->op->seq = seq;
    tx_event(r->tx,
        (struct event){
            .audience = EVENT_ROOM, .target = room, .seq = seq, .json = blob_take(frame)});
}

bool line_add(struct run *r, struct room_row *room, const struct user_row *author,
    const struct user_row *subject, struct message_row *m) {
    bool counts = m->kind != MESSAGE_KIND_NOTICE;
    m->id = id_next();
    m->room = room->id;
    m->author = author->id;
    m->subject = subject ? subject->id : 0;
    m->seq = room->head + 1;
    m->ordinal = room->count + counts;
    if (!m->at_us)
        m->at_us = tx_now_us(r->tx);
    if (!data_message_add(r->tx, m))
        return false;
    int64_t last_seq = counts || room->count == 0 ? m->seq : room->last_seq;
    data_room_advance(r->tx, room->id, room->head, m->seq, m->ordinal, last_seq);
    room->head = m->seq;
    room->count = m->ordinal;
    room->last_seq = last_seq;

    struct buf b = {0};
    buf_reserve(&b, 512 + m->text.n);
    struct json j = json_into(&b);
    struct p_user user = view_user(author);
    pf_message_put(&j,
        &(struct pf_message){.room = room->id,
            .seq = m->seq,
            .message = view_message(r->op->arena, m, subject),
            .user = &user});
    tell_room(r, room->id, m->seq, &b);
    return true;
}

void notice_add(struct run *r, struct room_row *room, const struct user_row *author,
    enum NoticeKind kind, const struct user_row *subject, struct str value, int role) {
    struct message_row m = {
        .kind = MESSAGE_KIND_NOTICE, .text = STR(""), .notice = kind, .value = value, .role = role};
    line_add(r, room, author, subject, &m);
}

static void tell_user(
    struct run *r, id64 user, int64_t seq, enum event_effect effect, id64 room, struct buf *frame) {
    tx_event(r->tx,
        (struct event){.audience = EVENT_USER,
            .effect = effect,
            .target = user,
            .room = room,
            .seq = seq,
            .json = blob_take(frame)});
}

static int64_t number(struct run *r, id64 user, struct user_event_row event) {
    return data_user_event_add(r->tx, user, &event, LIMIT_SYNC_USER_EVENTS);
}

void tell_room_added(struct run *r, id64 user, const struct entry_row *entry) {
    int64_t useq = number(
        r, user, (struct user_event_row){.kind = USER_EVENT_ROOM_ADDED, .room = entry->room.id});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_room_added_put(
        &j, &(struct pf_room_added){.useq = useq, .entry = view_entry(r->op->arena, entry)});
    tell_user(r, user, useq, EFFECT_JOIN, entry->room.id, &b);
}

void tell_room_removed(struct run *r, id64 user, id64 room) {
    int64_t useq =
        number(r, user, (struct user_event_row){.kind = USER_EVENT_ROOM_REMOVED, .room = room});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_room_removed_put(&j, &(struct pf_room_removed){.useq = useq, .room = room});
    tell_user(r, user, useq, EFFECT_PART, room, &b);
}

void tell_read(struct run *r, id64 user, id64 room, const struct p_read_marker *read) {
    int64_t useq = number(r, user,
        (struct user_event_row){.kind = USER_EVENT_READ,
            .room = room,
            .read_seq = read->seq,
            .read_ordinal = read->ordinal});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_read_put(&j, &(struct pf_read){.useq = useq, .room = room, .read = read});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_unread(struct run *r, id64 user, id64 room, const struct entry_row *entry) {
    int64_t useq =
        number(r, user, (struct user_event_row){.kind = USER_EVENT_UNREAD, .room = room});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_unread_put(&j, view_unread(r->op->arena, useq, room, entry));
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_draft(struct run *r, id64 user, id64 room, const struct draft_row *draft) {
    int64_t useq = number(r, user, (struct user_event_row){.kind = USER_EVENT_DRAFT, .room = room});
    struct p_draft view = view_draft(draft);
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_draft_put(&j, &(struct pf_draft){.useq = useq, .room = room, .draft = &view});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_blocked(struct run *r, id64 user, const struct user_row *whom, bool on) {
    int64_t useq = number(r, user,
        (struct user_event_row){
            .kind = on ? USER_EVENT_BLOCKED : USER_EVENT_UNBLOCKED, .room = whom->id});
    struct p_user view = view_user(whom);
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_blocked_put(&j, &(struct pf_blocked){.useq = useq, .user = &view, .on = on});
    tell_user(r, user, useq, EFFECT_LOOK, 0, &b);
    /* The other one is told nothing, but sees them no longer, or again. */
    tx_event(
        r->tx, (struct event){.audience = EVENT_USER, .effect = EFFECT_LOOK, .target = whom->id});
}

void tell_notify(struct run *r, id64 user, id64 room, int level) {
    int64_t useq = number(r, user,
        (struct user_event_row){.kind = USER_EVENT_NOTIFY, .room = room, .read_seq = level});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_notify_put(
        &j, &(struct pf_notify){.useq = useq, .room = room, .level = (enum NotifyLevel)level});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

int64_t tell_star(struct run *r, id64 user, id64 room, int64_t seq, bool on) {
    int64_t useq = number(r, user,
        (struct user_event_row){
            .kind = on ? USER_EVENT_STAR : USER_EVENT_UNSTAR, .room = room, .read_seq = seq});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_star_put(&j, &(struct pf_star){.useq = useq, .room = room, .seq = seq, .on = on});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
    return useq;
}

void tell_hidden(struct run *r, id64 user, id64 room, int64_t seq, const struct line_row *last) {
    int64_t useq = number(
        r, user, (struct user_event_row){.kind = USER_EVENT_HIDDEN, .room = room, .read_seq = seq});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_hidden_put(&j, view_hidden(r->op->arena, useq, room, seq, last));
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_removed(struct run *r, id64 user, id64 room, int64_t seq, struct str reason) {
    int64_t useq = number(r, user,
        (struct user_event_row){.kind = USER_EVENT_REMOVED, .room = room, .read_seq = seq});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_removed_put(
        &j, &(struct pf_removed){.useq = useq, .room = room, .seq = seq, .reason = reason});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_whisper(struct run *r, id64 user, const struct heard_row *h) {
    const struct whisper_row *w = &h->whisper;
    int64_t useq = number(r, user,
        (struct user_event_row){.kind = USER_EVENT_WHISPER, .room = w->room, .read_seq = w->id});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_whisper_put(&j, view_heard(r->op->arena, useq, user, h));
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

void tell_whispers_read(struct run *r, id64 user, id64 room, int64_t read) {
    int64_t useq = number(r, user,
        (struct user_event_row){.kind = USER_EVENT_WHISPERS_READ, .room = room, .read_seq = read});
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_whispers_read_put(&j, &(struct pf_whispers_read){.useq = useq, .room = room, .read = read});
    tell_user(r, user, useq, EFFECT_NONE, 0, &b);
}

static void tell_watchers(struct run *r, const struct p_user *user) {
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_user_put(&j, &(struct pf_user){.user = user});
    tx_event(r->tx,
        (struct event){.audience = EVENT_WATCHERS, .target = user->id, .json = blob_take(&b)});
}

void tell_changed(struct run *r, struct user_row *user) {
    user->rev = data_user_changed(r->tx, user->id);
    struct p_user view = view_user(user);
    tell_watchers(r, &view);
}

void tell_me(struct run *r, struct user_row *user) {
    user->rev = data_user_changed(r->tx, user->id);
    int64_t useq = number(r, user->id, (struct user_event_row){.kind = USER_EVENT_ME});
    struct p_user me = view_user(user);
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_me_put(&j, &(struct pf_me){.useq = useq, .user = &me});
    tell_user(r, user->id, useq, EFFECT_NONE, 0, &b);
    tell_watchers(r, &me);
}

void tell_reports(struct run *r) {
    struct rows managing = {0};
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_reports_put(&j, &(struct pf_reports){.count = data_reports_count(r->tx)});
    struct blob *frame = blob_take(&b);
    data_users_managing(r->tx, &managing);
    for (size_t i = 0; i < managing.n; i++)
        tx_event(r->tx,
            (struct event){.audience = EVENT_USER,
                .target = ((const struct user_row *)managing.p)[i].id,
                .json = blob_ref(frame)});
    blob_unref(&frame);
}

void tell_session_ended(struct run *r, id64 session) {
    tx_event(r->tx, (struct event){.audience = EVENT_SESSION, .target = session});
}

void tell_gone(struct run *r, id64 user) {
    tx_event(r->tx, (struct event){.audience = EVENT_USER, .effect = EFFECT_GONE, .target = user});
}
