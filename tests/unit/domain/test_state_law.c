/* The state law: for every command, what a client has plus the frames it gets is what it would be
 * given afresh. Over scripted commands, which are also recorded for the TypeScript client
 * (tests/fixtures/state_law), and over a long row of random ones, live and by resuming from any
 * earlier point.
 *
 * test_state_law --record writes the fixtures; without, they are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/map.h"
#include "kit.h"
#include "model.h"
#include "whole.h"

#define PEOPLE 4
static const char *const names[PEOPLE] = {"ann", "ben", "cleo", "dora"};

struct client {
    id64 id;
    struct map rooms;  /* what the hub knows of them */
    json_t *state;     /* model of a connection that is always there */
    json_t *frames;    /* since `before` */
    json_t *before;    /* {"ready", "pages"} */
    json_t *old_state; /* where a connection that was away stopped */
};

static struct {
    struct kit kit;
    struct client people[PEOPLE];
    char epoch[64];
    bool record;
    int page; /* how long pages are */
} w;

static json_t *pages_of(id64 user, id64 room) {
    json_t *pages = json_array();
    int64_t before = -1;
    id64 whisper = 0;
    for (bool more = true; more;) {
        json_t *page;
        if (kit_page_from(&w.kit, user, room, false, before, whisper, w.page, &page) != FAIL_NONE)
            break;
        json_array_insert_new(pages, 0, page);
        more = json_is_true(json_object_get(page, "has_before"));
        json_t *line = json_array_get(json_object_get(page, "messages"), 0),
               *heard = json_array_get(json_object_get(page, "whispers"), 0);
        bool heard_first = heard && (!line || kit_int(heard, "place") < kit_int(line, "seq"));
        if (more && heard_first) {
            before = kit_int(heard, "place");
            whisper = kit_id(heard, "id");
        } else if (more) {
            before = kit_int(line, "seq");
            whisper = 0;
        }
    }
    return pages;
}

/* {"ready", "pages"}: all that there is for this person. */
static json_t *snapshot(id64 user) {
    json_t *frames = kit_sync(&w.kit, user, NULL, 0, NULL, 0), *ready = json_array_get(frames, 0),
           *pages = json_array(), *entry;
    size_t i;
    json_array_foreach (json_object_get(ready, "rooms"), i, entry) {
        json_t *some = pages_of(user, kit_id(json_object_get(entry, "room"), "id"));
        json_array_extend(pages, some);
        json_decref(some);
    }
    json_t *all = json_pack("{s:O, s:o}", "ready", ready, "pages", pages);
    json_decref(frames);
    return all;
}

static json_t *model_of(const json_t *snap) {
    return model_new(json_object_get(snap, "ready"), json_object_get(snap, "pages"));
}

static void apply_all(struct client *c, json_t *state, const json_t *frames) {
    json_t *fresh = json_array(), *x;
    size_t i;
    json_array_foreach (frames, i, x)
        if (!model_apply(state, x, fresh))
            fail_msg("out of order: %s", json_dumps(x, 0));
    json_array_foreach (fresh, i, x) {
        id64 room;
        assert_true(id_parse(str_from(json_string_value(x)), &room));
        json_t *pages = pages_of(c->id, room), *page;
        size_t k;
        if (json_object_get(json_object_get(state, "rooms"), json_string_value(x)))
            json_array_foreach (pages, k, page)
                model_add_page(state, page);
        json_decref(pages);
    }
    json_decref(fresh);
}

/* What the hub does: see store/commit.h. */
static void deliver(const struct event *e) {
    json_t *frame = e->json ? json_loadb(e->json->p, e->json->n, 0, NULL) : NULL;
    for (int i = 0; i < PEOPLE; i++) {
        struct client *c = &w.people[i];
        if (e->audience == EVENT_ROOM ? !map_get(&c->rooms, (uint64_t)e->target)
                                      : e->audience != EVENT_USER || e->target != c->id)
            continue;
        if (e->effect == EFFECT_JOIN)
            map_put(&c->rooms, (uint64_t)e->room, c);
        if (frame)
            json_array_append(c->frames, frame);
        if (e->effect == EFFECT_PART)
            map_remove(&c->rooms, (uint64_t)e->room);
    }
    json_decref(frame);
}

static void deliver_all(void) {
    for (size_t i = 0; i < w.kit.commit_count; i++)
        for (unsigned n = 0; n < w.kit.commits[i]->n; n++)
            deliver(&w.kit.commits[i]->events[n]);
    kit_forget(&w.kit);
}

static void assert_same(const char *what, const json_t *state, const json_t *snap) {
    json_t *fresh = model_of(snap), *a = model_comparable(state), *b = model_comparable(fresh);
    if (!json_equal(a, b)) {
        fprintf(stderr, "applied: %s\nafresh:  %s\n", json_dumps(a, JSON_SORT_KEYS),
            json_dumps(b, JSON_SORT_KEYS));
        fail_msg("%s: the state law is broken", what);
    }
    json_decref(fresh);
    json_decref(a);
    json_decref(b);
}

static json_t *resume(struct client *c, const json_t *state) {
    static struct op_cursor cursors[1000];
    size_t n = 0;
    const char *room;
    json_t *entry;
    json_object_foreach (json_object_get(state, "rooms"), room, entry) {
        assert_true(id_parse(str_from(room), &cursors[n].room));
        cursors[n++].seq = kit_int(json_object_get(entry, "room"), "head");
    }
    return kit_sync(&w.kit, c->id, w.epoch, kit_int(state, "useq"), cursors, n);
}

/* After a command: live frames, and resuming from `old_state`, lead to what is there now. */
static void check_law(const char *what, bool resuming) {
    deliver_all();
    for (int i = 0; i < PEOPLE; i++) {
        struct client *c = &w.people[i];
        json_t *snap = snapshot(c->id);
        apply_all(c, c->state, c->frames);
        assert_same(what, c->state, snap);
        json_array_clear(c->frames);
        if (resuming) {
            json_t *frames = resume(c, c->old_state);
            assert_true(json_is_true(json_object_get(json_array_get(frames, 0), "resumed")));
            apply_all(c, c->old_state, frames);
            assert_same("resumed", c->old_state, snap);
            json_decref(frames);
        }
        json_decref(snap);
    }
}

static int open_world(void **state) {
    (void)state;
    clock_freeze_us(INT64_C(1700000000000000));
    w.page = LIMIT_PAGE;
    kit_open(&w.kit);
    for (int i = 0; i < PEOPLE; i++) {
        struct client *c = &w.people[i];
        clock_advance_us(SECOND_US);
        *c = (struct client){.id = kit_person(&w.kit, names[i])};
        json_t *snap = snapshot(c->id);
        snprintf(w.epoch, sizeof w.epoch, "%s", kit_text(json_object_get(snap, "ready"), "epoch"));
        c->state = model_of(snap);
        c->old_state = model_of(snap);
        c->frames = json_array();
        json_decref(snap);
    }
    kit_forget(&w.kit);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    for (int i = 0; i < PEOPLE; i++) {
        map_fini(&w.people[i].rooms);
        json_decref(w.people[i].state);
        json_decref(w.people[i].old_state);
        json_decref(w.people[i].frames);
    }
    kit_close(&w.kit);
    clock_freeze_us(0);
    return 0;
}

/* --- recorded commands */

/* Ids and the epoch are drawn at random: in fixtures they are numbered as they appear. */
struct renaming {
    json_t *known;
    int count;
};

static json_t *renamed(struct renaming *r, const json_t *v);

static json_t *renamed_text(struct renaming *r, const char *text) {
    id64 id;
    bool is_epoch = strcmp(text, w.epoch) == 0;
    if (!is_epoch && !id_parse(str_from(text), &id))
        return json_string(text);
    json_t *known = json_object_get(r->known, text);
    if (!known) {
        char name[ID_TEXT + 1] = {0};
        id_put(++r->count, name);
        json_object_set_new(r->known, text, known = json_string(is_epoch ? "an epoch" : name));
    }
    return json_incref(known);
}

static json_t *renamed(struct renaming *r, const json_t *v) {
    const char *key;
    json_t *x, *out;
    size_t i;
    switch (json_typeof(v)) {
    case JSON_STRING:
        return renamed_text(r, json_string_value(v));
    case JSON_OBJECT:
        out = json_object();
        json_object_foreach ((json_t *)v, key, x)
            json_object_set_new(out, key, renamed(r, x));
        return out;
    case JSON_ARRAY:
        out = json_array();
        json_array_foreach (v, i, x)
            json_array_append_new(out, renamed(r, x));
        return out;
    default:
        return json_deep_copy(v);
    }
}

static void keep(const char *command, const char *who, json_t *fixture) {
    char path[512];
    struct renaming r = {.known = json_object()};
    json_t *plain = renamed(&r, fixture);
    snprintf(path, sizeof path, "%s/%s.%s.json", STATE_LAW_DIR, command, who);
    if (w.record)
        assert_int_equal(json_dump_file(plain, path, JSON_INDENT(1)), 0);
    else {
        json_t *known = json_load_file(path, 0, NULL);
        if (!known || !json_equal(known, plain))
            fail_msg("%s is not what this build makes; if that is meant, record it anew: "
                     "test_state_law --record",
                path);
        json_decref(known);
    }
    json_decref(plain);
    json_decref(r.known);
    json_decref(fixture);
}

static void begin(void) {
    deliver_all();
    for (int i = 0; i < PEOPLE; i++) {
        struct client *c = &w.people[i];
        json_array_clear(c->frames);
        c->before = snapshot(c->id);
        json_decref(c->state);
        c->state = model_of(c->before);
        json_decref(c->old_state);
        c->old_state = model_of(c->before);
    }
    clock_advance_us(SECOND_US);
}

static void end(const char *command) {
    deliver_all();
    for (int i = 0; i < PEOPLE; i++) {
        struct client *c = &w.people[i];
        json_t *after = snapshot(c->id);
        if (json_array_size(c->frames)) {
            char name[64];
            keep(command, names[i],
                json_pack("{s:o, s:O, s:O, s:O}", "user",
                    json_copy(json_object_get(
                        json_object_get(json_object_get(after, "ready"), "me"), "id")),
                    "before", c->before, "frames", c->frames, "after", after));
            snprintf(name, sizeof name, "%s-resumed", command);
            keep(name, names[i],
                json_pack("{s:o, s:O, s:o, s:O}", "user",
                    json_copy(json_object_get(
                        json_object_get(json_object_get(after, "ready"), "me"), "id")),
                    "before", c->before, "frames", resume(c, c->old_state), "after", after));
        }
        json_decref(after);
        json_decref(c->before);
    }
    check_law(command, true);
}

#define OK(x) assert_int_equal(x, FAIL_NONE)
#define RECORD(name, ...)                         \
    do {                                          \
        begin();                                  \
        assert_int_equal(__VA_ARGS__, FAIL_NONE); \
        end(name);                                \
    } while (0)

static id64 sent(id64 user, id64 room, const char *client_id, const char *text) {
    json_t *out;
    clock_advance_us(SECOND_US);
    assert_int_equal(kit_send(&w.kit, user, room, client_id, text, &out), FAIL_NONE);
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

static enum fail display_name(id64 user, const char *name) {
    struct op *op = kit_op(OP_ME_PATCH, user);
    op->in.profile.display_name = str_from(name);
    return kit_run(&w.kit, op, NULL);
}

static enum fail status(id64 user, const char *text) {
    struct op *op = kit_op(OP_STATUS_SET, user);
    op->in.profile.status_text = str_from(text);
    return kit_run(&w.kit, op, NULL);
}

/* `room` 0: one's own. */
static enum fail picture(id64 user, id64 room, const char *what) {
    struct op *op = kit_op(what ? OP_PICTURE_SET : OP_PICTURE_CLEAR, user);
    op->in.picture.of = room ? PICTURE_OF_ROOM : PICTURE_OF_PERSON;
    op->in.picture.owner = room;
    for (int i = 0; what && i < PICTURE_SIZES; i++)
        op->in.picture.data[i] = str_from(what);
    return kit_run(&w.kit, op, NULL);
}

/* By the server's owner; `text`: name or reason. */
static enum fail manage(
    enum op_kind kind, id64 user, id64 room, id64 message, const char *text, int archived) {
    struct op *op = kit_op(kind, user);
    op->in.manage.room = room;
    if (kind == OP_MANAGE_REMOVE)
        op->in.manage.message = message;
    else
        op->in.manage.owner = message; /* or 0 */
    op->in.manage.archived = archived;
    if (kind == OP_MANAGE_REMOVE)
        op->in.manage.reason = str_from(text);
    else if (text)
        op->in.manage.name = str_from(text);
    return kit_run(&w.kit, op, NULL);
}

static enum fail direct(id64 user, id64 other) {
    kit_direct(&w.kit, user, other);
    return FAIL_NONE;
}

static void every_command_is_lawful(void **state) {
    (void)state;
    struct kit *k = &w.kit;
    id64 ann = w.people[0].id, ben = w.people[1].id, cleo = w.people[2].id, dora = w.people[3].id,
         open, group, shed, first, second;
    RECORD("create-direct", direct(ann, ben));
    RECORD("create-notes", direct(ann, ann));
    RECORD("create-group",
        kit_room(k, ann, ROOM_KIND_GROUP, "Garden", (id64[]){ben, cleo}, 2, &group));
    RECORD("create-open", kit_room(k, ann, ROOM_KIND_OPEN, "Lobby", NULL, 0, &open));
    RECORD("join", kit_add(k, ben, open, ben));
    RECORD("add", kit_add(k, ann, group, dora));
    first = second = sent(ann, open, "m1", "Hello *there*");
    RECORD("send", kit_send(k, ben, open, "m2", "And hello to you", NULL));
    RECORD("retry", kit_send(k, ben, open, "m2", "And hello to you", NULL));
    struct op *reply = kit_op(OP_MESSAGE_SEND, ann);
    reply->in.message.room = open;
    reply->in.message.client_id = STR("m3");
    reply->in.message.text = STR("waves");
    reply->in.message.kind = MESSAGE_KIND_ACTION;
    reply->in.message.reply_to = 4;
    RECORD("reply", kit_run(k, reply, NULL));
    RECORD("edit", kit_edit(k, ann, open, first, "Hello **there**"));
    RECORD("read", kit_read(k, ben, open, 4));
    first = sent(ben, open, "m4", "to be edited and deleted");
    RECORD("edit-last", kit_edit(k, ben, open, first, "to be deleted"));
    RECORD("delete-last", kit_delete(k, ann, open, first));
    first = sent(ann, open, "m5", "worth a word");
    RECORD("react", kit_react(k, ben, open, first, "👍", true));
    RECORD("react-again", kit_react(k, ann, open, first, "👍", true));
    RECORD("react-other", kit_react(k, ann, open, first, "❤", true));
    RECORD("react-twice", kit_react(k, ann, open, first, "❤️", true));
    RECORD("unreact", kit_react(k, ben, open, first, "👍", false));
    RECORD("unreact-last", kit_react(k, ann, open, first, "👍", false));
    RECORD("pin", kit_mark(k, OP_PIN, ann, open, first, true));
    RECORD("star", kit_mark(k, OP_STAR, ben, open, first, true));
    RECORD("unstar", kit_mark(k, OP_STAR, ben, open, first, false));
    OK(kit_mark(k, OP_STAR, ann, open, first, true));
    RECORD("hide-last", kit_mark(k, OP_HIDE, ben, open, first, true));
    RECORD("react-hidden", kit_react(k, ann, open, first, "🎉", true));
    RECORD("edit-hidden", kit_edit(k, ann, open, first, "worth two"));
    RECORD("delete-marked", kit_delete(k, ann, open, first));
    first = sent(ben, open, "m6", "pinned for a while");
    OK(kit_mark(k, OP_PIN, ann, open, first, true));
    RECORD("unpin", kit_mark(k, OP_PIN, ann, open, first, false));
    RECORD("hide", kit_mark(k, OP_HIDE, ben, open, second, true));
    RECORD("rename", kit_patch(k, ann, group, "Kitchen garden", NULL));
    RECORD("room-picture", picture(ann, group, "a picture"));
    RECORD("room-picture-gone", picture(ann, group, NULL));
    RECORD("describe", kit_patch(k, ann, group, NULL, "Beans & peas"));
    RECORD("role", kit_role(k, ann, group, ben, ROOM_ROLE_ADMIN));
    RECORD("hand-over", kit_role(k, ann, group, cleo, ROOM_ROLE_OWNER));
    RECORD("remove", kit_remove(k, ben, group, dora));
    RECORD("manage-rename", manage(OP_MANAGE_ROOM_PATCH, ann, group, 0, "Allotment", -1));
    RECORD("archive", manage(OP_MANAGE_ROOM_PATCH, ann, group, 0, NULL, 1));
    RECORD("restore", manage(OP_MANAGE_ROOM_PATCH, ann, group, 0, NULL, 0));
    first = sent(ben, open, "m7", "not for here");
    OK(kit_mark(k, OP_PIN, ann, open, first, true));
    RECORD("remove-message", manage(OP_MANAGE_REMOVE, ann, open, first, "Out of place", -1));
    RECORD("hide-removed", kit_mark(k, OP_HIDE, ben, open, first, true));
    RECORD("owner-leaves", kit_remove(k, cleo, group, cleo));
    RECORD("display-name", display_name(ann, "Ann of the Hill"));
    RECORD("status", status(ann, "On the hill"));
    RECORD("avatar", picture(ann, 0, "a face"));
    /* The only message goes, and a notice that is newer stands in its place. */
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Shed", &ben, 1, &shed));
    first = sent(ann, shed, "m-shed", "the only one");
    OK(kit_patch(k, ann, shed, "Tool shed", NULL));
    RECORD("hide-before-notice", kit_mark(k, OP_HIDE, ben, shed, first, true));
    RECORD("delete-room", kit_delete_room(k, ann, open));
    RECORD("leave", kit_remove(k, ben, group, ben));
    RECORD("last-leaves", kit_remove(k, ann, group, ann));
    /* What people set for themselves, in the conversation of two that is left. */
    group = kit_direct(k, ann, ben);
    sent(ann, group, "m7", "one");
    sent(ann, group, "m8", "two");
    OK(kit_read(k, ben, group, 2));
    RECORD("notify", kit_notify(k, ben, group, NOTIFY_LEVEL_MENTIONS));
    RECORD("notify-all", kit_notify(k, ben, group, NOTIFY_LEVEL_ALL));
    RECORD("unread", kit_unread(k, ben, group, 2));
    RECORD("send-after-unread", kit_send(k, ben, group, "m9", "back again", NULL));
    RECORD("unread-after-send", kit_unread(k, ben, group, 1));
    RECORD("draft", kit_draft(k, ben, group, "half a thou", 0, NULL));
    RECORD("draft-gone", kit_draft(k, ben, group, "", 0, NULL));
    /* What two say to each other among three. */
    json_t *out;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Whispers", (id64[]){ben, cleo}, 2, &group));
    RECORD("whisper", kit_whisper(k, ann, group, ben, "w1", "between you and me", &out));
    first = kit_id(out, "id");
    json_decref(out);
    OK(kit_send(k, ben, group, "m10", "aloud", NULL));
    RECORD("whisper-back", kit_whisper(k, ben, group, ann, "w1", "I keep it", NULL));
    RECORD("whisper-edit", kit_whisper_edit(k, ann, group, first, "between the two of us", NULL));
    RECORD("whispers-read", kit_whispers_read(k, ben, group, 1));
    RECORD("whisper-delete", kit_whisper_delete(k, ann, group, first));
    /* Calling people by name. */
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Cellar", (id64[]){ben, cleo}, 2, &group));
    RECORD("mention", kit_send(k, ann, group, "m20", "@ben and @dora, who is not here", NULL));
    RECORD("mention-everyone", kit_send(k, ben, group, "m21", "@everyone: `@ann`", NULL));
    first = sent(ann, group, "m22", "nobody yet");
    RECORD("edit-mention", kit_edit(k, ann, group, first, "@cleo then, @here"));
    RECORD("edit-mention-away", kit_edit(k, ann, group, first, "@cleo alone"));
    RECORD("read-mentions", kit_read(k, cleo, group, 5));
    RECORD("unread-mentions", kit_unread(k, cleo, group, 4));
    RECORD("hide-mention", kit_mark(k, OP_HIDE, cleo, group, first, true));
    first = sent(ann, group, "m23", "@ben again");
    RECORD("delete-mention", kit_delete(k, ann, group, first));
    RECORD("block", kit_block(k, ben, cleo, true));
    RECORD("block-another", kit_block(k, ben, dora, true));
    RECORD("unblock", kit_block(k, ben, cleo, false));
}

/* --- random commands */

static uint64_t seed;

static unsigned draw(unsigned below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static json_t *random_line(const json_t *state, id64 *ret_room) {
    json_t *rooms = json_object_get(state, "rooms"), *entry, *lines, *m;
    const char *room, *seq;
    size_t n = json_object_size(rooms);
    if (n == 0)
        return NULL;
    size_t pick = draw((unsigned)n), i = 0;
    json_object_foreach (rooms, room, entry) {
        if (i++ != pick)
            continue;
        id_parse(str_from(room), ret_room);
        lines = json_object_get(json_object_get(state, "lines"), room);
        if (!json_object_size(lines))
            return entry;
        size_t which = draw((unsigned)json_object_size(lines)), k = 0;
        json_object_foreach (lines, seq, m)
            if (k++ == which)
                return m;
    }
    return NULL;
}

/* A whisper of theirs in the room, or one that is not there. */
static id64 random_whisper(const json_t *state, id64 room) {
    char name[ID_TEXT + 1] = {0};
    id_put(room, name);
    json_t *all = json_object_get(json_object_get(state, "whispers"), name), *m;
    const char *key;
    id64 id = 1;
    size_t n = json_object_size(all), pick = n ? draw((unsigned)n) : 0, i = 0;
    json_object_foreach (all, key, m)
        if (i++ == pick)
            id_parse(str_from(key), &id);
    return id;
}

static void random_command(int step) {
    struct kit *k = &w.kit;
    struct client *c = &w.people[draw(PEOPLE)];
    id64 other = w.people[draw(PEOPLE)].id, room = 0, message = 0;
    json_t *line = random_line(c->state, &room);
    bool is_line = line && json_object_get(line, "seq");
    char text[32], words[64];
    snprintf(text, sizeof text, "t%d", step);
    snprintf(words, sizeof words, "%s @%s", text, draw(3) ? names[draw(PEOPLE)] : "everyone");
    if (is_line)
        message = kit_id(line, "id");
    static const char *const emoji[] = {"👍", "❤️", "🎉"};
    switch (room ? draw(49) : 20 + draw(4)) {
    case 0 ... 6:
        kit_send(k, c->id, room, text, draw(2) ? words : text, NULL);
        break;
    case 7 ... 8:
        kit_edit(k, c->id, room, message, draw(2) ? words : text);
        break;
    case 9:
        kit_delete(k, c->id, room, message);
        break;
    case 10 ... 11:
        kit_read(k, c->id, room, is_line ? kit_int(line, "seq") : 1);
        break;
    case 12 ... 14:
        kit_add(k, c->id, room, other);
        break;
    case 15:
        kit_remove(k, c->id, room, other);
        break;
    case 16:
        kit_role(k, c->id, room, other, (int)draw(3));
        break;
    case 17:
        if (draw(3) == 0)
            picture(c->id, room, draw(3) ? text : NULL);
        else
            kit_patch(k, c->id, room, draw(2) ? text : NULL, draw(2) ? text : NULL);
        break;
    case 18:
        if (draw(4) == 0)
            kit_delete_room(k, c->id, room);
        break;
    case 19:
        if (draw(2))
            display_name(c->id, text);
        else if (draw(2))
            status(c->id, text);
        else
            picture(c->id, 0, draw(3) ? text : NULL);
        break;
    case 20:
        kit_direct(k, c->id, other);
        break;
    case 21:
        kit_room(k, c->id, ROOM_KIND_OPEN, text, NULL, 0, NULL);
        break;
    case 24 ... 28:
        kit_react(k, c->id, room, message, emoji[draw(3)], draw(3) != 0);
        break;
    case 29 ... 30:
        kit_mark(k, OP_PIN, c->id, room, message, draw(3) != 0);
        break;
    case 31 ... 32:
        kit_mark(k, OP_STAR, c->id, room, message, draw(3) != 0);
        break;
    case 38:
        manage(OP_MANAGE_REMOVE, w.people[0].id, room, message, text, -1);
        break;
    case 39:
        manage(OP_MANAGE_ROOM_PATCH, w.people[0].id, room, 0, NULL, draw(5) == 0);
        break;
    case 40:
        manage(OP_MANAGE_ROOM_PATCH, w.people[0].id, room, other, NULL, 0);
        break;
    case 33:
        kit_mark(k, OP_HIDE, c->id, room, message, true);
        break;
    case 34 ... 35:
        kit_unread(k, c->id, room, is_line ? kit_int(line, "seq") : 1);
        break;
    case 36:
        kit_notify(k, c->id, room, (int)draw(3));
        break;
    case 37:
        kit_draft(k, c->id, room, draw(3) ? text : "", (int64_t)draw(5000), NULL);
        break;
    case 41 ... 45:
        kit_whisper(k, c->id, room, other, text, text, NULL);
        break;
    case 46:
        kit_whisper_edit(k, c->id, room, random_whisper(c->state, room), text, NULL);
        break;
    case 47:
        kit_whisper_delete(k, c->id, room, random_whisper(c->state, room));
        break;
    case 48:
        kit_whispers_read(k, c->id, room, (int)draw(6));
        break;
    default:
        kit_room(k, c->id, ROOM_KIND_GROUP, text, &other, draw(2), NULL);
    }
    clock_advance_us(SECOND_US);
}

static void random_commands_are_lawful(void **state) {
    static const struct {
        uint64_t seed;
        int steps;
    } runs[] = {{42, 350}, {1, 117}, {2, 117}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        if (i > 0) {
            close_world(state);
            open_world(state);
        }
        seed = runs[i].seed;
        for (int step = 0; step < runs[i].steps; step++) {
            random_command(step);
            /* Where a page ends must make no difference. */
            w.page = step % 3 ? LIMIT_PAGE : 5 + step % 4;
            check_law("random", step % 7 == 0);
        }
        assert_whole(w.kit.store);
    }
}

static void too_much_missed_is_a_reset(void **state) {
    (void)state;
    struct kit *k = &w.kit;
    id64 ann = w.people[0].id, room = kit_direct(k, ann, w.people[1].id);
    check_law("direct", true);
    char id[16];
    for (int i = 0; i <= LIMIT_SYNC_EVENTS; i++) {
        snprintf(id, sizeof id, "c%d", i);
        sent(ann, room, id, id);
    }
    json_t *frames = resume(&w.people[1], w.people[1].old_state);
    assert_int_equal(json_array_size(frames), 3);
    assert_string_equal(kit_text(json_array_get(frames, 1), "type"), "reset");
    json_decref(frames);
    check_law("reset", true);
}

static void own_events_out_of_the_log_mean_everything_anew(void **state) {
    (void)state;
    struct kit *k = &w.kit;
    struct client *ann = &w.people[0];
    id64 room = kit_direct(k, ann->id, w.people[1].id);
    char id[16];
    check_law("direct", true);
    for (int i = 1; i <= LIMIT_SYNC_USER_EVENTS + 1; i++) {
        snprintf(id, sizeof id, "c%d", i);
        sent(w.people[1].id, room, id, id);
        assert_int_equal(kit_read(k, ann->id, room, i), FAIL_NONE);
    }
    json_t *frames = resume(ann, ann->old_state);
    assert_true(json_is_false(json_object_get(json_array_get(frames, 0), "resumed")));
    json_decref(frames);
    frames = kit_sync(
        k, ann->id, w.epoch, 100000, NULL, 0); /* a cursor from a future that was taken back */
    assert_true(json_is_false(json_object_get(json_array_get(frames, 0), "resumed")));
    json_decref(frames);
}

int main(int argc, char **argv) {
    w.record = argc > 1 && strcmp(argv[1], "--record") == 0;
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
        T(every_command_is_lawful), T(random_commands_are_lawful), T(too_much_missed_is_a_reset),
        T(own_events_out_of_the_log_mean_everything_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
