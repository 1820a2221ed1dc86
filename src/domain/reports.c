/* Reports: somebody who may read a message shows it to the server's administrators, who might not.
 * What is shown is that one message, as it stood then, with the reason; of where it stands the
 * name, but of a private conversation not even that. So may whoever was whispered to show it. The
 * text is kept with the report until that is settled: else whoever wrote it could empty what they
 * answer for. */
#include "base/limits.h"
#include "base/map.h"
#include "domain/audit.h"
#include "domain/lines.h"
#include "domain/lists.h"
#include "domain/text.h"
#include "domain/view.h"
#include "store/data_admin.h"

/* What somebody else said in this room and has not taken back. Once per reporter: what they have
 * reported before is left as it is. */
static void add(
    struct run *r, const struct access_row *a, bool deleted, struct report_row *report) {
    const struct user_row *reporter = &a->user;
    if (report->author.id == reporter->id) {
        op_fail(r->op, FAIL_FORBIDDEN, NULL, NULL);
        return;
    }
    if (deleted) {
        op_fail(r->op, FAIL_MESSAGE_DELETED, NULL, NULL);
        return;
    }
    if (!rate_take(
            r, r->domain->reports, str_make((const char *)&reporter->id, sizeof reporter->id)))
        return;
    report->id = id_next();
    report->room = a->room;
    report->reporter = *reporter;
    report->at_us = tx_now_us(r->tx);
    if (!report->text.p)
        report->text = STR("");
    if (data_report_add(r->tx, report))
        tell_reports(r);
}

void run_report(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct line_row line;
    struct str reason;
    if (!text_check_reason(op, op->in.report.reason, &reason)
        || !line_find(r, op->in.report.room, op->in.report.message, ACT_READ, &a, &line))
        return;
    const struct message_row *m = &line.message;
    if (m->kind == MESSAGE_KIND_NOTICE)
        op_fail(op, FAIL_FORBIDDEN, NULL, NULL);
    else
        add(r, &a, m->deleted_us != 0,
            &(struct report_row){.message = m->id,
                .author = line.author,
                .said_us = m->at_us,
                .text = m->text,
                .reason = reason});
}

void run_whisper_report(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct heard_row heard;
    struct str reason;
    if (!text_check_reason(op, op->in.report.reason, &reason)
        || !whisper_find(r, op->in.report.room, op->in.report.message, ACT_READ, &a, &heard))
        return;
    const struct whisper_row *w = &heard.whisper;
    add(r, &a, w->deleted_us != 0,
        &(struct report_row){.message = w->id,
            .whisper = true,
            .author = heard.author,
            .said_us = w->at_us,
            .text = w->text,
            .reason = reason});
}

static bool is_named(const struct room_row *room) {
    return room->id && room->kind != ROOM_KIND_DIRECT;
}

/* `reads`: whoever asks is in there, too, and has all that is told of it. */
static void put_report(struct run *r, struct json *j, const struct report_row *x, bool reads) {
    struct p_user by = view_user(&x->reporter), author = view_user(&x->author);
    struct p_room room = view_room(&x->room);
    bool named = is_named(&x->room);
    p_report_put(j,
        &(struct p_report){.id = x->id,
            .at = x->at_us / 1000,
            .by = &by,
            .reason = x->reason,
            .room = named || reads ? &room : NULL,
            .room_deleted = !x->room.id,
            .author = &author,
            .message = x->message,
            .whisper = x->whisper,
            .has_seq = x->seq && reads,
            .seq = x->seq,
            .said_at = x->said_us / 1000,
            .text = x->text,
            .edited = x->edited && !x->deleted,
            .deleted = x->deleted,
            .removable =
                named && !x->whisper && !x->deleted && access_removes(&r->user, &x->author)});
}

void run_manage_reports(struct run *r) {
    struct op *op = r->op;
    id64 before = INT64_MAX;
    if (!access_server(r))
        return;
    if (op->in.manage.cursor.p && !id_parse(op->in.manage.cursor, &before)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return;
    }
    int limit = list_limit(op->in.manage.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0}, rooms = {0};
    struct map readable = {0};
    access_readable(r, &rooms);
    for (size_t i = 0; i < rooms.n; i++)
        map_put(&readable, (uint64_t)((struct room_row *)rooms.p)[i].id, rooms.p);
    data_reports(r->tx, before, limit + 1, &rows);
    const struct report_row *x = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++)
        put_report(
            r, &j, &x[i], x[i].room.id && map_get(&readable, (uint64_t)x[i].room.id) != NULL);
    map_fini(&readable);
    if ((int)rows.n > limit)
        next = list_id_cursor(op->arena, x[limit - 1].id);
    list_close(r, &j, next);
}

/* All that were made of the same message: they are one question. */
void run_manage_report_settle(struct run *r) {
    struct report_row x;
    if (!access_server(r))
        return;
    if (!data_report_get(r->tx, r->op->in.manage.report, &x)) {
        op_fail(r->op, FAIL_NOT_FOUND, NULL, NULL);
        return;
    }
    data_reports_remove(r->tx, x.message);
    tell_reports(r);
    audit_add_one(r, AUDIT_ACT_REPORT_SETTLED, &x.author, is_named(&x.room) ? &x.room : NULL,
        "reason", (struct str){0}, x.reason);
}
