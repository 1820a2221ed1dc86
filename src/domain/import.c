/* Imported histories: lines of others' making, with their own times, in the order given, each at
 * most once. */
#include "auth/token.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/core.h"
#include "domain/rooms.h"
#include "domain/sessions.h"
#include "domain/text.h"
#include "domain/view.h"

#define KEY_BYTES 16 /* of a digest: no two lines of any history meet */

void run_import_room(struct run *r) {
    struct op *op = r->op;
    struct room_row room = {
        .id = id_next(), .kind = ROOM_KIND_OPEN, .topic = STR(""), .created_us = tx_now_us(r->tx)};
    if (!text_check_room_name(op, op->in.import.room_name, &room.name))
        return;
    room_fill_names(op->arena, &room);
    struct room_row known;
    if (data_room_find_open(r->tx, room.name_key, &known))
        room = known;
    else if (data_room_add(r->tx, &room)) {
        /* It shall belong to somebody who answers for the server, and not to whoever finds it
         * first. */
        struct user_row owner;
        op->created = true;
        if (data_user_owner(r->tx, &owner)) {
            room_put_member(r, &room, owner.id, ROOM_ROLE_OWNER);
            room_tell_added(r, owner.id, room.id);
        }
    }
    op->imported.room = room.id;
    audit_add(r, AUDIT_ACT_HISTORY_IMPORTED, NULL, &room, NULL, 0);
    struct p_room view = view_room(&room);
    ANSWER(r, p_room_put, &view);
}

/* The imported person of this handle, made if need be. Handles of a foreign history never meet
 * accounts of people who sign in: they get a mark that such names can't have. */
static bool person(struct run *r, struct str handle, struct user_row *ret) {
    struct op *op = r->op;
    struct str display = str_trim(text_cut(op->arena, handle, LIMIT_DISPLAY_NAME_CHARS)), hash;
    if (!display.n)
        display = STR("?");
    struct str name = arena_printf(op->arena, "~%.*s", STR_ARG(display));
    if (data_user_by_name(r->tx, name, ret, &hash))
        return true;
    *ret = (struct user_row){.id = id_next(),
        .name = name,
        .display_name = display,
        .kind = USER_KIND_IMPORTED,
        .role = SERVER_ROLE_MEMBER,
        .created_us = tx_now_us(r->tx)};
    user_fill_names(op->arena, ret);
    op->imported.users++;
    return data_user_add(r->tx, ret, (struct str){0});
}

static bool good(struct op *op, const struct import_line *l) {
    bool kinds = l->kind >= 0 && l->kind < MESSAGE_KIND_COUNT
        && (l->kind != MESSAGE_KIND_NOTICE || (l->notice >= 0 && l->notice < NOTICE_KIND_COUNT));
    if (!kinds || !l->author.n || !l->key.n || l->at_us <= 0)
        op_fail(op, FAIL_FIELD_INVALID, "lines", "line with key %.*s", STR_ARG(l->key));
    else if (!utf8_valid(l->text) || !utf8_valid(l->author)
        || (l->subject.n && !utf8_valid(l->subject)))
        op_fail(op, FAIL_TEXT_INVALID, "lines", "line with key %.*s is not UTF-8", STR_ARG(l->key));
    return op->fail == FAIL_NONE;
}

static void add_line(struct run *r, struct room_row *room, const struct import_line *l) {
    unsigned char key[KEY_BYTES];
    struct user_row author, subject;
    token_digest(l->key, key, sizeof key);
    if (!data_import_key_add(r->tx, room->id, str_make((char *)key, sizeof key))) {
        r->op->imported.skipped++;
        return;
    }
    if (!person(r, l->author, &author) || (l->subject.n && !person(r, l->subject, &subject)))
        return;
    bool notice = l->kind == MESSAGE_KIND_NOTICE;
    bool topic = notice && (l->notice == NOTICE_KIND_DESCRIBED || l->notice == NOTICE_KIND_RENAMED);
    struct message_row m = {.kind = l->kind,
        .text = topic || !l->text.p ? STR("") : l->text,
        .at_us = l->at_us,
        .notice = notice ? l->notice : -1,
        .role = -1,
        .value = topic ? l->text : (struct str){0}};
    line_add(r, room, &author, l->subject.n ? &subject : NULL, &m);
    r->op->imported.added++;
}

/* To whoever runs the server an old history is no news, unless there was something new for them
 * already. */
static void owner_has_read(struct run *r, const struct room_row *room, int64_t head) {
    struct user_row owner;
    struct member_row member;
    if (!data_user_owner(r->tx, &owner)
        || !data_member_get(r->tx, room->id, owner.id, &member, &owner) || member.read_seq < head)
        return;
    struct p_read_marker read = {.seq = room->head, .ordinal = room->count};
    data_member_set_read(r->tx, room->id, owner.id, read.seq, read.ordinal);
    tell_read(r, owner.id, room->id, &read);
}

void run_import_lines(struct run *r) {
    struct op *op = r->op;
    struct room_row room;
    if (!data_room_get(r->tx, op->in.import.room, &room) || room.kind != ROOM_KIND_OPEN) {
        op_fail(op, FAIL_NOT_FOUND, "room", NULL);
        return;
    }
    op->imported.room = room.id;
    for (size_t i = 0; i < op->in.import.line_count; i++)
        if (!good(op, &op->in.import.lines[i]))
            return;
    int64_t head = room.head;
    for (size_t i = 0; i < op->in.import.line_count && !tx_error(r->tx); i++)
        add_line(r, &room, &op->in.import.lines[i]);
    if (room.head > head)
        owner_has_read(r, &room, head);
}
