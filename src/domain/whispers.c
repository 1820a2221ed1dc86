/* Whispers: what one member of a room says to another, for the two of them alone.
 *
 * The room's sequence knows nothing of them (law 2): no number, no count, no last line, nobody's
 * read marker moves, and nothing is told to the room. A whisper has a place, the room's head when
 * it was said, and is numbered in the own sequences of the two who may know. Everybody else, the
 * room's owner and the server's included, gets the same answers after the same statements as if
 * there were none. But whoever heard it may show it to the server's administrators (reports.c).
 *
 * It ends with the membership of either: who has left can neither read nor be told of it, and to
 * whom has left nothing can be said. Who comes back finds what was said to them before, as they
 * find the room's timeline. */
#include "domain/lines.h"
#include "domain/text.h"
#include "domain/view.h"

static void answer(struct run *r, const struct whisper_row *w) {
    struct p_whisper view = view_whisper(w);
    ANSWER(r, p_whisper_put, &view);
}

/* What was accepted once stays accepted: is this a retry? */
static bool answer_first(struct run *r) {
    const struct op *op = r->op;
    struct heard_row first;
    if (!data_whisper_by_client(r->tx, op->who.user, op->in.message.client_id, &first)
        || first.whisper.room != op->in.message.room || first.whisper.peer != op->in.message.to)
        return false;
    answer(r, &first.whisper);
    return true;
}

void run_whisper(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct member_row peer;
    struct heard_row heard = {0};
    int kind = op->in.message.kind;
    if (kind != MESSAGE_KIND_TEXT && kind != MESSAGE_KIND_ACTION) {
        op_fail(op, FAIL_FIELD_INVALID, "kind", NULL);
        return;
    }
    if (!text_check_client_id(op, op->in.message.client_id)
        || !text_check_message(op, op->in.message.text)
        || !access_room(r, op->in.message.room, ACT_WHISPER, &a))
        return;
    if (op->in.message.to == op->who.user) {
        op_fail(op, FAIL_FIELD_INVALID, "to", "a whisper is for somebody else");
        return;
    }
    if (!data_member_get(r->tx, a.room.id, op->in.message.to, &peer, &heard.peer)) {
        if (!answer_first(r))
            op_fail(op, FAIL_WHISPER_ALONE, "to", NULL);
        return;
    }
    /* Most people have blocked nobody: then nothing need be looked up. */
    if (a.user.blocks + heard.peer.blocks > 0 && data_is_apart(r->tx, a.user.id, heard.peer.id)) {
        op_fail(op, FAIL_WRITE_REFUSED, "to", NULL);
        return;
    }
    heard.author = a.user;
    heard.whisper = (struct whisper_row){.id = id_next(),
        .room = a.room.id,
        .place = a.room.head,
        .ordinal = peer.whispers + 1,
        .kind = kind,
        .author = a.user.id,
        .peer = heard.peer.id,
        .at_us = tx_now_us(r->tx),
        .text = op->in.message.text,
        .client_id = op->in.message.client_id};
    if (!data_whisper_add(r->tx, &heard.whisper)) {
        if (!answer_first(r))
            op_fail(op, FAIL_CLIENT_ID_REUSED, "client_id", NULL);
        return;
    }
    tell_whisper(r, heard.author.id, &heard);
    tell_whisper(r, heard.peer.id, &heard);
    op->created = true;
    answer(r, &heard.whisper);
}

bool whisper_find(struct run *r, id64 room, id64 whisper, enum act act, struct access_row *a,
    struct heard_row *heard) {
    if (!access_room(r, room, act, a))
        return false;
    if (data_whisper_get(r->tx, a->room.id, a->user.id, whisper, heard))
        return true;
    op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
    return false;
}

static bool find(struct run *r, enum act act, struct heard_row *heard) {
    struct access_row a;
    return whisper_find(r, r->op->in.message.room, r->op->in.message.message, act, &a, heard);
}

void run_whisper_get(struct run *r) {
    struct heard_row heard;
    if (find(r, ACT_READ, &heard))
        answer(r, &heard.whisper);
}

/* To both, but to the other one only while they are in the room. */
static void tell_both(struct run *r, const struct heard_row *heard) {
    struct member_row peer;
    tell_whisper(r, heard->author.id, heard);
    if (data_member_get(r->tx, heard->whisper.room, heard->peer.id, &peer, NULL))
        tell_whisper(r, heard->peer.id, heard);
}

static bool find_own(struct run *r, struct heard_row *heard) {
    if (!find(r, ACT_WHISPER, heard))
        return false;
    if (heard->whisper.author != r->op->who.user)
        op_fail(r->op, FAIL_FORBIDDEN, NULL, NULL);
    return r->op->fail == FAIL_NONE;
}

void run_whisper_edit(struct run *r) {
    struct op *op = r->op;
    struct heard_row heard;
    if (!text_check_message(op, op->in.message.text) || !find_own(r, &heard))
        return;
    struct whisper_row *w = &heard.whisper;
    if (w->deleted_us) {
        op_fail(op, FAIL_MESSAGE_DELETED, NULL, NULL);
        return;
    }
    if (!str_eq(w->text, op->in.message.text)) {
        w->text = op->in.message.text;
        w->edited_us = tx_now_us(r->tx);
        data_whisper_edit(r->tx, w->id, w->text, w->edited_us);
        tell_both(r, &heard);
    }
    answer(r, w);
}

void run_whisper_delete(struct run *r) {
    struct heard_row heard;
    if (!find_own(r, &heard) || heard.whisper.deleted_us)
        return;
    heard.whisper.text = STR("");
    heard.whisper.deleted_us = tx_now_us(r->tx);
    data_whisper_delete(r->tx, heard.whisper.id, heard.whisper.deleted_us);
    tell_both(r, &heard);
}

void run_whispers_read(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    if (!access_room(r, op->in.read.room, ACT_READ, &a))
        return;
    int64_t read = op->in.read.seq < a.member.whispers ? op->in.read.seq : a.member.whispers;
    if (read <= a.member.whispers_read)
        return;
    data_whispers_set_read(r->tx, a.room.id, a.user.id, read);
    tell_whispers_read(r, a.user.id, a.room.id, read);
}
