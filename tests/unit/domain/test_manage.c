/* What administrators do with people, rooms and messages; links that let people in; and that nobody
 * else can tell that any of it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "four.h"

/* user 0: the shell. */
static struct op *ask(enum op_kind kind, id64 user) {
    struct op *op = kit_op(kind, user);
    op->in.manage.role = op->in.manage.kind = -1;
    op->in.manage.disabled = op->in.manage.archived = -1;
    if (!user)
        op->operator_name = STR("root");
    return op;
}

static struct op *about(enum op_kind kind, id64 user, id64 other) {
    struct op *op = ask(kind, user);
    op->in.manage.user = other;
    return op;
}

static struct op *about_room(enum op_kind kind, id64 user, id64 room) {
    struct op *op = ask(kind, user);
    op->in.manage.room = room;
    return op;
}

static enum fail role(id64 user, id64 other, int to) {
    struct op *op = about(OP_MANAGE_USER_PATCH, user, other);
    op->in.manage.role = to;
    return kit_run(k, op, NULL);
}

static enum fail disable(id64 user, id64 other, bool on) {
    struct op *op = about(OP_MANAGE_USER_PATCH, user, other);
    op->in.manage.disabled = on;
    return kit_run(k, op, NULL);
}

static enum fail set(const char *key, const char *value) {
    struct op *op = kit_op(OP_SETTINGS_PATCH, ann);
    struct op_setting item = {str_from(key), str_from(value)};
    op->in.settings.items = &item;
    op->in.settings.n = 1;
    return kit_run(k, op, NULL);
}

static int setup(void **state) {
    (void)state;
    four_open();
    OK(role(ann, ben, SERVER_ROLE_ADMIN));
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    four_close();
    return 0;
}

/* "act actor>user #room" of the newest line of the audit log. */
static const char *newest(void) {
    static char text[256];
    json_t *page;
    struct op *op = kit_op(OP_AUDIT_LIST, ann);
    op->in.audit.act = -1;
    op->in.audit.limit = 1;
    OK(kit_run(k, op, &page));
    const json_t *line = json_array_get(json_object_get(page, "items"), 0);
    const char *user = kit_text(line, "user_name"), *room = kit_text(line, "room_name");
    snprintf(text, sizeof text, "%s %s%s%s%s%s", kit_text(line, "act"),
        kit_text(line, "actor_name"), user ? ">" : "", user ? user : "", room ? " #" : "",
        room ? room : "");
    json_decref(page);
    return text;
}

static bool sign_in(const char *name, const char *password) {
    struct op *op = op_new(OP_SIGN_IN);
    op->in.account.name = str_from(name);
    op->in.account.password = str_from(password);
    return kit_run(k, op, NULL) == FAIL_NONE;
}

/* --- who may */

static void nobody_below_can_tell_that_the_site_exists(void **state) {
    (void)state;
    id64 room, message;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", &dora, 1, &room));
    OK(kit_send(k, dora, room, "m1", "hello", &out));
    message = kit_id(out, "id");
    json_decref(out);
    for (enum op_kind kind = OP_FIGURES; kind <= OP_MANAGE_REMOVE; kind++) {
        struct op *op = about(kind, cleo, dora);
        if (kind == OP_MANAGE_MEMBERS)
            op->in.list.room = room;
        else {
            op->in.manage.room = room;
            op->in.manage.message = message;
            op->in.manage.reason = STR("because");
            op->in.manage.name = STR("other");
        }
        NO(kit_run(k, op, NULL), NOT_FOUND);
        op = about(kind, 0, dora);
        op->operator_name = (struct str){0};
        NO(kit_run(k, op, NULL), SIGNED_OUT);
    }
    /* Nor what would be wrong with the question. */
    struct op *op = ask(OP_MANAGE_USERS, cleo);
    op->wrong.fail = FAIL_FIELD_INVALID;
    NO(kit_run(k, op, NULL), NOT_FOUND);
    op = ask(OP_MANAGE_USERS, ben);
    op->wrong.fail = FAIL_FIELD_INVALID;
    op->wrong.field = "limit";
    NO(kit_run(k, op, NULL), FIELD_INVALID);
    NO(kit_run(k, kit_op(OP_INVITE_LIST, cleo), NULL), NOT_FOUND);
    NO(kit_run(k, kit_op(OP_INVITE_MAKE, cleo), NULL), NOT_FOUND);
    NO(kit_run(k, kit_op(OP_INVITE_REVOKE, cleo), NULL), NOT_FOUND);
}

static void an_admin_may_not_act_on_the_owner(void **state) {
    (void)state;
    static const enum op_kind kinds[] = {
        OP_MANAGE_USER_PATCH, OP_MANAGE_RESET, OP_MANAGE_SESSIONS, OP_MANAGE_SESSIONS_END};
    OK(role(ann, dora, SERVER_ROLE_ADMIN));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        NO(kit_run(k, about(kinds[i], ben, ann), NULL), FORBIDDEN);  /* the owner */
        NO(kit_run(k, about(kinds[i], ben, dora), NULL), FORBIDDEN); /* another admin */
        NO(kit_run(k, about(kinds[i], ben, ben), NULL), FORBIDDEN);  /* themselves */
        NO(kit_run(k, about(kinds[i], ann, ann), NULL), FORBIDDEN);  /* the owner's own: settings */
        OK(kit_run(k, about(kinds[i], ben, cleo), NULL));
        OK(kit_run(k, about(kinds[i], ann, dora), NULL));
        OK(kit_run(k, about(kinds[i], 0, ann), NULL)); /* the shell */
    }
    NO(disable(ben, ann, true), FORBIDDEN);
    NO(disable(ann, ann, true), FORBIDDEN);
    NO(disable(0, ann, true), FORBIDDEN);
}

static void there_is_one_owner(void **state) {
    (void)state;
    NO(role(ben, cleo, SERVER_ROLE_ADMIN), FORBIDDEN);
    NO(role(ann, ann, SERVER_ROLE_MEMBER), FORBIDDEN);
    NO(role(0, ann, SERVER_ROLE_MEMBER), FORBIDDEN);
    OK(disable(ann, dora, true));
    NO(role(ann, dora, SERVER_ROLE_OWNER), FORBIDDEN);
    OK(role(ann, cleo, SERVER_ROLE_OWNER));
    assert_string_equal(newest(), "user_role ann>cleo");
    NO(role(ann, dora, SERVER_ROLE_ADMIN), FORBIDDEN); /* ann is an admin from then on */
    OK(role(cleo, ann, SERVER_ROLE_MEMBER));
    NO(kit_run(k, ask(OP_FIGURES, ann), NULL), NOT_FOUND);
    /* for teardown's sake nothing is left half done */
    OK(role(0, ann, SERVER_ROLE_OWNER));
}

/* --- people */

static size_t list(int sort, const char *q, char *names, size_t size) {
    char cursor[512] = "";
    size_t seen = 0;
    json_t *page, *m;
    names[0] = 0;
    for (bool more = true; more;) {
        struct op *op = ask(OP_MANAGE_USERS, ben);
        size_t i;
        op->in.manage.sort = sort;
        op->in.manage.limit = 2;
        op->in.manage.q = str_from(q);
        if (cursor[0])
            op->in.manage.cursor = str_from(cursor);
        OK(kit_run(k, op, &page));
        json_array_foreach (json_object_get(page, "items"), i, m) {
            size_t n = strlen(names);
            snprintf(names + n, size - n, "%s%s", n ? " " : "",
                kit_text(json_object_get(m, "user"), "name"));
            seen++;
        }
        more = kit_text(page, "next") != NULL;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", kit_text(page, "next"));
        json_decref(page);
    }
    return seen;
}

static void people_are_searched_sorted_and_paged(void **state) {
    (void)state;
    char names[256];
    assert_int_equal(list(USER_SORT_NAME, NULL, names, sizeof names), 4);
    assert_string_equal(names, "ann ben cleo dora");
    clock_freeze_us(INT64_C(1900000000000000));
    OK(kit_run(k, kit_op(OP_SEEN_NOW, cleo), NULL));
    clock_advance_us(SECOND_US);
    OK(kit_run(k, kit_op(OP_SEEN_NOW, ann), NULL));
    assert_int_equal(list(USER_SORT_SEEN, NULL, names, sizeof names), 4);
    assert_memory_equal(names, "ann cleo ", 9);
    assert_int_equal(list(USER_SORT_CREATED, NULL, names, sizeof names), 4);
    assert_int_equal(list(USER_SORT_NAME, "e", names, sizeof names), 2);
    assert_string_equal(names, "ben cleo");
    struct op *op = ask(OP_MANAGE_USERS, ann);
    op->in.manage.sort = USER_SORT_SEEN;
    op->in.manage.cursor = STR("x");
    NO(kit_run(k, op, NULL), CURSOR_INVALID);
}

static void an_account_is_made_with_a_link_for_its_password(void **state) {
    (void)state;
    json_t *link;
    struct op *op = ask(OP_MANAGE_USER_ADD, ben);
    op->in.manage.name = STR("Eve");
    OK(kit_run(k, op, &link));
    assert_string_equal(kit_text(json_object_get(link, "user"), "name"), "eve");
    assert_false(sign_in("eve", ""));
    op = op_new(OP_RESET_USE);
    op->in.reset.token = str_from(kit_text(link, "token"));
    op->in.reset.password = STR("a quiet place");
    OK(kit_run(k, op, NULL));
    assert_true(sign_in("eve", "a quiet place"));
    json_decref(link);
    op = ask(OP_MANAGE_USER_ADD, ben);
    op->in.manage.name = STR("eve");
    NO(kit_run(k, op, NULL), NAME_TAKEN);
    op = ask(OP_MANAGE_USER_ADD, ben);
    op->in.manage.name = STR("frank");
    op->in.manage.role = SERVER_ROLE_ADMIN;
    NO(kit_run(k, op, NULL), FORBIDDEN);
}

static void an_account_is_renamed(void **state) {
    (void)state;
    json_t *out;
    struct op *op = about(OP_MANAGE_USER_PATCH, ben, cleo);
    op->in.manage.name = STR("Clio");
    op->in.manage.display_name = STR("Clio of the Hill");
    OK(kit_run(k, op, &out));
    assert_string_equal(kit_text(json_object_get(out, "user"), "name"), "clio");
    json_decref(out);
    assert_string_equal(newest(), "user_changed ben>cleo");
    /* They hear of it on their devices, and so does who has them before their eyes. */
    assert_int_equal(k->commits[k->commit_count - 1]->n, 2);
    assert_int_equal(k->commits[k->commit_count - 1]->events[0].audience, EVENT_USER);
    assert_int_equal(k->commits[k->commit_count - 1]->events[1].audience, EVENT_WATCHERS);
    assert_int_equal(k->commits[k->commit_count - 1]->events[0].target, cleo);
    op = about(OP_MANAGE_USER_PATCH, ben, dora);
    op->in.manage.name = STR("clio");
    NO(kit_run(k, op, NULL), NAME_TAKEN);
    op = about(OP_MANAGE_USER_PATCH, ben, dora);
    op->in.manage.name = STR("root");
    NO(kit_run(k, op, NULL), NAME_INVALID);
    OK(kit_run(k, about(OP_MANAGE_USER_PATCH, ben, dora), NULL));
    assert_string_equal(newest(), "user_changed ben>cleo"); /* nothing changed, nothing told */
}

static char *reset_link(id64 user) {
    json_t *link;
    OK(kit_run(k, about(OP_MANAGE_RESET, ben, user), &link));
    char *token = strdup(kit_text(link, "token"));
    json_decref(link);
    return token;
}

static enum fail use(const char *token, const char *password) {
    struct op *op = op_new(OP_RESET_USE);
    op->in.reset.token = str_from(token);
    op->in.reset.password = str_from(password);
    return kit_run(k, op, NULL);
}

static enum fail look(const char *token) {
    struct op *op = op_new(OP_RESET_LOOK);
    op->in.reset.token = str_from(token);
    return kit_run(k, op, NULL);
}

static void a_password_is_reset_once_by_a_link(void **state) {
    (void)state;
    struct op *op = op_new(OP_ADMIN_TOKEN);
    op->in.admin.name = STR("cleo");
    OK(kit_run(k, op, NULL));
    char *old = reset_link(cleo), *token = reset_link(cleo);
    assert_string_equal(newest(), "reset_link_made ben>cleo");
    NO(look(old), LINK_USED); /* a newer one has taken its place */
    OK(look(token));
    NO(use(token, "short"), PASSWORD_WEAK);
    kit_forget(k);
    OK(use(token, "a quiet place"));
    assert_int_equal(k->commits[0]->events[0].audience, EVENT_SESSION); /* the others ended */
    assert_string_equal(newest(), "reset_link_used cleo>cleo");
    assert_true(sign_in("cleo", "a quiet place"));
    NO(use(token, "another place"), LINK_USED);
    NO(use("nonsense", "another place"), LINK_USED);
    free(token);
    token = reset_link(cleo);
    clock_freeze_us(clock_now_us() + 25 * HOUR_US);
    NO(use(token, "another place"), LINK_USED);
    clock_freeze_us(0);
    OK(disable(ben, cleo, true));
    OK(disable(ben, cleo, false));
    NO(look(token), LINK_USED);
    free(token);
    free(old);
}

static void who_is_disabled_is_out_at_once(void **state) {
    (void)state;
    struct op *op = op_new(OP_ADMIN_TOKEN);
    op->in.admin.name = STR("cleo");
    OK(kit_run(k, op, NULL));
    kit_forget(k);
    OK(disable(ben, cleo, true));
    assert_int_equal(k->commits[0]->n, 3);
    assert_int_equal(k->commits[0]->events[0].audience, EVENT_SESSION);
    assert_int_equal(k->commits[0]->events[1].effect, EFFECT_GONE);
    assert_int_equal(k->commits[0]->events[2].audience, EVENT_WATCHERS);
    assert_string_equal(newest(), "user_disabled ben>cleo");
    NO(kit_run(k, about(OP_MANAGE_RESET, ben, cleo), NULL), FORBIDDEN);
    OK(disable(ben, cleo, false));
    assert_string_equal(newest(), "user_enabled ben>cleo");
}

static void sessions_are_listed_and_ended(void **state) {
    (void)state;
    json_t *page;
    for (int i = 0; i < 2; i++) {
        struct op *op = op_new(OP_ADMIN_TOKEN);
        op->in.admin.name = STR("cleo");
        OK(kit_run(k, op, NULL));
    }
    OK(kit_run(k, about(OP_MANAGE_SESSIONS, ben, cleo), &page));
    assert_int_equal(json_array_size(json_object_get(page, "items")), 2);
    struct op *op = about(OP_MANAGE_SESSIONS_END, ben, cleo);
    op->in.manage.session = kit_id(json_array_get(json_object_get(page, "items"), 0), "id");
    id64 session = op->in.manage.session;
    OK(kit_run(k, op, NULL));
    assert_string_equal(newest(), "session_ended ben>cleo");
    op = about(OP_MANAGE_SESSIONS_END, ben, dora); /* not hers */
    op->in.manage.session = session;
    NO(kit_run(k, op, NULL), NOT_FOUND);
    OK(kit_run(k, about(OP_MANAGE_SESSIONS_END, ben, cleo), NULL));
    assert_string_equal(newest(), "sessions_ended ben>cleo");
    json_decref(page);
    OK(kit_run(k, about(OP_MANAGE_SESSIONS, ben, cleo), &page));
    assert_int_equal(json_array_size(json_object_get(page, "items")), 0);
    json_decref(page);
}

/* --- rooms */

static enum fail archive(id64 user, id64 room, bool on) {
    struct op *op = about_room(OP_MANAGE_ROOM_PATCH, user, room);
    op->in.manage.archived = on;
    return kit_run(k, op, NULL);
}

static size_t open_rooms(id64 user) {
    json_t *page;
    OK(kit_run(k, kit_op(OP_ROOMS_OPEN, user), &page));
    size_t n = json_array_size(json_object_get(page, "items"));
    json_decref(page);
    return n;
}

static void an_archived_room_can_only_be_read(void **state) {
    (void)state;
    id64 room, message;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Lobby", &dora, 1, &room));
    OK(kit_send(k, cleo, room, "m1", "hello", &out));
    message = kit_id(out, "id");
    json_decref(out);
    assert_int_equal(open_rooms(ann), 1);
    OK(archive(ben, room, true));
    OK(archive(ben, room, true)); /* twice is once */
    assert_string_equal(newest(), "room_archived ben #Lobby");
    assert_int_equal(open_rooms(ann), 0);
    NO(kit_add(k, ann, room, ann), NOT_FOUND); /* not there for who is not in it */
    NO(kit_send(k, cleo, room, "m2", "more", NULL), ROOM_ARCHIVED);
    NO(kit_edit(k, cleo, room, message, "other"), ROOM_ARCHIVED);
    NO(kit_delete(k, cleo, room, message), ROOM_ARCHIVED);
    NO(kit_react(k, dora, room, message, "👍", true), ROOM_ARCHIVED);
    NO(kit_mark(k, OP_PIN, cleo, room, message, true), ROOM_ARCHIVED);
    NO(kit_patch(k, cleo, room, "Other", NULL), ROOM_ARCHIVED);
    NO(kit_add(k, cleo, room, ann), ROOM_ARCHIVED);
    NO(kit_role(k, cleo, room, dora, ROOM_ROLE_ADMIN), ROOM_ARCHIVED);
    OK(kit_page(k, dora, room, -1, -1, -1, 0, &out));
    json_decref(out);
    OK(kit_mark(k, OP_STAR, dora, room, message, true));
    OK(kit_read(k, dora, room, 3));
    OK(kit_remove(k, dora, room, dora));
    OK(archive(ben, room, false));
    assert_string_equal(newest(), "room_restored ben #Lobby");
    OK(kit_send(k, cleo, room, "m3", "more", NULL));
    assert_int_equal(open_rooms(ann), 1);
}

static void rooms_are_found_renamed_handed_over_and_deleted(void **state) {
    (void)state;
    id64 group, other, direct;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Garden", &dora, 1, &group));
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Lobby", NULL, 0, &other));
    direct = kit_direct(k, cleo, dora);
    struct op *op = ask(OP_MANAGE_ROOMS, ben);
    op->in.manage.limit = 1;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 1);
    char *next = strdup(kit_text(out, "next"));
    json_decref(out);
    op = ask(OP_MANAGE_ROOMS, ben);
    op->in.manage.limit = 5;
    op->in.manage.cursor = str_from(next);
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 1); /* no private ones */
    json_decref(out);
    free(next);
    op = ask(OP_MANAGE_ROOMS, ben);
    op->in.manage.q = STR("GARD");
    OK(kit_run(k, op, &out));
    const json_t *m = json_array_get(json_object_get(out, "items"), 0);
    assert_string_equal(kit_text(json_object_get(m, "room"), "name"), "Garden");
    assert_string_equal(kit_text(json_object_get(m, "owner"), "name"), "cleo");
    json_decref(out);
    static const enum op_kind kinds[] = {
        OP_MANAGE_ROOM_GET, OP_MANAGE_ROOM_PATCH, OP_MANAGE_ROOM_DELETE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        NO(kit_run(k, about_room(kinds[i], ben, direct), NULL), NOT_FOUND);
    op = ask(OP_MANAGE_MEMBERS, ben);
    op->in.list.room = group;
    op->in.list.q = op->in.list.cursor = (struct str){0};
    op->in.list.limit = 0;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 2);
    json_decref(out);
    op = about_room(OP_MANAGE_ROOM_PATCH, ben, group);
    op->in.manage.name = STR("Allotment");
    op->in.manage.owner = dora;
    OK(kit_run(k, op, &out));
    assert_string_equal(kit_text(json_object_get(out, "owner"), "name"), "dora");
    json_decref(out);
    assert_string_equal(newest(), "room_owner ben>dora #Allotment");
    OK(kit_role(k, dora, group, cleo, ROOM_ROLE_MEMBER)); /* she was admin of it */
    op = about_room(OP_MANAGE_ROOM_PATCH, ben, group);
    op->in.manage.owner = ann; /* not a member */
    NO(kit_run(k, op, NULL), FIELD_INVALID);
    op = about_room(OP_MANAGE_ROOM_PATCH, ben, other);
    op->in.manage.name = STR("");
    NO(kit_run(k, op, NULL), ROOM_NAME_INVALID);
    OK(kit_run(k, about_room(OP_MANAGE_ROOM_DELETE, ben, group), NULL));
    assert_string_equal(newest(), "room_deleted ben #Allotment");
    NO(kit_page(k, cleo, group, -1, -1, -1, 0, NULL), NOT_FOUND);
    NO(kit_run(k, about_room(OP_MANAGE_ROOM_DELETE, ben, group), NULL), NOT_FOUND);
}

/* --- messages */

static enum fail strike(id64 user, id64 room, id64 message, const char *reason) {
    struct op *op = about_room(OP_MANAGE_REMOVE, user, room);
    op->in.manage.message = message;
    op->in.manage.reason = str_from(reason);
    return kit_run(k, op, NULL);
}

static id64 sent(id64 user, id64 room, const char *client_id) {
    json_t *out;
    OK(kit_send(k, user, room, client_id, "words", &out));
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

static const char *reason_seen(id64 user, id64 room, id64 message) {
    static char text[64];
    json_t *page, *m;
    size_t i;
    snprintf(text, sizeof text, "none");
    OK(kit_page(k, user, room, -1, -1, -1, 0, &page));
    json_array_foreach (json_object_get(page, "messages"), i, m)
        if (kit_id(m, "id") == message && kit_text(m, "removed"))
            snprintf(text, sizeof text, "%s", kit_text(m, "removed"));
    json_decref(page);
    return text;
}

static void a_removed_message_tells_its_author_why(void **state) {
    (void)state;
    id64 open, group, direct, message, own;
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Square", &dora, 1, &open));
    message = sent(dora, open, "m1");
    NO(strike(ben, open, message, ""), FIELD_INVALID);
    NO(strike(ben, open, message, "two\nlines"), FIELD_INVALID);
    kit_forget(k);
    OK(strike(ben, open, message, "Advertising"));
    assert_int_equal(k->commits[0]->n, 2);
    assert_int_equal(k->commits[0]->events[1].audience, EVENT_USER);
    assert_int_equal(k->commits[0]->events[1].target, dora);
    assert_string_equal(newest(), "message_removed ben>dora #Square");
    assert_string_equal(reason_seen(dora, open, message), "Advertising");
    assert_string_equal(reason_seen(cleo, open, message), "none"); /* nobody else */
    kit_forget(k);
    OK(strike(ben, open, message, "Again"));
    assert_int_equal(k->commit_count, 0);
    /* What an administrator may not read, they can't remove either. */
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", &dora, 1, &group));
    message = sent(dora, group, "m2");
    NO(strike(ben, group, message, "Advertising"), NOT_FOUND);
    direct = kit_direct(k, ben, dora);
    message = sent(dora, direct, "m3");
    NO(strike(ben, direct, message, "Advertising"), FORBIDDEN);
    OK(kit_add(k, ann, open, ann));
    own = sent(ann, open, "m4");
    NO(strike(ben, open, own, "Advertising"), FORBIDDEN); /* the owner's */
    OK(strike(ann, open, own, "A mistake"));
}

/* --- invite links */

static enum fail invite(id64 user, id64 room, int64_t seconds, int64_t uses, json_t **out) {
    struct op *op = kit_op(OP_INVITE_MAKE, user);
    op->in.invite.room = room;
    op->in.invite.expires_in_s = seconds;
    op->in.invite.uses_most = uses;
    op->in.invite.shows = true;
    return kit_run(k, op, out);
}

static char *invite_token(id64 user, id64 room, int64_t seconds, int64_t uses) {
    json_t *out;
    OK(invite(user, room, seconds, uses, &out));
    char *token = strdup(kit_text(out, "token"));
    json_decref(out);
    return token;
}

static enum fail accept(id64 user, const char *token) {
    struct op *op = kit_op(OP_INVITE_ACCEPT, user);
    op->in.invite.token = str_from(token);
    return kit_run(k, op, NULL);
}

static enum fail look_at(const char *token, json_t **out) {
    struct op *op = op_new(OP_INVITE_LOOK);
    op->in.invite.token = str_from(token);
    return kit_run(k, op, out);
}

static enum fail sign_up(const char *name, const char *token) {
    struct op *op = op_new(OP_ACCOUNT_CREATE);
    op->in.account.name = str_from(name);
    op->in.account.password = STR("correct horse");
    if (token)
        op->in.account.invite = str_from(token);
    return kit_run(k, op, NULL);
}

static enum fail revoke(id64 user, id64 room, id64 id) {
    struct op *op = kit_op(OP_INVITE_REVOKE, user);
    op->in.invite.room = room;
    op->in.invite.invite = id;
    return kit_run(k, op, NULL);
}

static void an_invite_lets_in_as_often_and_as_long_as_it_was_made_for(void **state) {
    (void)state;
    id64 room;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", NULL, 0, &room));
    NO(invite(dora, room, 0, 0, NULL), NOT_FOUND); /* for her there is no such room */
    NO(invite(cleo, room, 10, 0, NULL), FIELD_INVALID);
    NO(invite(cleo, room, 0, -1, NULL), FIELD_INVALID);
    char *token = invite_token(cleo, room, 0, 1);
    OK(look_at(token, &out));
    assert_string_equal(kit_text(out, "room_name"), "Team");
    assert_int_equal(kit_int(out, "member_count"), 1);
    json_decref(out);
    OK(accept(cleo, token)); /* is in: uses nothing up */
    OK(accept(dora, token));
    NO(accept(ben, token), INVITE_USED_UP);
    NO(look_at(token, NULL), INVITE_USED_UP);
    OK(kit_page(k, dora, room, -1, -1, -1, 0, NULL));
    free(token);
    token = invite_token(cleo, room, 3600, 0);
    clock_freeze_us(clock_now_us() + 2 * HOUR_US);
    NO(accept(ben, token), INVITE_EXPIRED);
    clock_freeze_us(0);
    OK(accept(ben, token));
    free(token);
    NO(look_at("nonsense", NULL), NOT_FOUND);
    NO(look_at("0123456789012345678901234567890123456789012", NULL), NOT_FOUND);
}

static void an_invite_ends_with_what_its_maker_may(void **state) {
    (void)state;
    id64 room, id;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Lobby", (id64[]){dora, ben}, 2, &room));
    OK(invite(dora, room, 0, 0, &out));
    id = kit_id(out, "id");
    char *token = strdup(kit_text(out, "token"));
    json_decref(out);
    NO(revoke(ben, room, id), FORBIDDEN); /* a member like any other there */
    OK(kit_remove(k, cleo, room, dora));
    NO(look_at(token, NULL), INVITE_REVOKED);
    OK(kit_add(k, cleo, room, dora));
    OK(look_at(token, NULL));
    OK(archive(ann, room, true));
    NO(look_at(token, NULL), INVITE_REVOKED);
    OK(archive(ann, room, false));
    OK(disable(ann, dora, true));
    NO(accept(ann, token), INVITE_REVOKED);
    OK(disable(ann, dora, false));
    OK(revoke(cleo, room, id));
    OK(revoke(cleo, room, id));
    NO(accept(ann, token), INVITE_REVOKED);
    struct op *op = kit_op(OP_INVITE_LIST, cleo);
    op->in.invite.room = room;
    OK(kit_run(k, op, &out));
    assert_int_equal(json_array_size(json_object_get(out, "items")), 0);
    json_decref(out);
    free(token);
    token = invite_token(cleo, room, 0, 0);
    OK(kit_delete_room(k, cleo, room));
    NO(look_at(token, NULL), NOT_FOUND); /* and nothing tells what it was */
    free(token);
}

static void who_is_invited_signs_up_where_invites_are_needed(void **state) {
    (void)state;
    id64 room;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", NULL, 0, &room));
    char *plain = invite_token(cleo, room, 0, 0), *server = invite_token(ben, 0, 0, 1);
    assert_string_equal(newest(), "invite_made ben");
    OK(set("sign_up", "invite"));
    NO(sign_up("eve", NULL), INVITE_NEEDED);
    NO(sign_up("eve", "nonsense"), NOT_FOUND);
    NO(sign_up("eve", plain), INVITE_NEEDED); /* links of plain members do not, unless set */
    OK(look_at(plain, &out));
    assert_false(json_is_true(json_object_get(out, "sign_up")));
    json_decref(out);
    NO(sign_up("ann", server), NAME_TAKEN); /* which uses nothing up */
    OK(sign_up("eve", server));
    NO(sign_up("frank", server), INVITE_USED_UP);
    OK(set("members_invite", "yes"));
    OK(sign_up("frank", plain));
    OK(look_at(plain, &out));
    assert_int_equal(kit_int(out, "member_count"), 2);
    json_decref(out);
    OK(set("sign_up", "closed"));
    NO(sign_up("grace", plain), SIGN_UP_CLOSED);
    OK(role(ann, ben, SERVER_ROLE_MEMBER));
    NO(look_at(server, NULL), INVITE_REVOKED);
    free(plain);
    free(server);
}

static void only_so_many_invites_stand(void **state) {
    (void)state;
    id64 room, id = 0;
    json_t *out;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", NULL, 0, &room));
    for (int i = 0; i < LIMIT_INVITES; i++) {
        OK(invite(cleo, room, 0, 0, &out));
        id = kit_id(out, "id");
        json_decref(out);
    }
    NO(invite(cleo, room, 0, 0, NULL), INVITES_FULL);
    OK(revoke(cleo, room, id));
    OK(invite(cleo, room, 0, 0, NULL));
}

static void links_are_not_guessed_at_leisure(void **state) {
    (void)state;
    k->rate_limits = true;
    kit_reopen(k);
    for (int i = 0; i < 30; i++) {
        NO(look_at("nonsense", NULL), NOT_FOUND);
        NO(look("nonsense"), LINK_USED);
    }
    NO(look_at("nonsense", NULL), RATE_LIMITED);
    NO(look("nonsense"), RATE_LIMITED);
    NO(use("nonsense", "a quiet place"), RATE_LIMITED);
    NO(accept(cleo, "nonsense"), RATE_LIMITED);
    k->rate_limits = false;
}

static void secrets_of_links_stand_nowhere(void **state) {
    (void)state;
    char path[128], *bytes;
    char *token = invite_token(ann, 0, 0, 0), *reset = reset_link(cleo);
    kit_reopen(k); /* all of it is in the file */
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/confab.db%s", k->dir, i ? "-wal" : "");
        FILE *f = fopen(path, "rb");
        if (!f)
            continue;
        fseek(f, 0, SEEK_END);
        size_t n = (size_t)ftell(f);
        rewind(f);
        bytes = malloc(n + 1);
        assert_int_equal(fread(bytes, 1, n, f), n);
        fclose(f);
        assert_null(n ? memmem(bytes, n, token, strlen(token)) : NULL);
        assert_null(n ? memmem(bytes, n, reset, strlen(reset)) : NULL);
        free(bytes);
    }
    OK(look_at(token, NULL));
    OK(look(reset));
    free(token);
    free(reset);
}

/* --- the store */

static void a_fault_undoes_an_act_with_its_line_in_the_log(void **state) {
    (void)state;
    id64 room, message;
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Lobby", &dora, 1, &room));
    message = sent(dora, room, "m1");
    char *token = invite_token(cleo, room, 0, 0), *reset = reset_link(cleo);
    char before[256];
    for (int kind = 0; kind < 6; kind++) {
        enum fail fail = FAIL_UNAVAILABLE;
        for (int n = 1; fail != FAIL_NONE; n++) {
            snprintf(before, sizeof before, "%s", newest());
            kit_forget(k);
            fault_arm("store.statement", n);
            switch (kind) {
            case 0:
                fail = strike(ben, room, message, "Advertising");
                break;
            case 1:
                fail = disable(ben, dora, true);
                break;
            case 2:
                fail = archive(ben, room, true);
                break;
            case 3:
                fail = archive(ben, room, false);
                break;
            case 4:
                fail = accept(ann, token);
                break;
            default:
                fail = use(reset, "a quiet place");
            }
            fault_arm("", 0);
            if (fail == FAIL_NONE)
                break;
            assert_int_equal(fail, FAIL_UNAVAILABLE);
            assert_int_equal(k->commit_count, 0);
            assert_string_equal(newest(), before);
        }
    }
    free(token);
    free(reset);
}

static void lists_cost_the_same_however_long_they_are(void **state) {
    (void)state;
    struct op *op = ask(OP_MANAGE_USERS, ann);
    OK(kit_run(k, op, NULL));
    assert_int_equal(k->queries, 2); /* who asks, and the page */
    id64 room;
    for (int i = 0; i < 8; i++)
        OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Team", &dora, 1, &room));
    OK(kit_run(k, ask(OP_MANAGE_ROOMS, ann), NULL));
    assert_int_equal(k->queries, 2);
    OK(archive(ann, room, true));
    assert_int_equal(k->queries, 8);
}

/* How many reports wait; `ret_first`: the id of the newest. */
static size_t reports(id64 user, id64 *ret_first) {
    json_t *out;
    OK(kit_run(k, ask(OP_MANAGE_REPORTS, user), &out));
    const json_t *items = json_object_get(out, "items");
    size_t n = json_array_size(items);
    if (n)
        *ret_first = kit_id(json_array_get(items, 0), "id");
    json_decref(out);
    return n;
}

static enum fail report(id64 user, id64 room, id64 message, const char *reason) {
    struct op *op = kit_op(OP_REPORT, user);
    op->in.report.room = room;
    op->in.report.message = message;
    op->in.report.reason = str_from(reason);
    return kit_run(k, op, NULL);
}

static size_t found(id64 user, const char *q) {
    json_t *out;
    struct op *op = kit_op(OP_MANAGE_MESSAGES, user);
    op->in.search.q = str_from(q);
    OK(kit_run(k, op, &out));
    size_t n = json_array_size(json_object_get(out, "messages"));
    json_decref(out);
    return n;
}

static void a_report_shows_one_message_of_a_room_and_nothing_else(void **state) {
    (void)state;
    id64 group, open, first = 0;
    OK(kit_room(k, cleo, ROOM_KIND_GROUP, "Cellar", &dora, 1, &group));
    OK(kit_room(k, cleo, ROOM_KIND_OPEN, "Market", &dora, 1, &open));
    id64 bad = sent(dora, group, "m1"), beside = sent(dora, group, "m2"),
         told = sent(dora, open, "m3");
    assert_int_equal(found(ben, ""), 1);
    assert_int_equal(found(ben, "words"), 1);
    NO(report(dora, group, bad, "mine"), FORBIDDEN);
    NO(report(ann, group, bad, "not mine to see"), NOT_FOUND);
    OK(report(cleo, group, bad, "a threat"));
    OK(report(cleo, group, bad, "again"));
    OK(report(cleo, open, told, "dull"));
    assert_int_equal(reports(ben, &first), 2);
    assert_int_equal(found(ben, "words"), 1);
    NO(strike(ben, group, beside, "a threat"), NOT_FOUND);
    OK(strike(ben, group, bad, "a threat"));
    assert_int_equal(reports(ben, &first), 1);
    struct op *op = ask(OP_MANAGE_REPORT_SETTLE, ben);
    op->in.manage.report = first;
    OK(kit_run(k, op, NULL));
    assert_string_equal(newest(), "report_settled ben>dora #Market");
    assert_int_equal(reports(ben, &first), 0);
    /* A report outlives its room, and is settled all the same. */
    OK(report(cleo, open, told, "dull"));
    OK(kit_run(k, about_room(OP_MANAGE_ROOM_DELETE, ben, open), NULL));
    assert_int_equal(reports(ben, &first), 1);
    assert_int_equal(kit_scans(k), 0);
    kit_reopen(k); /* the purge ends; store_check sees rows that point to nothing */
    assert_int_equal(reports(ben, &first), 1);
    op = ask(OP_MANAGE_REPORT_SETTLE, ben);
    op->in.manage.report = first;
    OK(kit_run(k, op, NULL));
    assert_string_equal(newest(), "report_settled ben>dora");
    assert_int_equal(reports(ben, &first), 0);
    assert_int_equal(kit_scans(k), 0);
}

static void no_statement_reads_a_whole_table(void **state) {
    rooms_are_found_renamed_handed_over_and_deleted(state);
    an_invite_lets_in_as_often_and_as_long_as_it_was_made_for(state);
    only_so_many_invites_stand(state);
    people_are_searched_sorted_and_paged(state);
    a_password_is_reset_once_by_a_link(state);
    a_removed_message_tells_its_author_why(state);
    OK(kit_run(k, ask(OP_FIGURES, ann), NULL));
    assert_int_equal(kit_scans(k), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nobody_below_can_tell_that_the_site_exists),
        TEST(an_admin_may_not_act_on_the_owner),
        TEST(there_is_one_owner),
        TEST(people_are_searched_sorted_and_paged),
        TEST(an_account_is_made_with_a_link_for_its_password),
        TEST(an_account_is_renamed),
        TEST(a_password_is_reset_once_by_a_link),
        TEST(who_is_disabled_is_out_at_once),
        TEST(sessions_are_listed_and_ended),
        TEST(an_archived_room_can_only_be_read),
        TEST(rooms_are_found_renamed_handed_over_and_deleted),
        TEST(a_removed_message_tells_its_author_why),
        TEST(an_invite_lets_in_as_often_and_as_long_as_it_was_made_for),
        TEST(an_invite_ends_with_what_its_maker_may),
        TEST(who_is_invited_signs_up_where_invites_are_needed),
        TEST(only_so_many_invites_stand),
        TEST(links_are_not_guessed_at_leisure),
        TEST(secrets_of_links_stand_nowhere),
        TEST(a_fault_undoes_an_act_with_its_line_in_the_log),
        TEST(lists_cost_the_same_however_long_they_are),
        TEST(a_report_shows_one_message_of_a_room_and_nothing_else),
        TEST(no_statement_reads_a_whole_table),
    };
    return cmocka_run_group_tests_name("manage", tests, NULL, NULL);
}
