/* Commands (docs/protocol.md), from whatever transport: JSON in, an operation or a request to the
 * hub out. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "event/protocol.h"

static void read_send(struct decode *d, struct op *op) {
    struct str kind = decode_str_optional(d, "kind");
    enum MessageKind value = MESSAGE_KIND_TEXT;
    if (kind.p && (!message_kind_parse(kind, &value) || value == MESSAGE_KIND_NOTICE))
        decode_refuse(d, FAIL_FIELD_INVALID, "kind", "text or action is expected");
    op->in.message.room = decode_id(d, "room");
    op->in.message.client_id = decode_str(d, "client_id");
    op->in.message.text = decode_str(d, "text");
    op->in.message.kind = value;
    op->in.message.reply_to = decode_int_optional(d, "reply_to", 0);
}

static void read_about_message(struct decode *d, struct op *op, bool with_text) {
    op->in.message.room = decode_id(d, "room");
    op->in.message.message = decode_id(d, "message");
    if (with_text)
        op->in.message.text = decode_str(d, "text");
}

static void read_mark(struct decode *d, struct op *op) {
    op->in.mark.room = decode_id(d, "room");
    op->in.mark.message = decode_id(d, "message");
    if (op->kind == OP_REACT)
        op->in.mark.emoji = decode_str(d, "emoji");
    if (op->kind != OP_HIDE)
        op->in.mark.on = decode_bool_optional(d, "on", true);
}

int command_read_level(struct decode *d) {
    enum NotifyLevel level = NOTIFY_LEVEL_ALL;
    struct str text = decode_str(d, "level");
    if (text.p && !notify_level_parse(text, &level))
        decode_refuse(d, FAIL_FIELD_INVALID, "level", "all, mentions or nothing is expected");
    return (int)level;
}

void command_read_draft(struct decode *d, struct op *op) {
    op->in.own.text = decode_str(d, "text");
    op->in.own.reply_to = decode_int_optional(d, "reply_to", 0);
    op->in.own.age_ms = decode_int_optional(d, "age_ms", 0);
}

void command_read_hello(struct decode *d, struct command *c) {
    const json_t *rooms = decode_failed(d) ? NULL : json_object_get(d->root, "rooms");
    const char *key;
    json_t *value;
    c->epoch = decode_str_optional(d, "epoch");
    c->useq = decode_int_optional(d, "useq", 0);
    if (!rooms || json_is_null(rooms))
        return;
    if (!json_is_object(rooms) || json_object_size(rooms) > LIMIT_CURSORS) {
        decode_refuse(
            d, FAIL_FIELD_INVALID, "rooms", "a map of at most 10,000 rooms to numbers is expected");
        return;
    }
    struct op_cursor *cursors =
        arena_new_n(d->arena, struct op_cursor, json_object_size(rooms) + 1);
    json_object_foreach ((json_t *)rooms, key, value) {
        if (!id_parse(str_from(key), &cursors[c->n].room) || !json_is_integer(value)
            || json_integer_value(value) < 0) {
            decode_refuse(d, FAIL_FIELD_INVALID, "rooms", "a map of rooms to numbers is expected");
            return;
        }
        cursors[c->n++].seq = json_integer_value(value);
    }
    c->cursors = cursors;
}

static void read_whisper(struct decode *d, struct op *op) {
    op->in.message.room = decode_id(d, "room");
    if (op->kind == OP_WHISPER) {
        read_send(d, op);
        op->in.message.to = decode_id(d, "to");
        return;
    }
    op->in.message.message = decode_id(d, "whisper");
    if (op->kind == OP_WHISPER_EDIT)
        op->in.message.text = decode_str(d, "text");
}

static void read_passing(struct decode *d, struct op *op) {
    op->in.passing.room = decode_id(d, "room");
    op->in.passing.after = op->kind == OP_PASSING_ENTER ? decode_int_optional(d, "after", -1) : -1;
    if (op->kind == OP_PASSING_UNSAY)
        op->in.passing.seq = decode_int(d, "seq");
    if (op->kind == OP_PASSING_TURN_OUT)
        op->in.passing.user = decode_id(d, "user");
}

static enum op_kind op_kind_of(int kind) {
    switch (kind) {
    case COMMAND_SEND:
        return OP_MESSAGE_SEND;
    case COMMAND_EDIT:
        return OP_MESSAGE_EDIT;
    case COMMAND_DELETE:
        return OP_MESSAGE_DELETE;
    case COMMAND_REACT:
        return OP_REACT;
    case COMMAND_PIN:
        return OP_PIN;
    case COMMAND_STAR:
        return OP_STAR;
    case COMMAND_HIDE:
        return OP_HIDE;
    case COMMAND_READ:
        return OP_READ;
    case COMMAND_UNREAD:
        return OP_UNREAD;
    case COMMAND_DRAFT:
        return OP_DRAFT;
    case COMMAND_BLOCK:
        return OP_BLOCK;
    case COMMAND_NOTIFY:
        return OP_NOTIFY;
    case COMMAND_WHISPER:
        return OP_WHISPER;
    case COMMAND_WHISPER_EDIT:
        return OP_WHISPER_EDIT;
    case COMMAND_WHISPER_DELETE:
        return OP_WHISPER_DELETE;
    case COMMAND_WHISPERS_READ:
        return OP_WHISPERS_READ;
    case COMMAND_ENTER:
        return OP_PASSING_ENTER;
    case COMMAND_SAY:
        return OP_PASSING_SAY;
    case COMMAND_EXIT:
        return OP_PASSING_EXIT;
    case COMMAND_UNSAY:
        return OP_PASSING_UNSAY;
    case COMMAND_TURN_OUT:
        return OP_PASSING_TURN_OUT;
    default:
        return OP_KIND_COUNT;
    }
}

static void read_fields(struct decode *d, struct command *c) {
    switch (c->kind) {
    case COMMAND_HELLO:
        command_read_hello(d, c);
        break;
    case COMMAND_SEND:
    case COMMAND_SAY:
        read_send(d, c->op);
        break;
    case COMMAND_EDIT:
    case COMMAND_DELETE:
        read_about_message(d, c->op, c->kind == COMMAND_EDIT);
        break;
    case COMMAND_REACT:
    case COMMAND_PIN:
    case COMMAND_STAR:
    case COMMAND_HIDE:
        read_mark(d, c->op);
        break;
    case COMMAND_READ:
    case COMMAND_UNREAD:
        c->op->in.read.room = decode_id(d, "room");
        c->op->in.read.seq = decode_int(d, "seq");
        break;
    case COMMAND_BLOCK:
        c->op->in.block.user = decode_id(d, "user");
        c->op->in.block.on = decode_bool_optional(d, "on", true);
        break;
    case COMMAND_DRAFT:
        c->op->in.own.room = decode_id(d, "room");
        command_read_draft(d, c->op);
        break;
    case COMMAND_NOTIFY:
        c->op->in.own.room = decode_id(d, "room");
        c->op->in.own.level = command_read_level(d);
        break;
    case COMMAND_WHISPER:
    case COMMAND_WHISPER_EDIT:
    case COMMAND_WHISPER_DELETE:
        read_whisper(d, c->op);
        break;
    case COMMAND_WHISPERS_READ:
        c->op->in.read.room = decode_id(d, "room");
        c->op->in.read.seq = decode_int(d, "read");
        break;
    case COMMAND_ENTER:
    case COMMAND_EXIT:
    case COMMAND_UNSAY:
    case COMMAND_TURN_OUT:
        read_passing(d, c->op);
        break;
    case COMMAND_TYPING:
        c->room = decode_id(d, "room");
        c->active = decode_bool_optional(d, "active", true);
        break;
    case COMMAND_WATCH:
        c->users = decode_ids(d, "users", LIMIT_WATCH, &c->n);
        break;
    case COMMAND_ACTIVE:
        c->active = decode_bool(d, "active");
        break;
    default:
        break;
    }
}

void command_read(struct decode *d, struct command *ret_command) {
    struct command c = {0};
    enum command_kind kind;
    c.id = decode_str_optional(d, "id");
    if (c.id.n > LIMIT_CLIENT_ID_CHARS) {
        decode_refuse(d, FAIL_FIELD_INVALID, "id", "longer than 64 bytes");
        c.id = (struct str){0};
    }
    struct str type = decode_str(d, "type");
    if (!decode_failed(d) && !command_kind_parse(type, &kind))
        decode_refuse(d, FAIL_COMMAND_UNKNOWN, "type", NULL);
    if (!decode_failed(d)) {
        c.kind = (int)kind;
        enum op_kind op_kind = op_kind_of(c.kind);
        if (op_kind != OP_KIND_COUNT) {
            c.op = op_new(op_kind);
            /* The op outlives what was read: its strings go into its own arena. */
            d->into = c.op->arena;
        }
        read_fields(d, &c);
        if (decode_failed(d))
            op_free(&c.op);
    }
    *ret_command = c;
}

enum fail command_apply(struct hub_conn *conn, const struct command *command) {
    switch (command->kind) {
    case COMMAND_TYPING:
        return hub_typing(conn, command->room, command->active) ? FAIL_NONE : FAIL_NOT_FOUND;
    case COMMAND_WATCH:
        hub_watch(conn, command->users, command->n);
        return FAIL_NONE;
    case COMMAND_ACTIVE:
        hub_active(conn, command->active);
        return FAIL_NONE;
    default:
        return FAIL_NONE;
    }
}
