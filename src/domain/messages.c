/* Messages: send, page, edit, delete, and how far people have read. */
#include <string.h>

#include "base/limits.h"
#include "domain/lines.h"
#include "domain/lists.h"
#include "domain/mentions.h"
#include "domain/text.h"
#include "domain/view.h"

#define SEEN_MEMBERS                                                                             \
    500 /* in larger rooms, who has read what is noise: not told live, and only the furthest are \
           listed */

static void answer_line(
    struct run *r, const struct message_row *m, const struct user_row *subject) {
    ANSWER(r, p_message_put, view_message(r->op->arena, m, subject));
}

/* Seven statements: the fastest path there is. Access (with the author and the room's numbers), the
 * line, its place and its words in the search, the room's numbers, the author's read marker. The
 * marker needs no event: it follows from
 * the line for everyone who knows its author. */
/* What was sent first under this client_id said something else. What it said before it was edited
 * or deleted is not looked up: then it counts as the same. */
static bool is_another(const struct message_row *first, const struct message_row *m) {
    return !first->edited_us && !first->deleted_us && !str_eq(first->text, m->text);
}

void run_message_send(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    int kind = op->in.message.kind;
    if (kind != MESSAGE_KIND_TEXT && kind != MESSAGE_KIND_ACTION) {
        op_fail(op, FAIL_FIELD_INVALID, "kind", NULL);
        return;
    }
    if (!text_check_client_id(op, op->in.message.client_id)
        || !text_check_message(op, op->in.message.text)
        || !access_room(r, op->in.message.room, ACT_WRITE, &a))
        return;
    struct message_row m = {.kind = kind,
        .text = op->in.message.text,
        .client_id = op->in.message.client_id,
        .reply_to = op->in.message.reply_to,
        .notice = -1,
        .role = -1};
    if (m.reply_to) {
        struct message_row answered;
        if (!data_message_at(r->tx, a.room.id, m.reply_to, &answered) || answered.seq != m.reply_to
            || answered.kind == MESSAGE_KIND_NOTICE) {
            /* Unless it is a retry: what was accepted once stays accepted. */
            struct line_row first;
            if (!data_message_by_client(r->tx, a.user.id, m.client_id, &first)
                || first.message.room != a.room.id) {
                op_fail(op, FAIL_REPLY_INVALID, "reply_to", NULL);
                return;
            }
        }
    }
    struct str mentions = m.mentions = mentions_of(r, &a, m.text);
    if (!line_add(r, &a.room, &a.user, NULL, &m)) {
        struct line_row first;
        if (!data_message_by_client(r->tx, a.user.id, m.client_id, &first)
            || first.message.room != a.room.id || is_another(&first.message, &m)) {
            op_fail(op, FAIL_CLIENT_ID_REUSED, "client_id", NULL);
            return;
        }
        op->seq = first.message.seq;
        answer_line(r, &first.message, NULL);
        return;
    }
    m.mentions = (struct str){0};
    mentions_set(r, &m, mentions);
    data_member_set_read(r->tx, a.room.id, a.user.id, m.seq, m.ordinal);
    op->created = true;
    answer_line(r, &m, NULL);
}

bool line_find(struct run *r, id64 room, id64 message, enum act act, struct access_row *a,
    struct line_row *line) {
    if (!access_room(r, room, act, a))
        return false;
    if (data_message_get(r->tx, a->room.id, message, line))
        return true;
    struct heard_row heard;
    bool is_whisper =
        a->member.whispering && data_whisper_get(r->tx, a->room.id, a->user.id, message, &heard);
    op_fail(r->op, is_whisper ? FAIL_WHISPER_ONLY : FAIL_NOT_FOUND, NULL, NULL);
    return false;
}

static bool find_line(struct run *r, enum act act, struct access_row *a, struct line_row *line) {
    return line_find(r, r->op->in.message.room, r->op->in.message.message, act, a, line);
}

/* The line as its reader has it. */
static struct p_message *read_view(struct run *r, const struct line_row *l) {
    struct rows marks = {0};
    struct p_message *v =
        view_message(r->op->arena, &l->message, l->subject.id ? &l->subject : NULL);
    data_marks(r->tx, l->message.room, r->op->who.user, l->message.seq, l->message.seq, &marks);
    view_marks(r->op->arena, v, marks.p, marks.n);
    return v;
}

void run_message_get(struct run *r) {
    struct access_row a;
    struct line_row line;
    if (find_line(r, ACT_READ, &a, &line))
        ANSWER(r, p_message_put, read_view(r, &line));
}

void run_message_edits(struct run *r) {
    struct access_row a;
    struct line_row line;
    if (!find_line(r, ACT_READ, &a, &line))
        return;
    if (read_view(r, &line)->hidden) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    struct rows rows = {0};
    data_message_edits(r->tx, line.message.id, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++) {
        struct edit_row *e = (struct edit_row *)rows.p + i;
        p_edit_put(&j, &(struct p_edit){e->text, e->at_us / 1000});
    }
    list_close(r, &j, (struct str){0});
}

int64_t line_change(struct run *r, struct access_row *a, const struct message_row *m,
    enum change_kind kind, struct str emoji) {
    struct change_row c = {.seq = a->room.head + 1,
        .kind = kind,
        .target = m->seq,
        .actor = a->user.id,
        .at_us = tx_now_us(r->tx),
        .emoji = emoji};
    data_change_add(r->tx, a->room.id, &c);
    data_room_advance(r->tx, a->room.id, a->room.head, c.seq, a->room.count, a->room.last_seq);
    a->room.head = c.seq;
    return c.seq;
}

void run_message_edit(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    if (!text_check_message(op, op->in.message.text) || !find_line(r, ACT_WRITE, &a, &line))
        return;
    struct message_row *m = &line.message;
    if (m->author != op->who.user || m->kind == MESSAGE_KIND_NOTICE) {
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    if (m->deleted_us) {
        op_fail(op, FAIL_MESSAGE_DELETED, NULL, NULL);
        return;
    }
    if (!str_eq(m->text, op->in.message.text)) {
        int64_t now = tx_now_us(r->tx), seq = line_change(r, &a, m, CHANGE_EDIT, (struct str){0});
        struct str mentions = mentions_of(r, &a, op->in.message.text);
        data_message_edit(r->tx, m, seq, op->in.message.text, mentions, now, LIMIT_EDITS_KEPT);
        m->text = op->in.message.text;
        mentions_set(r, m, mentions);
        m->edited_us = now;
        size_t n;
        const struct p_mention *called = mentions_view(op->arena, m->mentions, &n);
        struct buf b = {0};
        struct json j = json_into(&b);
        pf_edit_put(&j,
            &(struct pf_edit){.room = a.room.id,
                .seq = seq,
                .target = m->seq,
                .actor = a.user.id,
                .text = m->text,
                .at = now / 1000,
                .has_mentions = m->mentions.n > 0,
                .mentions = called,
                .mentions_count = n});
        tell_room(r, a.room.id, seq, &b);
    }
    ANSWER(r, p_message_put, read_view(r, &line));
}

void run_message_delete(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    if (!find_line(r, ACT_UNSAY, &a, &line))
        return;
    struct message_row *m = &line.message;
    bool own = m->author == op->who.user;
    if (m->kind == MESSAGE_KIND_NOTICE
        || (!own && access_check(&a, ACT_DELETE_OTHERS) != FAIL_NONE)) {
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    if (!m->deleted_us)
        line_delete(r, &a, m);
}

void line_delete(struct run *r, struct access_row *a, const struct message_row *m) {
    int64_t now = tx_now_us(r->tx), seq = line_change(r, a, m, CHANGE_DELETE, (struct str){0});
    data_message_delete(r->tx, m, now);
    struct message_row gone = *m;
    mentions_set(r, &gone, (struct str){0});
    if (data_marks_clear(r->tx, a->room.id, m->seq))
        a->room.pins--;
    struct buf b = {0};
    struct json j = json_into(&b);
    pf_delete_put(&j,
        &(struct pf_delete){.room = a->room.id,
            .seq = seq,
            .target = m->seq,
            .actor = a->user.id,
            .at = now / 1000,
            .pins = a->room.pins});
    tell_room(r, a->room.id, seq, &b);
}

/* --- reading */

void run_read(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    if (!access_room(r, op->in.read.room, ACT_READ, &a))
        return;
    int64_t seq = op->in.read.seq < a.room.head ? op->in.read.seq : a.room.head;
    struct p_read_marker read = view_read(&a.member);
    if (seq > read.seq) {
        struct message_row line;
        read = (struct p_read_marker){.seq = seq, .ordinal = read.ordinal};
        if (seq == a.room.head)
            read.ordinal = a.room.count;
        else if (data_message_at(r->tx, a.room.id, seq, &line))
            read.ordinal = line.ordinal;
        data_member_set_read(r->tx, a.room.id, a.user.id, read.seq, read.ordinal);
        tell_read(r, a.user.id, a.room.id, &read);
        if (a.room.member_count <= SEEN_MEMBERS) {
            struct buf b = {0};
            struct json j = json_into(&b);
            pf_seen_put(&j, &(struct pf_seen){a.room.id, a.user.id, seq});
            tell_room(r, a.room.id, 0, &b);
        }
    }
    ANSWER(r, p_read_marker_put, &read);
}

/* The one way back. What others see of one's reading is not touched. */
void run_unread(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct message_row line;
    int64_t seq = op->in.read.seq;
    if (!access_room(r, op->in.read.room, ACT_READ, &a))
        return;
    if (!data_message_at(r->tx, a.room.id, seq, &line) || line.seq != seq) {
        op_fail(op, FAIL_NOT_FOUND, "seq", NULL);
        return;
    }
    if (line.kind == MESSAGE_KIND_NOTICE) {
        op_fail(op, FAIL_FORBIDDEN, "seq", "this is no message");
        return;
    }
    if (seq <= a.member.read_seq) {
        struct entry_row now = {.member = a.member};
        now.member.read_seq = seq - 1;
        now.member.read_ordinal = line.ordinal - 1;
        now.member.unread_head = a.room.head;
        data_member_set_unread(r->tx, &now);
        a.member = now.member;
        tell_unread(r, a.user.id, a.room.id, &now);
    }
    struct p_read_marker read = view_read(&a.member);
    ANSWER(r, p_read_marker_put, &read);
}

void run_seen_list(struct run *r) {
    struct access_row a;
    if (!access_room(r, r->op->in.id, ACT_READ, &a))
        return;
    struct rows rows = {0};
    data_seen_list(r->tx, a.room.id, SEEN_MEMBERS, &rows);
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (size_t i = 0; i < rows.n; i++) {
        struct seen_row *s = (struct seen_row *)rows.p + i;
        p_seen_put(&j, &(struct p_seen){s->user, s->seq});
    }
    list_close(r, &j, (struct str){0});
}
