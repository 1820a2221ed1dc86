#include "domain/view.h"

#include "base/clock.h"
#include "base/limits.h"
#include "domain/mentions.h"

#define MS(us) ((us) / 1000)

static struct str text_of(struct str s) {
    return s.p ? s : STR("");
}

/* Over by its time is as good as taken back: nobody need write that down. */
static bool has_status(const struct user_row *u) {
    return u->status_text.p && (!u->status_until_us || u->status_until_us > clock_now_us());
}

struct p_user view_user(const struct user_row *u) {
    bool status = has_status(u);
    return (struct p_user){.id = u->id,
        .name = text_of(u->name),
        .display_name = text_of(u->display_name),
        .kind = (enum UserKind)u->kind,
        .role = (enum ServerRole)u->role,
        .disabled = u->disabled,
        .avatar = u->picture,
        .status_emoji = status ? u->status_emoji : (struct str){0},
        .status_text = status && u->status_text.n ? u->status_text : (struct str){0},
        .status_until = status ? MS(u->status_until_us) : 0,
        .has_rev = u->rev != 0,
        .rev = u->rev};
}

static struct p_user *view_user_in(struct arena *a, const struct user_row *u) {
    struct p_user *v = arena_new_of(a, struct p_user);
    *v = view_user(u);
    return v;
}

struct p_room view_room(const struct room_row *r) {
    return (struct p_room){.id = r->id,
        .kind = (enum RoomKind)r->kind,
        .name = text_of(r->name),
        .topic = text_of(r->topic),
        .created_at = MS(r->created_us),
        .member_count = r->member_count,
        .head = r->head,
        .count = r->count,
        .pins = r->pins,
        .archived = r->archived,

        .picture = r->picture};
}

static const struct p_notice *view_notice(
    struct arena *a, const struct message_row *m, const struct user_row *subject) {
    struct p_notice *n = arena_new_of(a, struct p_notice);
    n->kind = (enum NoticeKind)m->notice;
    if (m->subject && subject)
        n->subject = view_user_in(a, subject);
    if (n->kind == NOTICE_KIND_DESCRIBED)
        n->topic = text_of(m->value);
    else if (n->kind == NOTICE_KIND_PICTURE)
        n->picture = m->value;
    else
        n->name = m->value;
    n->has_role = m->role >= 0;
    n->role = n->has_role ? (enum RoomRole)m->role : ROOM_ROLE_MEMBER;
    return n;
}

struct p_message *view_message(
    struct arena *a, const struct message_row *m, const struct user_row *subject) {
    struct p_message *v = arena_new_of(a, struct p_message);
    *v = (struct p_message){.id = m->id,
        .room = m->room,
        .seq = m->seq,
        .ordinal = m->ordinal,
        .kind = (enum MessageKind)m->kind,
        .author = m->author,
        .at = MS(m->at_us),
        .text = text_of(m->text),
        .client_id = m->client_id,
        .has_reply_to = m->reply_to != 0,
        .reply_to = m->reply_to,
        .edited_at = MS(m->edited_us),
        .deleted_at = MS(m->deleted_us),
        .notice =
            m->notice >= 0 && m->kind == MESSAGE_KIND_NOTICE ? view_notice(a, m, subject) : NULL,
        .has_mentions = m->mentions.n > 0};
    v->mentions = mentions_view(a, m->mentions, &v->mentions_count);
    return v;
}

static void hide(struct p_message *v) {
    v->text = STR("");
    v->edited_at = v->deleted_at = 0;
    v->has_reactions = v->has_mentions = v->pinned = v->starred = false;
    v->removed = (struct str){0};
    v->hidden = true;
}

void view_marks(struct arena *a, struct p_message *v, const struct mark_row *marks, size_t n) {
    bool hidden = false;
    struct p_reaction *reactions = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct mark_row *m = &marks[i];
        switch ((enum mark_kind)m->kind) {
        case MARK_REACTION:
            if (!reactions)
                v->reactions = reactions = arena_new_n(a, struct p_reaction, n);
            reactions[v->reactions_count++] =
                (struct p_reaction){.emoji = m->emoji, .count = m->count, .mine = m->mine};
            v->has_reactions = true;
            break;
        case MARK_PIN:
            v->pinned = true;
            break;
        case MARK_STAR:
            v->starred = !v->deleted_at;
            break;
        case MARK_HIDDEN:
            hidden = true;
            break;
        case MARK_REMOVED:
            v->removed = m->emoji;
            break;
        }
    }
    if (hidden)
        hide(v);
}

/* A notice only stands there when no message does any more, and then it may be newer than the line.
 */
const struct line_row *view_last_after(const struct entry_row *entry, int64_t seq) {
    const struct message_row *last = &entry->last.message;
    return last->seq < seq || last->kind == MESSAGE_KIND_NOTICE ? &entry->last : NULL;
}

struct pf_hidden *view_hidden(
    struct arena *a, int64_t useq, id64 room, int64_t seq, const struct line_row *last) {
    struct pf_hidden *v = arena_new_of(a, struct pf_hidden);
    *v = (struct pf_hidden){.useq = useq, .room = room, .seq = seq};
    if (last && last->message.id) {
        v->last = view_message(a, &last->message, last->subject.id ? &last->subject : NULL);
        v->last_user = view_user_in(a, &last->author);
    }
    return v;
}

struct p_read_marker view_read(const struct member_row *m) {
    return (struct p_read_marker){.seq = m->read_seq,
        .ordinal = m->read_ordinal,
        .has_since = m->unread_head != 0,
        .since = m->unread_head};
}

struct p_draft view_draft(const struct draft_row *d) {
    return (struct p_draft){.text = text_of(d->text),
        .has_reply_to = d->reply_to != 0,
        .reply_to = d->reply_to,
        .at = MS(d->at_us)};
}

struct p_whisper view_whisper(const struct whisper_row *w) {
    return (struct p_whisper){.id = w->id,
        .room = w->room,
        .place = w->place,
        .ordinal = w->ordinal,
        .kind = (enum MessageKind)w->kind,
        .author = w->author,
        .to = w->peer,
        .at = MS(w->at_us),
        .text = text_of(w->text),
        .client_id = w->client_id,
        .edited_at = MS(w->edited_us),
        .deleted_at = MS(w->deleted_us)};
}

static struct p_whisper *view_whisper_in(struct arena *a, const struct whisper_row *w) {
    struct p_whisper *v = arena_new_of(a, struct p_whisper);
    *v = view_whisper(w);
    return v;
}

struct pf_whisper *view_heard(struct arena *a, int64_t useq, id64 user, const struct heard_row *h) {
    struct pf_whisper *v = arena_new_of(a, struct pf_whisper);
    *v = (struct pf_whisper){.useq = useq,
        .room = h->whisper.room,
        .whisper = view_whisper_in(a, &h->whisper),
        .with = view_user_in(a, user == h->whisper.author ? &h->peer : &h->author)};
    return v;
}

const struct p_call *view_mentioned(struct arena *a, struct str calls, size_t *ret_n) {
    struct p_call *end = arena_new_n(a, struct p_call, LIMIT_MENTIONED) + LIMIT_MENTIONED, *c = end;
    struct str one, seq;
    while (calls.n && end - c < LIMIT_MENTIONED && str_next(&calls, ',', &one)
        && str_next(&one, ':', &seq) && str_to_i64(seq, &c[-1].seq) == 0
        && str_to_i64(one, &c[-1].author) == 0)
        c--;
    *ret_n = (size_t)(end - c);
    return c;
}

static const int64_t *view_gone(struct arena *a, struct str seqs, size_t *ret_n) {
    int64_t *end = arena_new_n(a, int64_t, LIMIT_GONE) + LIMIT_GONE, *seq = end;
    struct str one;
    while (seqs.n && end - seq < LIMIT_GONE && str_next(&seqs, ',', &one)
        && str_to_i64(one, &seq[-1]) == 0)
        seq--;
    *ret_n = (size_t)(end - seq);
    return seq;
}

struct pf_unread *view_unread(struct arena *a, int64_t useq, id64 room, const struct entry_row *e) {
    struct pf_unread *v = arena_new_of(a, struct pf_unread);
    struct p_read_marker *read = arena_new_of(a, struct p_read_marker);
    *read = view_read(&e->member);
    *v = (struct pf_unread){.useq = useq, .room = room, .read = read};
    v->mentioned = view_mentioned(a, e->mentioned, &v->mentioned_count);
    v->has_mentioned = v->mentioned_count > 0;
    v->gone = view_gone(a, e->gone, &v->gone_count);
    v->has_gone = v->gone_count > 0;
    return v;
}

struct p_room_entry *view_entry(struct arena *a, const struct entry_row *e) {
    struct p_room_entry *v = arena_new_of(a, struct p_room_entry);
    struct p_room *room = arena_new_of(a, struct p_room);
    struct p_read_marker *read = arena_new_of(a, struct p_read_marker);
    *room = view_room(&e->room);
    *read = view_read(&e->member);
    *v = (struct p_room_entry){.room = room,
        .role = (enum RoomRole)e->member.role,
        .joined_at = MS(e->member.joined_us),
        .read = read,
        .has_notify = e->member.notify != NOTIFY_LEVEL_ALL,
        .notify = (enum NotifyLevel)e->member.notify,
        .peer = e->peer.id ? view_user_in(a, &e->peer) : NULL};
    if (e->draft.text.n) {
        struct p_draft *draft = arena_new_of(a, struct p_draft);
        *draft = view_draft(&e->draft);
        v->draft = draft;
    }
    if (e->whisper.id) {
        struct p_whispers *whispers = arena_new_of(a, struct p_whispers);
        *whispers = (struct p_whispers){.count = e->member.whispers,
            .read = e->member.whispers_read,
            .last = view_whisper_in(a, &e->whisper),
            .with = view_user_in(a, &e->whisperer)};
        v->whispers = whispers;
    }
    v->mentioned = view_mentioned(a, e->mentioned, &v->mentioned_count);
    v->has_mentioned = v->mentioned_count > 0;
    v->gone = view_gone(a, e->gone, &v->gone_count);
    v->has_gone = v->gone_count > 0;
    if (e->last.message.id) {
        v->last = view_message(a, &e->last.message, e->last.subject.id ? &e->last.subject : NULL);
        v->last_user = view_user_in(a, &e->last.author);
    }
    return v;
}

struct p_session view_session(const struct session_row *s, id64 current) {
    return (struct p_session){.id = s->id,
        .kind = s->bearer ? STR("bearer") : STR("cookie"),
        .label = text_of(s->label),
        .address = text_of(s->address),
        .created_at = MS(s->created_us),
        .used_at = MS(s->used_us),
        .current = s->id == current};
}
