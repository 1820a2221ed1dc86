/* Coming back: what a connection missed, from one snapshot (law 4). The hub has registered the
 * connection before it asks, so what is committed after this snapshot reaches it live; `heads` says
 * from where on.
 *
 * With cursors of this epoch: the person's own events, then per room its events in order, or a
 * reset where there are too many. Otherwise everything anew. The frames tell the state as it is now
 * (an edited text where the message was written): whoever applies them all arrives at the same. */
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "domain/access.h"
#include "domain/mentions.h"
#include "domain/view.h"
#include "store/data_admin.h"

#define RESETS_MOST 100 /* beyond, everything anew is cheaper */

static void frame(struct run *r, struct buf *b) {
    struct op *op = r->op;
    size_t n = op->sync.frame_count;
    /* Grown by doubling in the arena: at 16, 32, 64 … */
    if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) {
        struct blob **grown = arena_new_n(op->arena, struct blob *, n ? n * 2 : 16);
        if (n)
            memcpy(grown, op->sync.frames, n * sizeof *grown);
        op->sync.frames = grown;
    }
    op->sync.frames[op->sync.frame_count++] = blob_take(b);
}

#define FRAME(r, put, ...)               \
    do {                                 \
        struct buf b_ = {0};             \
        struct json j_ = json_into(&b_); \
        put(&j_, &__VA_ARGS__);          \
        frame(r, &b_);                   \
    } while (0)

/* The session is looked at once more: it may have ended after it was asked for and before the hub
 * had the connection, when nobody could be told. From here on the hub hears of its end. */
void run_sync_rooms(struct run *r) {
    struct rows heads = {0};
    struct session_row session;
    const struct who *who = &r->op->who;
    if (who->session
        && !(data_session_get(r->tx, who->session, &session) && session.user == who->user)) {
        op_fail(r->op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    data_heads(r->tx, r->op->who.user, &heads);
    r->op->sync.rooms = arena_new_n(r->op->arena, id64, heads.n + 1);
    r->op->sync.room_count = heads.n;
    for (size_t i = 0; i < heads.n; i++)
        r->op->sync.rooms[i] = ((struct head_row *)heads.p)[i].room;
}

static void put_heads(struct run *r, const struct rows *heads) {
    r->op->sync.heads = arena_new_n(r->op->arena, struct op_cursor, heads->n + 1);
    r->op->sync.head_count = heads->n;
    for (size_t i = 0; i < heads->n; i++) {
        const struct head_row *h = (const struct head_row *)heads->p + i;
        r->op->sync.heads[i] = (struct op_cursor){h->room, h->head};
    }
}

static struct pf_ready ready(
    struct run *r, struct str epoch, const struct user_row *me, const struct p_user *view) {
    r->op->sync.useq = me->head;
    struct str connection = r->op->in.sync.connection;
    bool manages = me->role != SERVER_ROLE_MEMBER;
    return (struct pf_ready){.epoch = epoch,
        .connection = connection.p ? connection : STR(""),
        .me = view,
        .useq = me->head,
        .heartbeat_ms = r->domain->config.heartbeat_ms,
        .has_reports = manages,
        .reports = manages ? data_reports_count(r->tx) : 0};
}

static void anew(struct run *r, struct str epoch, const struct user_row *me) {
    struct rows rows = {0}, heads = {0};
    struct p_user view = view_user(me);
    struct pf_ready v = ready(r, epoch, me, &view);
    data_entries(r->tx, me->id, &rows);
    struct p_room_entry *entries = arena_new_n(r->op->arena, struct p_room_entry, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++) {
        const struct entry_row *e = (const struct entry_row *)rows.p + i;
        entries[i] = *view_entry(r->op->arena, e);
        *(struct head_row *)rows_add(&heads, r->op->arena, sizeof(struct head_row)) =
            (struct head_row){e->room.id, e->room.head, e->room.pins};
    }
    v.rooms = entries;
    v.rooms_count = rows.n;
    v.has_rooms = true;
    struct rows blocked = {0};
    if (me->blocks)
        data_blocked_list(r->tx, me->id, &blocked);
    id64 *ids = arena_new_n(r->op->arena, id64, blocked.n + 1);
    for (size_t i = 0; i < blocked.n; i++)
        ids[i] = ((struct blocked_row *)blocked.p)[i].user.id;
    v.blocked = ids;
    v.blocked_count = blocked.n;
    v.has_blocked = blocked.n > 0;
    FRAME(r, pf_ready_put, v);
    put_heads(r, &heads);
}

/* Lines hidden at the end of a room change what stands for it in the list. */
static void put_hidden(struct run *r, id64 me, const struct user_event_row *e) {
    struct entry_row entry;
    bool is_in = data_entry(r->tx, me, e->room, &entry);
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_hidden_put(&j,
        view_hidden(r->op->arena, e->seq, e->room, e->read_seq,
            is_in ? view_last_after(&entry, e->read_seq) : NULL));
    frame(r, &b);
}

/* The marker and the draft as they are now: what came of them later is told by the same frames. Of
 * a room that one has left since nothing is left, and the number comes all the same. */
static void put_own(struct run *r, id64 me, const struct user_event_row *e) {
    struct entry_row entry = {0};
    data_entry(r->tx, me, e->room, &entry);
    if (e->kind == USER_EVENT_UNREAD) {
        FRAME(r, pf_unread_put, *view_unread(r->op->arena, e->seq, e->room, &entry));
    } else {
        struct p_draft draft = view_draft(&entry.draft);
        FRAME(r, pf_draft_put, (struct pf_draft){e->seq, e->room, &draft});
    }
}

/* A whisper as it is now. In a room that one has left since one can't tell of it any more; the
 * number must come all the same, and removing what is not there harms nobody. */
static void put_whisper(
    struct run *r, id64 me, const struct user_event_row *e, const struct rows *heads) {
    struct heard_row heard;
    bool is_in = false;
    for (size_t i = 0; i < heads->n; i++)
        is_in = is_in || ((const struct head_row *)heads->p)[i].room == e->room;
    if (is_in && data_whisper_get(r->tx, e->room, me, e->read_seq, &heard))
        FRAME(r, pf_whisper_put, *view_heard(r->op->arena, e->seq, me, &heard));
    else
        FRAME(r, pf_room_removed_put, (struct pf_room_removed){e->seq, e->room});
}

static void put_blocked(struct run *r, const struct user_event_row *e) {
    struct user_row whom = {.id = e->room};
    data_user_get(r->tx, e->room, &whom);
    struct p_user user = view_user(&whom);
    FRAME(r, pf_blocked_put, (struct pf_blocked){e->seq, &user, e->kind == USER_EVENT_BLOCKED});
}

/* The person's own events; rooms that came new get into `added`, for their entries have everything
 * already. */
static void own_events(struct run *r, const struct user_row *me, const struct rows *events,
    const struct rows *heads, struct map *added) {
    struct p_user view = view_user(me);
    for (size_t i = 0; i < events->n; i++) {
        const struct user_event_row *e = (const struct user_event_row *)events->p + i;
        struct entry_row entry;
        struct p_read_marker read = {.seq = e->read_seq, .ordinal = e->read_ordinal};
        switch ((enum user_event_kind)e->kind) {
        case USER_EVENT_ROOM_ADDED:
            if (data_entry(r->tx, me->id, e->room, &entry)) {
                map_put(added, (uint64_t)e->room, r);
                FRAME(r, pf_room_added_put,
                    (struct pf_room_added){e->seq, view_entry(r->op->arena, &entry)});
                break;
            }
            /* Gone again since: the number must come all the same, and removing what is not there
             * harms nobody. */
            FRAME(r, pf_room_removed_put, (struct pf_room_removed){e->seq, e->room});
            break;
        case USER_EVENT_ROOM_REMOVED:
            FRAME(r, pf_room_removed_put, (struct pf_room_removed){e->seq, e->room});
            break;
        case USER_EVENT_READ:
            FRAME(r, pf_read_put, (struct pf_read){e->seq, e->room, &read});
            break;
        case USER_EVENT_ME:
            FRAME(r, pf_me_put, (struct pf_me){e->seq, &view});
            break;
        case USER_EVENT_STAR:
        case USER_EVENT_UNSTAR:
            FRAME(r, pf_star_put,
                (struct pf_star){e->seq, e->room, e->read_seq, e->kind == USER_EVENT_STAR});
            break;
        case USER_EVENT_UNREAD:
        case USER_EVENT_DRAFT:
            put_own(r, me->id, e);
            break;
        case USER_EVENT_BLOCKED:
        case USER_EVENT_UNBLOCKED:
            put_blocked(r, e);
            break;
        case USER_EVENT_NOTIFY:
            FRAME(r, pf_notify_put,
                (struct pf_notify){e->seq, e->room, (enum NotifyLevel)e->read_seq});
            break;
        case USER_EVENT_REMOVED: {
            struct str reason = data_removal(r->tx, e->room, e->read_seq);
            FRAME(r, pf_removed_put,
                (struct pf_removed){e->seq, e->room, e->read_seq, reason.p ? reason : STR("")});
            break;
        }
        case USER_EVENT_WHISPER:
            put_whisper(r, me->id, e, heads);
            break;
        case USER_EVENT_WHISPERS_READ:
            FRAME(r, pf_whispers_read_put, (struct pf_whispers_read){e->seq, e->room, e->read_seq});
            break;
        case USER_EVENT_HIDDEN:
            put_hidden(r, me->id, e);
            break;
        }
    }
}

/* The reader's own events were told before: what they put on lines that come new now comes with
 * these. What everybody put on them comes as changes, in its turn. */
static void put_line(struct run *r, id64 room, const struct line_row *l, const struct rows *own) {
    struct p_user user = view_user(&l->author);
    struct p_message *message =
        view_message(r->op->arena, &l->message, l->subject.id ? &l->subject : NULL);
    const struct mark_row *marks = own->p;
    for (size_t i = 0; i < own->n; i++)
        if (marks[i].target == l->message.seq)
            view_marks(r->op->arena, message, &marks[i], 1);
    FRAME(r, pf_message_put, (struct pf_message){room, l->message.seq, message, &user});
}

static void put_change(struct run *r, const struct head_row *h, const struct change_row *c) {
    int64_t at = c->at_us / 1000;
    struct pf_edit edit;
    switch ((enum change_kind)c->kind) {
    case CHANGE_EDIT:
        edit = (struct pf_edit){.room = h->room,
            .seq = c->seq,
            .target = c->target,
            .actor = c->actor,
            .text = c->text.p ? c->text : STR(""),
            .at = at,
            .has_mentions = c->mentions.n > 0};
        edit.mentions = mentions_view(r->op->arena, c->mentions, &edit.mentions_count);
        FRAME(r, pf_edit_put, edit);
        break;
    case CHANGE_DELETE:
        FRAME(r, pf_delete_put,
            (struct pf_delete){h->room, c->seq, c->target, c->actor, at, h->pins});
        break;
    case CHANGE_REACTION_ON:
    case CHANGE_REACTION_OFF:
        FRAME(r, pf_reaction_put,
            (struct pf_reaction){
                h->room, c->seq, c->target, c->actor, c->emoji, c->kind == CHANGE_REACTION_ON, at});
        break;
    case CHANGE_PIN_ON:
    case CHANGE_PIN_OFF:
        FRAME(r, pf_pin_put,
            (struct pf_pin){
                h->room, c->seq, c->target, c->actor, c->kind == CHANGE_PIN_ON, at, h->pins});
        break;
    }
}

static void room_events(struct run *r, id64 me, const struct head_row *h, int64_t after) {
    struct rows lines = {0}, changes = {0}, own = {0};
    data_lines(r->tx, h->room, after + 1, INT64_MAX, true, LIMIT_SYNC_EVENTS, &lines);
    data_changes(r->tx, h->room, after, LIMIT_SYNC_EVENTS, &changes);
    if (lines.n)
        data_marks_own(r->tx, h->room, me, after + 1, INT64_MAX, &own);
    const struct line_row *line = lines.p;
    const struct change_row *change = changes.p;
    for (size_t l = 0, c = 0; l < lines.n || c < changes.n;)
        if (c == changes.n || (l < lines.n && line[l].message.seq < change[c].seq))
            put_line(r, h->room, &line[l++], &own);
        else
            put_change(r, h, &change[c++]);
}

static void reset(struct run *r, id64 user, id64 room) {
    struct entry_row entry;
    if (data_entry(r->tx, user, room, &entry))
        FRAME(r, pf_reset_put, (struct pf_reset){view_entry(r->op->arena, &entry)});
}

enum need { NEED_NOTHING, NEED_EVENTS, NEED_RESET };

static enum need need(const struct op_cursor *cursor, const struct head_row *h) {
    if (!cursor || cursor->seq > h->head || cursor->seq < 0)
        return NEED_RESET;
    /* The sequence has no gaps: how many events there are needs no counting. */
    return cursor->seq == h->head                   ? NEED_NOTHING
        : h->head - cursor->seq > LIMIT_SYNC_EVENTS ? NEED_RESET
                                                    : NEED_EVENTS;
}

/* False, and nothing said: too much is missing. */
static bool resume(struct run *r, struct str epoch, const struct user_row *me, struct map *cursors,
    struct map *added) {
    struct op *op = r->op;
    struct rows events = {0}, heads = {0};
    if (op->in.sync.useq < 0 || op->in.sync.useq > me->head
        || me->head - op->in.sync.useq > LIMIT_SYNC_USER_EVENTS)
        return false;
    data_user_events(r->tx, me->id, op->in.sync.useq, &events);
    if ((int64_t)events.n != me->head - op->in.sync.useq)
        return false;
    data_heads(r->tx, me->id, &heads);
    size_t resets = 0;
    for (size_t i = 0; i < heads.n; i++) {
        const struct head_row *h = (const struct head_row *)heads.p + i;
        resets += need(map_get(cursors, (uint64_t)h->room), h) == NEED_RESET;
    }
    if (resets > RESETS_MOST)
        return false;
    struct p_user view = view_user(me);
    struct pf_ready v = ready(r, epoch, me, &view);
    v.resumed = true;
    FRAME(r, pf_ready_put, v);
    own_events(r, me, &events, &heads, added);
    for (size_t i = 0; i < heads.n; i++) {
        const struct head_row *h = (const struct head_row *)heads.p + i;
        const struct op_cursor *c = map_get(cursors, (uint64_t)h->room);
        if (map_get(added, (uint64_t)h->room))
            continue;
        switch (need(c, h)) {
        case NEED_NOTHING:
            break;
        case NEED_EVENTS:
            room_events(r, me->id, h, c->seq);
            break;
        case NEED_RESET:
            reset(r, me->id, h->room);
            break;
        }
    }
    put_heads(r, &heads);
    return true;
}

void run_sync(struct run *r) {
    struct op *op = r->op;
    struct user_row me;
    if (!data_user_get(r->tx, op->who.user, &me) || me.disabled) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    }
    op->sync.commit = tx_commit_number(r->tx);
    struct str epoch = data_epoch(r->tx);
    struct map cursors = {0}, added = {0};
    for (size_t i = 0; i < op->in.sync.cursor_count; i++)
        if (op->in.sync.cursors[i].room)
            map_put(
                &cursors, (uint64_t)op->in.sync.cursors[i].room, (void *)&op->in.sync.cursors[i]);
    if (!op->in.sync.epoch.n || !str_eq(epoch, op->in.sync.epoch)
        || !resume(r, epoch, &me, &cursors, &added))
        anew(r, epoch, &me);
    FRAME(r, pf_synced_put, (struct pf_synced){0});
    map_fini(&cursors);
    map_fini(&added);
}
