/* What the server's administrators may do, that all of it is written down, and that nobody can
 * rewrite it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "four.h"
#include "store/db.h"

static int setup(void **state) {
    (void)state;
    four_open();
    kit_forget(k);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    four_close();
    return 0;
}

/* user 0: the shell. */
static struct op *ask(enum op_kind kind, id64 user) {
    struct op *op = kit_op(kind, user);
    if (!user)
        op->operator_name = STR("root");
    return op;
}

static enum fail set(id64 user, const char *key, const char *value) {
    struct op *op = ask(OP_SETTINGS_PATCH, user);
    struct op_setting item = {str_from(key), str_from(value)};
    op->in.settings.items = &item;
    op->in.settings.n = 1;
    return kit_run(k, op, NULL);
}

static enum fail sign_up(const char *name) {
    struct op *op = op_new(OP_ACCOUNT_CREATE);
    op->in.account.name = str_from(name);
    op->in.account.password = STR("correct horse");
    return kit_run(k, op, NULL);
}

static enum fail audit(id64 user, json_t **out) {
    struct op *op = ask(OP_AUDIT_LIST, user);
    op->in.audit.act = -1;
    op->in.audit.limit = LIMIT_LIST;
    return kit_run(k, op, out);
}

/* "act actor>user room: what from>to, …" of the newest line. */
static const char *newest(void) {
    static char text[512];
    json_t *page;
    OK(audit(ann, &page));
    const json_t *line = json_array_get(json_object_get(page, "items"), 0), *change;
    size_t i;
    if (!line)
        return "nothing";
    const char *user = kit_text(line, "user_name"), *room = kit_text(line, "room_name");
    size_t n = (size_t)snprintf(text, sizeof text, "%s %s%s%s%s%s", kit_text(line, "act"),
        kit_text(line, "actor_name"), user ? ">" : "", user ? user : "", room ? " #" : "",
        room ? room : "");
    json_array_foreach (json_object_get(line, "changes"), i, change) {
        const char *from = kit_text(change, "from"), *to = kit_text(change, "to");
        n += (size_t)snprintf(text + n, sizeof text - n, ", %s %s>%s", kit_text(change, "what"),
            from ? from : "", to ? to : "");
    }
    json_decref(page);
    return text;
}

static int sql(const char *text) {
    char path[128];
    struct db *db = NULL;
    struct buf error = {0};
    snprintf(path, sizeof path, "%s/confab.db", k->dir);
    assert_int_equal(db_open(path, DB_WRITE, &db, &error), 0);
    int r = db_script(db, text);
    db_close(&db);
    buf_fini(&error);
    return r;
}

/* --- settings */

static void settings_are_for_administrators(void **state) {
    (void)state;
    static const enum op_kind kinds[] = {
        OP_SETTINGS_GET, OP_SETTINGS_PATCH, OP_AUDIT_LIST, OP_AUDIT_CHECK, OP_AUDIT_NOTE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        NO(kit_run(k, kit_op(kinds[i], ben), NULL), NOT_FOUND);
        NO(kit_run(k, kit_op(kinds[i], 0), NULL), SIGNED_OUT);
        NO(kit_run(k, kit_op(kinds[i], 12345), NULL), SIGNED_OUT);
        OK(kit_run(k, ask(kinds[i], ann), NULL));
        OK(kit_run(k, ask(kinds[i], 0), NULL));
    }
}

static void who_may_sign_up_is_a_setting(void **state) {
    (void)state;
    OK(sign_up("eve"));
    OK(set(ann, "sign_up", "closed"));
    assert_string_equal(newest(), "settings_changed ann, sign_up open>closed");
    NO(sign_up("frank"), SIGN_UP_CLOSED);
    OK(set(ann, "sign_up", "invite"));
    NO(sign_up("frank"), INVITE_NEEDED);
    OK(set(0, "sign_up", "open"));
    assert_string_equal(newest(), "settings_changed root, sign_up invite>open");
    OK(sign_up("frank"));
    OK(set(ann, "accounts", "6"));
    NO(sign_up("grace"), SERVER_FULL);
    OK(set(ann, "accounts", "0"));
    OK(sign_up("grace"));
    NO(set(ann, "sign_up", "perhaps"), FIELD_INVALID);
    NO(set(ann, "accounts", "-1"), FIELD_INVALID);
    NO(set(ann, "colour", "blue"), FIELD_INVALID);
    NO(set(ann, "name", " "), FIELD_INVALID);
}

static void the_first_account_may_be_made_on_a_closed_server(void **state) {
    (void)state;
    struct kit fresh;
    kit_open(&fresh);
    struct op *op = op_new(OP_SETTINGS_PATCH);
    struct op_setting item = {STR("sign_up"), STR("closed")};
    op->operator_name = STR("root");
    op->in.settings.items = &item;
    op->in.settings.n = 1;
    OK(kit_run(&fresh, op, NULL));
    for (int i = 0; i < 2; i++) {
        op = op_new(OP_ACCOUNT_CREATE);
        op->in.account.name = i ? STR("second") : STR("first");
        op->in.account.password = STR("correct horse");
        assert_int_equal(kit_run(&fresh, op, NULL), i ? FAIL_SIGN_UP_CLOSED : FAIL_NONE);
    }
    kit_close(&fresh);
}

static void limits_hold_at_once(void **state) {
    (void)state;
    char text[202];
    json_t *server;
    id64 room;
    memset(text, 'x', 201);
    text[201] = 0;
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Lobby", NULL, 0, &room));
    OK(kit_send(k, ann, room, "c1", text, NULL));
    OK(set(ann, "text_chars", "200"));
    NO(kit_send(k, ann, room, "c2", text, NULL), TEXT_TOO_LONG);
    OK(kit_send(k, ann, room, "c3", text + 1, NULL));
    OK(set(ann, "room_members", "2"));
    OK(kit_add(k, ben, room, ben));
    NO(kit_add(k, cleo, room, cleo), ROOM_FULL);
    NO(kit_room(k, ann, ROOM_KIND_GROUP, "Team", (id64[]){ben, cleo}, 2, NULL), ROOM_FULL);
    OK(set(ann, "members_open_rooms", "no"));
    NO(kit_room(k, ben, ROOM_KIND_OPEN, "Mine", NULL, 0, NULL), FORBIDDEN);
    OK(kit_room(k, ben, ROOM_KIND_GROUP, "Mine", NULL, 0, NULL));
    OK(kit_room(k, ann, ROOM_KIND_OPEN, "Ours", NULL, 0, NULL));
    OK(set(ann, "name", "Hill & Dale"));
    kit_reopen(k); /* and hold on */
    OK(kit_run(k, op_new(OP_SERVER_GET), &server));
    assert_string_equal(kit_text(server, "name"), "Hill & Dale");
    assert_string_equal(kit_text(server, "sign_up"), "open");
    assert_int_equal(kit_int(server, "text_chars"), 200);
    json_decref(server);
    NO(kit_send(k, ann, room, "c4", text, NULL), TEXT_TOO_LONG);
}

/* --- the audit log */

static void the_audit_log_cannot_be_edited(void **state) {
    (void)state;
    json_t *check;
    OK(set(ann, "name", "One"));
    OK(set(ann, "name", "Two"));
    assert_true(sql("UPDATE audit SET actor = 'nobody'") < 0);
    assert_true(sql("DELETE FROM audit") < 0);
    assert_true(sql("DELETE FROM audit WHERE id = 6") < 0);
    assert_true(sql("INSERT OR REPLACE INTO audit SELECT 1, at, source, act, actor_id, actor, "
                    "address, user_id, user_name, room_id, room_name, changes, hash FROM audit "
                    "WHERE id = 2")
        < 0);
    OK(kit_run(k, ask(OP_AUDIT_CHECK, ann), &check));
    assert_int_equal(kit_int(check, "lines"), 6); /* four accounts, two names */
    assert_null(json_object_get(check, "broken_at"));
    json_decref(check);
}

static int64_t broken_at(int64_t noted_line, const char *noted_hash) {
    struct op *op = ask(OP_AUDIT_CHECK, ann);
    json_t *check, *at;
    op->in.audit.line = noted_line;
    op->in.audit.hash = str_from(noted_hash);
    OK(kit_run(k, op, &check));
    at = json_object_get(check, "broken_at");
    int64_t line = at ? json_integer_value(at) : 0;
    json_decref(check);
    return line;
}

#define WITHOUT_TRIGGERS \
    "DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays; DROP TRIGGER audit_appends; "

static void whoever_gets_around_the_triggers_meets_the_chain(void **state) {
    (void)state;
    char hash[65];
    json_t *page;
    OK(set(ann, "name", "One"));
    OK(set(ann, "name", "Two"));
    OK(audit(ann, &page));
    snprintf(hash, sizeof hash, "%s",
        kit_text(json_array_get(json_object_get(page, "items"), 0), "hash"));
    json_decref(page);
    assert_int_equal(broken_at(6, hash), 0);
    char first = hash[0];
    hash[0] = first == '0' ? '1' : '0';
    assert_int_equal(broken_at(6, hash), 6);
    hash[0] = first;
    struct buf report = {0};
    assert_int_equal(store_check(k->store, &report), 0);
    assert_int_equal(sql(WITHOUT_TRIGGERS), 0);
    assert_int_equal(store_check(k->store, &report), 1);
    buf_fini(&report);
    /* The end is gone: nothing breaks but for who remembers it. */
    assert_int_equal(
        sql("CREATE TABLE kept AS SELECT * FROM audit; DELETE FROM audit WHERE id = 6"), 0);
    assert_int_equal(broken_at(0, NULL), 0);
    assert_int_equal(broken_at(6, hash), 6);
#define REDO "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; "
    assert_int_equal(sql(REDO "UPDATE audit SET actor = 'ben' WHERE id = 5"), 0);
    assert_int_equal(broken_at(0, NULL), 5);
    assert_int_equal(sql(REDO "DELETE FROM audit WHERE id = 3"), 0);
    assert_int_equal(broken_at(0, NULL), 3);
    assert_int_equal(
        sql(REDO "UPDATE audit SET changes = replace(changes, 'Two', 'Six') WHERE id = 6"), 0);
    assert_int_equal(broken_at(0, NULL), 6);
    assert_int_equal(sql(REDO), 0);
    assert_int_equal(broken_at(6, hash), 0);
}

static void the_audit_log_is_paged_and_filtered(void **state) {
    (void)state;
    json_t *page;
    for (int i = 0; i < 7; i++)
        OK(set(ann, "name", (char[]){'N', (char)('0' + i), 0}));
    size_t seen = 0;
    char cursor[32] = "";
    for (bool more = true; more;) {
        struct op *op = ask(OP_AUDIT_LIST, ann);
        op->in.audit.act = AUDIT_ACT_SETTINGS_CHANGED;
        op->in.audit.limit = 3;
        if (cursor[0])
            op->in.audit.cursor = str_from(cursor);
        OK(kit_run(k, op, &page));
        seen += json_array_size(json_object_get(page, "items"));
        more = kit_text(page, "next") != NULL;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", kit_text(page, "next"));
        json_decref(page);
    }
    assert_int_equal(seen, 7);
    struct op *op = ask(OP_AUDIT_LIST, ann);
    op->in.audit.act = -1;
    op->in.audit.user = ben;
    OK(kit_run(k, op, &page));
    assert_int_equal(json_array_size(json_object_get(page, "items")), 1); /* his account was made */
    json_decref(page);
    op = ask(OP_AUDIT_LIST, ann);
    op->in.audit.cursor = STR("x");
    NO(kit_run(k, op, NULL), CURSOR_INVALID);
}

static void an_act_that_fails_is_not_in_the_log(void **state) {
    (void)state;
    OK(set(ann, "name", "Before"));
    for (int n = 1;; n++) {
        fault_arm("store.statement", n);
        enum fail fail = set(ann, "name", "After");
        fault_arm("", 0);
        if (fail == FAIL_NONE)
            break;
        assert_string_equal(newest(), "settings_changed ann, name Test>Before");
    }
    assert_string_equal(newest(), "settings_changed ann, name Before>After");
    assert_int_equal(broken_at(0, NULL), 0);
}

/* --- beside a running server */

/* A second process, as the shell is one. */
static void beside(struct op *op) {
    struct store *store;
    struct buf error = {0};
    assert_int_equal(store_open(&(struct store_config){.dir = k->dir}, &store, &error), 0);
    struct domain *domain = domain_new(&(struct domain_config){
        .store = store, .server_name = STR("Test"), .version = STR("0"), .cheap_passwords = true});
    domain_run(domain, op);
    OK(op->fail);
    op_free(&op);
    domain_free(&domain);
    store_close(&store);
}

/* Ticks until the server has told so many events; returns the last commit. */
static const struct commit *told(unsigned n) {
    for (int64_t until = clock_mono_us() + 10 * SECOND_US;;) {
        domain_tick(k->domain);
        pthread_mutex_lock(&k->lock);
        const struct commit *c = k->commit_count ? k->commits[k->commit_count - 1] : NULL;
        pthread_mutex_unlock(&k->lock);
        if (c && c->n == n)
            return c;
        assert_true(clock_mono_us() < until);
    }
}

static void what_the_shell_does_is_told_by_the_server(void **state) {
    (void)state;
    struct op *op = op_new(OP_ADMIN_TOKEN);
    op->in.admin.name = STR("ben");
    OK(kit_run(k, op, NULL));
    kit_forget(k);
    op = op_new(OP_ADMIN_DISABLE);
    op->in.admin.name = STR("ben");
    op->in.admin.disabled = true;
    beside(op);
    const struct commit *c = told(3);
    assert_int_equal(c->events[0].audience, EVENT_WATCHERS);
    assert_int_equal(c->events[1].audience, EVENT_SESSION);
    assert_int_equal(c->events[2].audience, EVENT_USER);
    assert_int_equal(c->events[2].effect, EFFECT_GONE);
    assert_int_equal(c->events[2].target, ben);
    /* Once. */
    OK(set(ann, "name", "Later"));
    kit_forget(k);
    domain_tick(k->domain);
    OK(set(ann, "name", "Still later"));
    kit_reopen(k);
    assert_int_equal(k->commit_count, 0);
}

static void settings_of_the_shell_are_taken_up(void **state) {
    (void)state;
    struct op *op = ask(OP_SETTINGS_PATCH, 0);
    struct op_setting item = {STR("text_chars"), STR("100")};
    char text[102];
    id64 room;
    memset(text, 'x', 101);
    text[101] = 0;
    OK(kit_room(k, ann, ROOM_KIND_GROUP, "Team", NULL, 0, &room));
    op->in.settings.items = &item;
    op->in.settings.n = 1;
    beside(op);
    enum fail fail = FAIL_NONE;
    for (int64_t until = clock_mono_us() + 10 * SECOND_US; fail == FAIL_NONE;) {
        char id[24];
        snprintf(id, sizeof id, "c%lld", (long long)clock_mono_us());
        domain_tick(k->domain);
        fail = kit_send(k, ann, room, id, text, NULL);
        assert_true(clock_mono_us() < until);
    }
    assert_int_equal(fail, FAIL_TEXT_TOO_LONG);
}

static void a_server_that_starts_forgets_what_nobody_heard(void **state) {
    (void)state;
    struct op *op = op_new(OP_ADMIN_DISABLE);
    op->in.admin.name = STR("ben");
    op->in.admin.disabled = true;
    beside(op);
    kit_reopen(k);
    kit_forget(k);
    domain_tick(k->domain);
    OK(set(ann, "name", "Later"));
    kit_reopen(k);
    assert_int_equal(k->commit_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        T(settings_are_for_administrators), T(who_may_sign_up_is_a_setting),
        T(the_first_account_may_be_made_on_a_closed_server), T(limits_hold_at_once),
        T(the_audit_log_cannot_be_edited), T(whoever_gets_around_the_triggers_meets_the_chain),
        T(the_audit_log_is_paged_and_filtered), T(an_act_that_fails_is_not_in_the_log),
        T(what_the_shell_does_is_told_by_the_server), T(settings_of_the_shell_are_taken_up),
        T(a_server_that_starts_forgets_what_nobody_heard)};
    log_setup(LOG_ERROR + 1, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
