/* All that the server keeps, or one room of it, as lines of JSON: docs/export.md has the format.
 *
 * It is read in one transaction, so it is one moment of the server, however long it takes and
 * whatever is written meanwhile; and a page at a time, each with an arena of its own, so that the
 * largest history takes no more memory than the smallest. What lets somebody in (passwords,
 * sessions, links) never leaves; what was said to two alone (private conversations, whispers)
 * leaves only with the whole. */
#include <sodium.h>

#include "base/limits.h"
#include "domain/access.h"
#include "domain/core.h"
#include "store/data_export.h"

#define FORMAT 1
#define PAGE 200

enum counted {
    ACCOUNTS,
    ROOMS,
    MEMBERS,
    MESSAGES,
    EDITS,
    REACTIONS,
    PINS,
    WHISPERS,
    PICTURES,
    COUNTED
};
static const char *const counted_names[COUNTED] = {"accounts", "rooms", "members", "messages",
    "edits", "reactions", "pins", "whispers", "pictures"};

struct export {
    struct run *r;
    const struct room_row *only; /* NULL: the whole server */
    const struct room_row *room; /* whose lines are read */
    struct buf line;
    struct json j;
    int64_t counts[COUNTED];
    bool stopped; /* nobody takes it any more */
};

/* --- one line */

static void begin(struct export *e, const char *type) {
    buf_clear(&e->line);
    e->j = json_into(&e->line);
    json_obj_open(&e->j);
    json_key(&e->j, STR("type"));
    json_str(&e->j, str_from(type));
}

static void end(struct export *e) {
    const struct op *op = e->r->op;
    json_obj_close(&e->j);
    buf_add_char(&e->line, '\n');
    if (!e->stopped)
        e->stopped = !op->in.export.write(op->in.export.arg, buf_str(&e->line));
}

/* What is not there is left out. */
static void put_text(struct export *e, const char *key, struct str value) {
    if (!value.p)
        return;
    json_key(&e->j, str_from(key));
    json_str(&e->j, value);
}

static void put_number(struct export *e, const char *key, int64_t value) {
    json_key(&e->j, str_from(key));
    json_int(&e->j, value);
}

static void put_time(struct export *e, const char *key, int64_t us) {
    if (us)
        put_number(e, key, us / 1000);
}

static void put_id(struct export *e, const char *key, id64 id) {
    if (!id)
        return;
    json_key(&e->j, str_from(key));
    json_id(&e->j, id);
}

static void put_true(struct export *e, const char *key, bool is) {
    if (!is)
        return;
    json_key(&e->j, str_from(key));
    json_bool(&e->j, true);
}

static struct str unless_empty(struct str s) {
    return s.n ? s : (struct str){0};
}

/* The largest square. */
static void put_picture(struct export *e, const char *of, id64 owner) {
    struct str data;
    if (!data_picture_get(e->r->tx, owner, PICTURE_LARGE, &data))
        return;
    size_t n = sodium_base64_encoded_len(data.n, sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(tx_arena(e->r->tx), n);
    sodium_bin2base64(
        text, n, (const unsigned char *)data.p, data.n, sodium_base64_VARIANT_ORIGINAL);
    begin(e, "picture");
    put_text(e, "of", str_from(of));
    put_id(e, "id", owner);
    put_number(e, "side", PICTURE_LARGE);
    put_text(e, "media", STR("image/webp"));
    put_text(e, "data", str_from(text));
    end(e);
    e->counts[PICTURES]++;
}

/* --- page after page: each returns how many it found, and moves `after` on */

typedef size_t (*page_fn)(struct export *e, int64_t *after);

static void walk(struct export *e, page_fn page) {
    int64_t after = 0;
    bool more = true;
    while (more && !e->stopped) {
        struct arena *own = arena_new(), *before = tx_use_arena(e->r->tx, own);
        more = page(e, &after) == PAGE;
        tx_use_arena(e->r->tx, before);
        arena_free(&own);
    }
}

static void put_account(struct export *e, const struct export_user *x) {
    const struct user_row *u = &x->user;
    begin(e, "account");
    put_id(e, "id", u->id);
    put_text(e, "name", u->name);
    put_text(e, "display_name", u->display_name);
    put_text(e, "kind", user_kind_name((enum UserKind)u->kind));
    if (!e->only) {
        put_text(e, "role", server_role_name((enum ServerRole)u->role));
        put_true(e, "disabled", u->disabled);
        put_time(e, "created_at", u->created_us);
        put_time(e, "last_seen_at", u->last_seen_us);
        put_text(e, "about", unless_empty(x->profile.about));
        put_text(e, "email", unless_empty(x->profile.email));
        put_true(e, "email_visible", x->profile.email_visible);
        put_text(e, "status_emoji", u->status_emoji);
        put_text(e, "status_text", u->status_text);
        put_time(e, "status_until", u->status_until_us);
    }
    end(e);
    e->counts[ACCOUNTS]++;
    if (!e->only && u->picture.p)
        put_picture(e, "account", u->id);
}

static size_t accounts(struct export *e, int64_t *after) {
    struct rows rows = {0};
    if (e->only)
        data_export_users_of(e->r->tx, e->only->id, *after, PAGE, &rows);
    else
        data_export_users(e->r->tx, *after, PAGE, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct export_user *x = (const struct export_user *)rows.p + i;
        put_account(e, x);
        *after = x->user.id;
    }
    return rows.n;
}

static size_t members(struct export *e, int64_t *after) {
    struct rows rows = {0};
    data_export_members(e->r->tx, e->room->id, *after, PAGE, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct member_row *m = (const struct member_row *)rows.p + i;
        begin(e, "member");
        put_id(e, "room", m->room);
        put_id(e, "user", m->user);
        put_text(e, "role", room_role_name((enum RoomRole)m->role));
        put_time(e, "joined_at", m->joined_us);
        end(e);
        e->counts[MEMBERS]++;
        *after = m->user;
    }
    return rows.n;
}

/* --- messages */

static void put_notice(struct export *e, const struct message_row *m) {
    if (m->notice < 0)
        return;
    json_key(&e->j, STR("notice"));
    json_obj_open(&e->j);
    put_text(e, "kind", notice_kind_name((enum NoticeKind)m->notice));
    put_id(e, "subject", m->subject);
    put_text(e, "value", m->value);
    if (m->role >= 0)
        put_text(e, "role", room_role_name((enum RoomRole)m->role));
    json_obj_close(&e->j);
}

static void put_edits(struct export *e, const struct message_row *m) {
    struct rows rows = {0};
    if (!m->edited_us)
        return;
    data_message_edits(e->r->tx, m->id, &rows);
    json_key(&e->j, STR("edits"));
    json_arr_open(&e->j);
    for (size_t i = 0; i < rows.n; i++) {
        const struct edit_row *edit = (const struct edit_row *)rows.p + i;
        json_obj_open(&e->j);
        put_text(e, "text", edit->text);
        put_time(e, "at", edit->at_us);
        json_obj_close(&e->j);
        e->counts[EDITS]++;
    }
    json_arr_close(&e->j);
}

/* Takes what stands on the line at `seq` off the front of `marks`. */
static struct rows take_marks(struct rows *marks, int64_t seq) {
    const struct export_mark *mark = marks->p;
    struct rows taken = {.p = marks->p};
    while (taken.n < marks->n && mark[taken.n].target == seq)
        taken.n++;
    if (taken.n) /* without any there is no array at all */
        marks->p = (struct export_mark *)marks->p + taken.n;
    marks->n -= taken.n;
    return taken;
}

static void put_mark(struct export *e, const struct export_mark *mark) {
    json_obj_open(&e->j);
    put_text(e, "emoji", mark->emoji);
    put_id(e, "user", mark->user);
    put_time(e, "at", mark->at_us);
    json_obj_close(&e->j);
}

static void put_marks(struct export *e, int64_t seq, struct rows *reactions, struct rows *pins) {
    struct rows on = take_marks(reactions, seq), pin = take_marks(pins, seq);
    if (on.n) {
        json_key(&e->j, STR("reactions"));
        json_arr_open(&e->j);
        for (size_t i = 0; i < on.n; i++)
            put_mark(e, (const struct export_mark *)on.p + i);
        json_arr_close(&e->j);
    }
    if (pin.n) {
        json_key(&e->j, STR("pinned"));
        put_mark(e, pin.p);
    }
    e->counts[REACTIONS] += (int64_t)on.n;
    e->counts[PINS] += (int64_t)pin.n;
}

static size_t messages(struct export *e, int64_t *after) {
    struct rows rows = {0}, reactions = {0}, pins = {0};
    struct tx *tx = e->r->tx;
    id64 room = e->room->id;
    data_lines(tx, room, *after + 1, e->room->head, true, PAGE, &rows);
    const struct line_row *line = rows.p;
    if (rows.n) {
        data_export_reactions(tx, room, *after + 1, line[rows.n - 1].message.seq, &reactions);
        data_export_pins(tx, room, *after + 1, line[rows.n - 1].message.seq, &pins);
    }
    for (size_t i = 0; i < rows.n; i++) {
        const struct message_row *m = &line[i].message;
        begin(e, "message");
        put_id(e, "room", m->room);
        put_id(e, "id", m->id);
        put_number(e, "seq", m->seq);
        put_text(e, "kind", message_kind_name((enum MessageKind)m->kind));
        put_id(e, "author", m->author);
        put_time(e, "at", m->at_us);
        put_text(e, "text", m->text);
        if (m->reply_to)
            put_number(e, "reply_to", m->reply_to);
        put_time(e, "edited_at", m->edited_us);
        put_time(e, "deleted_at", m->deleted_us);
        if (m->deleted_us && !e->only)
            put_text(e, "removed", data_removal(tx, room, m->seq));
        put_notice(e, m);
        put_edits(e, m);
        put_marks(e, m->seq, &reactions, &pins);
        end(e);
        e->counts[MESSAGES]++;
        *after = m->seq;
    }
    return rows.n;
}

/* --- rooms */

static void put_room(struct export *e, const struct room_row *room) {
    begin(e, "room");
    put_id(e, "id", room->id);
    put_text(e, "kind", room_kind_name((enum RoomKind)room->kind));
    if (room->kind != ROOM_KIND_DIRECT) {
        put_text(e, "name", room->name);
        put_text(e, "topic", unless_empty(room->topic));
    }
    put_time(e, "created_at", room->created_us);
    put_id(e, "created_by", room->created_by);
    put_true(e, "archived", room->archived);
    put_number(e, "head", room->head);
    end(e);
    e->counts[ROOMS]++;
    if (room->picture.p)
        put_picture(e, "room", room->id);
    e->room = room;
    walk(e, members);
    walk(e, messages);
}

static size_t rooms(struct export *e, int64_t *after) {
    struct rows rows = {0};
    data_export_rooms(e->r->tx, *after, PAGE, &rows);
    for (size_t i = 0; i < rows.n && !e->stopped; i++) {
        const struct room_row *room = (const struct room_row *)rows.p + i;
        put_room(e, room);
        *after = room->id;
    }
    return rows.n;
}

static size_t whispers(struct export *e, int64_t *after) {
    struct rows rows = {0};
    data_export_whispers(e->r->tx, *after, PAGE, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct whisper_row *w = (const struct whisper_row *)rows.p + i;
        begin(e, "whisper");
        put_id(e, "room", w->room);
        put_id(e, "id", w->id);
        put_number(e, "after", w->place);
        put_text(e, "kind", message_kind_name((enum MessageKind)w->kind));
        put_id(e, "author", w->author);
        put_id(e, "to", w->peer);
        put_time(e, "at", w->at_us);
        put_text(e, "text", w->text);
        put_time(e, "edited_at", w->edited_us);
        put_time(e, "deleted_at", w->deleted_us);
        end(e);
        e->counts[WHISPERS]++;
        *after = w->id;
    }
    return rows.n;
}

/* --- the whole */

static void put_head(struct export *e) {
    struct run *r = e->r;
    struct p_settings settings = settings_read(r->domain, r->tx, r->op->arena);
    begin(e, "export");
    put_number(e, "format", FORMAT);
    put_text(e, "version", r->domain->config.version);
    put_text(e, "server", settings.name);
    put_text(e, "epoch", data_epoch(r->tx));
    put_time(e, "at", tx_now_us(r->tx));
    put_id(e, "room", e->only ? e->only->id : 0);
    end(e);
    if (!e->only && settings.picture.p)
        put_picture(e, "server", 0);
}

/* Whoever reads it knows by this line that nothing is missing. */
static void put_end(struct export *e) {
    begin(e, "end");
    for (int i = 0; i < COUNTED; i++)
        put_number(e, counted_names[i], e->counts[i]);
    end(e);
}

void run_export(struct run *r) {
    struct op *op = r->op;
    struct room_row room;
    struct export e = {.r = r};
    if (!access_server(r))
        return;
    if (op->in.export.handle.p) {
        if (!access_shared_room(r, 0, op->in.export.handle, &room))
            return;
        e.only = &room;
    }
    put_head(&e);
    walk(&e, accounts);
    if (e.only) {
        put_room(&e, e.only);
    } else {
        walk(&e, rooms);
        walk(&e, whispers);
    }
    /* After an error of the database everything looks empty: that is no end. */
    if (tx_error(r->tx) == 0)
        put_end(&e);
    if (e.stopped)
        op_fail(op, FAIL_UNAVAILABLE, NULL, NULL);
    op->out = blob_new(str_trim(buf_str(&e.line)));
    buf_fini(&e.line);
}
