#include "model.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"

static const char *text(const json_t *o, const char *key) {
    const char *s = json_string_value(json_object_get(o, key));
    CHECK(s);
    return s;
}

static json_int_t number(const json_t *o, const char *key) {
    return json_integer_value(json_object_get(o, key));
}

static const char *seq_key(json_int_t seq, char out[32]) {
    snprintf(out, 32, "%012lld", (long long)seq);
    return out;
}

static json_t *lines_of(json_t *state, const char *room) {
    json_t *all = json_object_get(state, "lines"), *lines = json_object_get(all, room);
    if (!lines)
        json_object_set_new(all, room, lines = json_object());
    return lines;
}

void model_add_page(json_t *state, const json_t *page) {
    json_t *lines = lines_of(state, text(page, "room")), *m;
    size_t i;
    char key[32];
    json_array_foreach (json_object_get(page, "messages"), i, m)
        json_object_set_new(lines, seq_key(number(m, "seq"), key), json_deep_copy(m));
    json_t *whispers = json_object_get(json_object_get(state, "whispers"), text(page, "room"));
    json_array_foreach (json_object_get(page, "whispers"), i, m)
        json_object_set_new(whispers, text(m, "id"), json_deep_copy(m));
}

static void put_entry(json_t *state, const json_t *entry) {
    const char *room = text(json_object_get(entry, "room"), "id");
    json_object_set_new(json_object_get(state, "rooms"), room, json_deep_copy(entry));
    json_object_set_new(json_object_get(state, "lines"), room, json_object());
    json_object_set_new(json_object_get(state, "whispers"), room, json_object());
}

json_t *model_new(const json_t *ready, const json_t *pages) {
    json_t *blocked = json_object_get(ready, "blocked");
    json_t *state = json_pack("{s:O, s:O, s:{}, s:{}, s:{}}", "me", json_object_get(ready, "me"),
        "useq", json_object_get(ready, "useq"), "rooms", "lines", "whispers");
    json_t *x;
    size_t i;
    json_object_set_new(state, "blocked", blocked ? json_deep_copy(blocked) : json_array());
    json_array_foreach (json_object_get(ready, "rooms"), i, x)
        put_entry(state, x);
    json_array_foreach (pages, i, x)
        model_add_page(state, x);
    return state;
}

static bool is(const json_t *o, const char *key, const char *value) {
    const char *s = json_string_value(json_object_get(o, key));
    return s && strcmp(s, value) == 0;
}

static void apply_notice(json_t *entry, const json_t *message, const char *me) {
    json_t *room = json_object_get(entry, "room"), *n = json_object_get(message, "notice");
    int by = is(n, "kind", "joined") || is(n, "kind", "added") ? 1
        : is(n, "kind", "left") || is(n, "kind", "removed")    ? -1
                                                               : 0;
    if (by)
        json_object_set_new(room, "member_count", json_integer(number(room, "member_count") + by));
    if (is(n, "kind", "renamed"))
        json_object_set(room, "name", json_object_get(n, "name"));
    if (is(n, "kind", "described"))
        json_object_set(room, "topic", json_object_get(n, "topic"));
    if (is(n, "kind", "archived"))
        json_object_set_new(room, "archived", json_true());
    if (is(n, "kind", "restored"))
        json_object_del(room, "archived");
    if (is(n, "kind", "picture")) {
        json_object_del(room, "picture");
        if (json_object_get(n, "picture"))
            json_object_set(room, "picture", json_object_get(n, "picture"));
    }
    if (is(n, "kind", "role") && is(json_object_get(n, "subject"), "id", me))
        json_object_set(entry, "role", json_object_get(n, "role"));
}

static bool advance(json_t *entry, const json_t *frame) {
    json_t *room = json_object_get(entry, "room");
    if (number(frame, "seq") != number(room, "head") + 1)
        return false;
    json_object_set(room, "head", json_object_get(frame, "seq"));
    return true;
}

/* --- what calls one */

/* The entry's unread mentions, in order, at most LIMIT_MENTIONED. By nobody: none. */
static void set_mentioned(json_t *entry, json_int_t seq, const char *author) {
    bool on = author != NULL;
    json_t *all = json_object_get(entry, "mentioned"), *one;
    size_t i, at = json_array_size(all);
    bool known = false;
    json_array_foreach (all, i, one) {
        if (number(one, "seq") >= seq && at > i)
            at = i;
        known = known || number(one, "seq") == seq;
    }
    if (known == on)
        return;
    if (!on)
        json_array_remove(all, at);
    else if (!all)
        json_object_set_new(
            entry, "mentioned", all = json_pack("[{s:I, s:s}]", "seq", seq, "author", author));
    else
        json_array_insert_new(all, at, json_pack("{s:I, s:s}", "seq", seq, "author", author));
    if (json_array_size(all) > LIMIT_MENTIONED)
        json_array_remove(all, 0);
    if (json_array_size(all) == 0)
        json_object_del(entry, "mentioned");
}

/* The same of what is gone for everybody. */
static void set_gone(json_t *entry, json_int_t seq) {
    json_t *all = json_object_get(entry, "gone"), *one;
    size_t i, at = json_array_size(all);
    if (seq <= number(json_object_get(entry, "read"), "seq"))
        return;
    json_array_foreach (all, i, one)
        if (json_integer_value(one) > seq && at > i)
            at = i;
    if (!all)
        json_object_set_new(entry, "gone", all = json_array());
    json_array_insert_new(all, at, json_integer(seq));
    if (json_array_size(all) > LIMIT_GONE)
        json_array_remove(all, 0);
}

static void forget_read(json_t *entry) {
    json_int_t read = number(json_object_get(entry, "read"), "seq");
    json_t *first;
    while ((first = json_array_get(json_object_get(entry, "mentioned"), 0))
        && number(first, "seq") <= read)
        set_mentioned(entry, number(first, "seq"), NULL);
    json_t *gone = json_object_get(entry, "gone");
    while ((first = json_array_get(gone, 0)) && json_integer_value(first) <= read)
        json_array_remove(gone, 0);
    if (json_array_size(gone) == 0)
        json_object_del(entry, "gone");
}

static void call(json_t *entry, const json_t *mentions, const char *author, const char *me,
    json_int_t seq, bool hidden) {
    const json_t *one;
    bool called = false;
    size_t i;
    json_array_foreach ((json_t *)mentions, i, one)
        called = called || !json_object_get(one, "user") || is(one, "user", me);
    bool counts = called && !hidden && strcmp(author, me) != 0
        && seq > number(json_object_get(entry, "read"), "seq");
    set_mentioned(entry, seq, counts ? author : NULL);
}

static bool apply_message(json_t *state, json_t *entry, const json_t *frame) {
    const json_t *m = json_object_get(frame, "message"), *last = json_object_get(entry, "last");
    const char *me = text(json_object_get(state, "me"), "id");
    bool counts = !is(m, "kind", "notice");
    char key[32];
    if (!advance(entry, frame))
        return false;
    json_object_set(json_object_get(entry, "room"), "count", json_object_get(m, "ordinal"));
    if (!json_object_get(m, "hidden") && (counts || !last || is(last, "kind", "notice"))) {
        json_object_set_new(entry, "last", json_deep_copy(m));
        json_object_set(entry, "last_user", json_object_get(frame, "user"));
    }
    const json_t *read = json_object_get(entry, "read");
    if (counts && is(m, "author", me) && number(m, "seq") > number(read, "seq")
        && number(m, "seq") > number(read, "since"))
        json_object_set_new(entry, "read",
            json_pack("{s:O, s:O}", "seq", json_object_get(m, "seq"), "ordinal",
                json_object_get(m, "ordinal")));
    forget_read(entry);
    call(entry, json_object_get(m, "mentions"), text(m, "author"), me, number(m, "seq"),
        json_object_get(m, "hidden"));
    if (!counts && !is(json_object_get(frame, "user"), "kind", "imported"))
        apply_notice(entry, m, me);
    json_object_set_new(
        lines_of(state, text(frame, "room")), seq_key(number(m, "seq"), key), json_deep_copy(m));
    return true;
}

/* Nobody is told how many reacted but by the frames: they are counted here. */
static void react(json_t *m, const json_t *frame, const char *me) {
    json_t *all = json_object_get(m, "reactions"), *one, *found = NULL;
    bool on = json_is_true(json_object_get(frame, "on"));
    size_t i, at = 0;
    if (!all)
        json_object_set_new(m, "reactions", all = json_array());
    json_array_foreach (all, i, one)
        if (is(one, "emoji", text(frame, "emoji"))) {
            found = one;
            at = i;
        }
    if (!found && on)
        json_array_append_new(all,
            found = json_pack("{s:O, s:i}", "emoji", json_object_get(frame, "emoji"), "count", 0));
    CHECK(found);
    json_object_set_new(found, "count", json_integer(number(found, "count") + (on ? 1 : -1)));
    if (is(frame, "actor", me)) {
        if (on)
            json_object_set_new(found, "mine", json_true());
        else
            json_object_del(found, "mine");
    }
    if (number(found, "count") == 0)
        json_array_remove(all, at);
    if (json_array_size(all) == 0)
        json_object_del(m, "reactions");
}

static void set_flag(json_t *m, const char *key, bool on) {
    if (on)
        json_object_set_new(m, key, json_true());
    else
        json_object_del(m, key);
}

static void strip(json_t *m) {
    json_object_del(m, "reactions");
    json_object_del(m, "pinned");
    json_object_del(m, "starred");
    json_object_del(m, "mentions");
}

/* `is_line`: of a timeline; the entry's last line is told without what stands on it. */
static void change(json_t *m, const json_t *frame, const char *me, bool is_line) {
    if (!m || json_object_get(m, "deleted_at") || json_object_get(m, "hidden"))
        return;
    if (is(frame, "type", "edit")) {
        json_object_set(m, "text", json_object_get(frame, "text"));
        json_object_set(m, "edited_at", json_object_get(frame, "at"));
        json_object_del(m, "mentions");
        if (json_object_get(frame, "mentions"))
            json_object_set(m, "mentions", json_object_get(frame, "mentions"));
    } else if (is(frame, "type", "delete")) {
        json_object_set_new(m, "text", json_string(""));
        json_object_set(m, "deleted_at", json_object_get(frame, "at"));
        strip(m);
    } else if (is(frame, "type", "reaction") && is_line)
        react(m, frame, me);
    else if (is_line)
        set_flag(m, "pinned", json_is_true(json_object_get(frame, "on")));
}

static bool apply_change(json_t *state, json_t *entry, const json_t *frame) {
    json_t *last = json_object_get(entry, "last"), *pins = json_object_get(frame, "pins");
    const char *me = text(json_object_get(state, "me"), "id");
    char key[32];
    if (!advance(entry, frame))
        return false;
    json_t *line = json_object_get(
        lines_of(state, text(frame, "room")), seq_key(number(frame, "target"), key));
    change(line, frame, me, true);
    if (is(frame, "type", "delete")) {
        set_mentioned(entry, number(frame, "target"), NULL);
        set_gone(entry, number(frame, "target"));
    } else if (is(frame, "type", "edit"))
        call(entry, json_object_get(frame, "mentions"), text(frame, "actor"), me,
            number(frame, "target"), json_object_get(line, "hidden"));
    if (last && number(last, "seq") == number(frame, "target"))
        change(last, frame, me, false);
    if (pins)
        json_object_set(json_object_get(entry, "room"), "pins", pins);
    return true;
}

static void hide(json_t *entry, json_t *m, const json_t *frame) {
    json_t *last = json_object_get(entry, "last");
    set_mentioned(entry, number(frame, "seq"), NULL);
    if (m) {
        strip(m);
        json_object_del(m, "removed");
        json_object_del(m, "edited_at");
        json_object_del(m, "deleted_at");
        json_object_set_new(m, "text", json_string(""));
        json_object_set_new(m, "hidden", json_true());
    }
    if (!last || number(last, "seq") != number(frame, "seq"))
        return;
    json_object_del(entry, "last");
    json_object_del(entry, "last_user");
    if (json_object_get(frame, "last")) {
        json_object_set_new(entry, "last", json_deep_copy(json_object_get(frame, "last")));
        json_object_set(entry, "last_user", json_object_get(frame, "last_user"));
    }
}

static void apply_own_mark(json_t *state, json_t *entry, const json_t *frame) {
    char key[32];
    json_t *m =
        json_object_get(lines_of(state, text(frame, "room")), seq_key(number(frame, "seq"), key));
    if (is(frame, "type", "hidden"))
        hide(entry, m, frame);
    else if (is(frame, "type", "removed")) {
        if (m && !json_object_get(m, "hidden"))
            json_object_set(m, "removed", json_object_get(frame, "reason"));
    } else if (m && !json_object_get(m, "deleted_at") && !json_object_get(m, "hidden"))
        set_flag(m, "starred", json_is_true(json_object_get(frame, "on")));
}

static bool set_own(json_t *entry, const json_t *frame) {
    const json_t *draft = json_object_get(frame, "draft");
    if (is(frame, "type", "unread")) {
        json_object_set_new(entry, "read", json_deep_copy(json_object_get(frame, "read")));
        json_object_del(entry, "mentioned");
        if (json_object_get(frame, "mentioned"))
            json_object_set_new(
                entry, "mentioned", json_deep_copy(json_object_get(frame, "mentioned")));
        json_object_del(entry, "gone");
        if (json_object_get(frame, "gone"))
            json_object_set_new(entry, "gone", json_deep_copy(json_object_get(frame, "gone")));
    } else if (is(frame, "type", "notify") && !is(frame, "level", "all"))
        json_object_set(entry, "notify", json_object_get(frame, "level"));
    else if (is(frame, "type", "notify"))
        json_object_del(entry, "notify");
    else if (is(frame, "type", "draft") && !is(draft, "text", ""))
        json_object_set_new(entry, "draft", json_deep_copy(draft));
    else if (is(frame, "type", "draft"))
        json_object_del(entry, "draft");
    else
        return false;
    return true;
}

/* New, or as it stands now. */
static void apply_whisper(json_t *state, json_t *entry, const json_t *frame) {
    json_t *w = json_object_get(frame, "whisper"), *all = json_object_get(entry, "whispers");
    json_object_set_new(json_object_get(json_object_get(state, "whispers"), text(frame, "room")),
        text(w, "id"), json_deep_copy(w));
    if (!all)
        json_object_set_new(
            entry, "whispers", all = json_pack("{s:i, s:i}", "count", 0, "read", 0));
    if (is(w, "to", text(json_object_get(state, "me"), "id"))
        && number(w, "ordinal") > number(all, "count"))
        json_object_set(all, "count", json_object_get(w, "ordinal"));
    const json_t *last = json_object_get(all, "last");
    /* Ids rise: of two at the same place, and of any two. */
    if (!last || strcmp(text(w, "id"), text(last, "id")) >= 0) {
        json_object_set_new(all, "last", json_deep_copy(w));
        json_object_set(all, "with", json_object_get(frame, "with"));
    }
}

static void block(json_t *blocked, const json_t *frame) {
    const char *id = text(json_object_get(frame, "user"), "id");
    json_t *one;
    size_t i;
    if (json_is_true(json_object_get(frame, "on"))) {
        json_array_insert_new(blocked, 0, json_string(id)); /* the last one first */
        return;
    }
    json_array_foreach (blocked, i, one)
        if (strcmp(json_string_value(one), id) == 0) {
            json_array_remove(blocked, i);
            return;
        }
}

static bool apply_own(json_t *state, const json_t *frame, json_t *ret_fresh) {
    json_t *rooms = json_object_get(state, "rooms");
    const char *room = json_string_value(json_object_get(frame, "room"));
    if (number(frame, "useq") != number(state, "useq") + 1)
        return false;
    json_object_set(state, "useq", json_object_get(frame, "useq"));
    if (is(frame, "type", "room_added")) {
        put_entry(state, json_object_get(frame, "entry"));
        json_array_append(ret_fresh,
            json_object_get(json_object_get(json_object_get(frame, "entry"), "room"), "id"));
    } else if (is(frame, "type", "room_removed")) {
        json_object_del(rooms, text(frame, "room"));
        json_object_del(json_object_get(state, "lines"), text(frame, "room"));
        json_object_del(json_object_get(state, "whispers"), text(frame, "room"));
    } else if (is(frame, "type", "whisper") || is(frame, "type", "whispers_read")) {
        json_t *entry = json_object_get(rooms, text(frame, "room")),
               *all = json_object_get(entry, "whispers");
        if (entry && is(frame, "type", "whisper"))
            apply_whisper(state, entry, frame);
        else if (all && number(frame, "read") > number(all, "read"))
            json_object_set(all, "read", json_object_get(frame, "read"));
    } else if (is(frame, "type", "read")) {
        json_t *entry = json_object_get(rooms, text(frame, "room"));
        if (entry
            && number(json_object_get(frame, "read"), "seq")
                > number(json_object_get(entry, "read"), "seq")) {
            json_object_set_new(entry, "read", json_deep_copy(json_object_get(frame, "read")));
            forget_read(entry);
        }
    } else if (is(frame, "type", "blocked")) {
        block(json_object_get(state, "blocked"), frame);
    } else if (room && set_own(json_object_get(rooms, room), frame)) {
        /* done */
    } else if (is(frame, "type", "star") || is(frame, "type", "hidden")
        || is(frame, "type", "removed")) {
        json_t *entry = json_object_get(rooms, text(frame, "room"));
        if (entry)
            apply_own_mark(state, entry, frame);
    } else
        json_object_set_new(state, "me", json_deep_copy(json_object_get(frame, "user")));
    return true;
}

bool model_apply(json_t *state, const json_t *frame, json_t *ret_fresh) {
    const char *type = text(frame, "type"),
               *room = json_string_value(json_object_get(frame, "room"));
    json_t *entry = room ? json_object_get(json_object_get(state, "rooms"), room) : NULL;
    if (strcmp(type, "message") == 0)
        return !entry || apply_message(state, entry, frame);
    if (strcmp(type, "edit") == 0 || strcmp(type, "delete") == 0 || strcmp(type, "reaction") == 0
        || strcmp(type, "pin") == 0)
        return !entry || apply_change(state, entry, frame);
    if (strcmp(type, "reset") == 0) {
        put_entry(state, json_object_get(frame, "entry"));
        json_array_append(ret_fresh,
            json_object_get(json_object_get(json_object_get(frame, "entry"), "room"), "id"));
        return true;
    }
    if (json_object_get(frame, "useq") && strcmp(type, "ready") != 0)
        return apply_own(state, frame, ret_fresh);
    if (strcmp(type, "ready") == 0)
        json_object_set_new(state, "me", json_deep_copy(json_object_get(frame, "me")));
    return true; /* synced, seen: no state of the sequences */
}

static void only_id(json_t *o, const char *key) {
    json_t *user = json_object_get(o, key);
    if (user)
        json_object_set(o, key, json_object_get(user, "id"));
}

json_t *model_comparable(const json_t *state) {
    json_t *copy = json_deep_copy(state), *entry, *lines, *m;
    const char *room, *seq;
    json_object_foreach (json_object_get(copy, "rooms"), room, entry) {
        only_id(entry, "peer");
        only_id(entry, "last_user");
        only_id(json_object_get(entry, "whispers"), "with");
        only_id(json_object_get(json_object_get(entry, "last"), "notice"), "subject");
        /* Lists show no marks: a line that comes anew brings its star, an entry does not. */
        json_object_del(json_object_get(entry, "last"), "starred");
        json_object_del(json_object_get(entry, "last"), "removed");
    }
    json_object_foreach (json_object_get(copy, "lines"), room, lines)
        json_object_foreach (lines, seq, m)
            only_id(json_object_get(m, "notice"), "subject");
    return copy;
}
