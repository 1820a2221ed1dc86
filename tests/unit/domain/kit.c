#include "kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"

static void on_commit(void *arg, struct commit *c) {
    struct kit *k = arg;
    pthread_mutex_lock(&k->lock);
    if (k->deaf)
        commit_unref(&c);
    else {
        if (k->commit_count == k->commit_cap) {
            k->commit_cap = k->commit_cap ? k->commit_cap * 2 : 64;
            k->commits = xrealloc(k->commits, k->commit_cap * sizeof *k->commits);
        }
        k->commits[k->commit_count++] = c;
    }
    pthread_mutex_unlock(&k->lock);
}

static void on_passing(void *arg, const struct event *events, unsigned n) {
    struct kit *k = arg;
    pthread_mutex_lock(&k->lock);
    k->passing = xrealloc(k->passing, (k->passing_count + n) * sizeof *events);
    for (unsigned i = 0; i < n; i++) {
        struct event *e = &k->passing[k->passing_count++];
        *e = events[i];
        if (e->json)
            blob_ref(e->json);
    }
    pthread_mutex_unlock(&k->lock);
}

static void start(struct kit *k) {
    struct buf error = {0};
    int r = store_open(&(struct store_config){.dir = k->dir, .exclusive = true}, &k->store, &error);
    if (r < 0)
        fprintf(stderr, "%s\n", buf_z(&error));
    CHECK(r == 0);
    buf_fini(&error);
    k->domain = domain_new(&(struct domain_config){.store = k->store,
        .on_commit = on_commit,
        .on_commit_arg = k,
        .on_passing = on_passing,
        .on_passing_arg = k,
        .server_name = STR("Test"),
        .version = STR("0"),
        .cheap_passwords = true,
        .rate_limits = k->rate_limits});
}

void kit_open(struct kit *k) {
    log_least = LOG_ERROR;
    const char *tmp = getenv("TMPDIR");
    *k = (struct kit){0};
    snprintf(k->dir, sizeof k->dir, "%s/confab-test-XXXXXX", tmp ? tmp : "/tmp");
    pthread_mutex_init(&k->lock, NULL);
    CHECK(mkdtemp(k->dir));
    start(k);
}

void kit_reopen(struct kit *k) {
    domain_free(&k->domain);
    store_close(&k->store);
    start(k);
}

void kit_forget(struct kit *k) {
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->commit_count; i++)
        commit_unref(&k->commits[i]);
    k->commit_count = 0;
    for (size_t i = 0; i < k->passing_count; i++)
        blob_unref(&k->passing[i].json);
    k->passing_count = 0;
    pthread_mutex_unlock(&k->lock);
}

void kit_remove_dir(const char *path) {
    DIR *dir = opendir(path);
    CHECK(dir);
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    rmdir(path);
}

void kit_close(struct kit *k) {
    domain_free(&k->domain);
    store_close(&k->store);
    kit_forget(k);
    free(k->commits);
    free(k->passing);
    pthread_mutex_destroy(&k->lock);
    kit_remove_dir(k->dir);
}

struct op *kit_op(enum op_kind kind, id64 user) {
    struct op *op = op_new(kind);
    op->who.user = user;
    return op;
}

enum fail kit_run(struct kit *k, struct op *op, json_t **ret_out) {
    domain_run(k->domain, op);
    enum fail fail = op->fail;
    k->queries = op->queries;
    CHECK(fail == FAIL_NONE || !op->out);
    if (ret_out)
        *ret_out = op->out ? json_loadb(op->out->p, op->out->n, 0, NULL) : NULL;
    CHECK(!ret_out || !op->out || *ret_out);
    op_free(&op);
    return fail;
}

id64 kit_id(const json_t *object, const char *key) {
    id64 id = 0;
    const char *text = json_string_value(json_object_get(object, key));
    CHECK(text && id_parse(str_from(text), &id));
    return id;
}

int64_t kit_int(const json_t *object, const char *key) {
    const json_t *v = json_object_get(object, key);
    CHECK(json_is_integer(v));
    return json_integer_value(v);
}

const char *kit_text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

id64 kit_person(struct kit *k, const char *name) {
    struct op *op = op_new(OP_ADMIN_ADD);
    json_t *out;
    op->in.admin.name = str_from(name);
    op->in.admin.role = SERVER_ROLE_MEMBER;
    CHECK(kit_run(k, op, &out) == FAIL_NONE);
    id64 id = kit_id(out, "id");
    json_decref(out);
    return id;
}

enum fail kit_room(struct kit *k, id64 user, int kind, const char *name, const id64 *members,
    size_t n, id64 *ret_room) {
    struct op *op = kit_op(OP_ROOM_CREATE, user);
    json_t *out;
    op->in.room.kind = kind;
    op->in.room.name = str_from(name);
    op->in.room.members = members;
    op->in.room.member_count = n;
    enum fail fail = kit_run(k, op, &out);
    if (fail == FAIL_NONE && ret_room)
        *ret_room = kit_id(json_object_get(out, "room"), "id");
    json_decref(out);
    return fail;
}

id64 kit_direct(struct kit *k, id64 user, id64 other) {
    struct op *op = kit_op(OP_ROOM_CREATE, user);
    json_t *out;
    op->in.room.kind = ROOM_KIND_DIRECT;
    op->in.room.user = other;
    CHECK(kit_run(k, op, &out) == FAIL_NONE);
    id64 id = kit_id(json_object_get(out, "room"), "id");
    json_decref(out);
    return id;
}

enum fail kit_send(struct kit *k, id64 user, id64 room, const char *client_id, const char *text,
    json_t **ret_out) {
    struct op *op = kit_op(OP_MESSAGE_SEND, user);
    op->in.message.room = room;
    op->in.message.client_id = str_from(client_id);
    op->in.message.text = str_from(text);
    return kit_run(k, op, ret_out);
}

enum fail kit_read(struct kit *k, id64 user, id64 room, int64_t seq) {
    struct op *op = kit_op(OP_READ, user);
    op->in.read.room = room;
    op->in.read.seq = seq;
    return kit_run(k, op, NULL);
}

enum fail kit_unread(struct kit *k, id64 user, id64 room, int64_t seq) {
    struct op *op = kit_op(OP_UNREAD, user);
    op->in.read.room = room;
    op->in.read.seq = seq;
    return kit_run(k, op, NULL);
}

enum fail kit_block(struct kit *k, id64 user, id64 whom, bool on) {
    struct op *op = kit_op(OP_BLOCK, user);
    op->in.block.user = whom;
    op->in.block.on = on;
    return kit_run(k, op, NULL);
}

enum fail kit_notify(struct kit *k, id64 user, id64 room, int level) {
    struct op *op = kit_op(OP_NOTIFY, user);
    op->in.own.room = room;
    op->in.own.level = level;
    return kit_run(k, op, NULL);
}

enum fail kit_draft(
    struct kit *k, id64 user, id64 room, const char *text, int64_t age_ms, json_t **ret_out) {
    struct op *op = kit_op(OP_DRAFT, user);
    op->in.own.room = room;
    op->in.own.text = str_from(text);
    op->in.own.age_ms = age_ms;
    return kit_run(k, op, ret_out);
}

static enum fail member(
    struct kit *k, enum op_kind kind, id64 user, id64 room, id64 other, int role) {
    struct op *op = kit_op(kind, user);
    op->in.member.room = room;
    op->in.member.user = other;
    op->in.member.role = role;
    return kit_run(k, op, NULL);
}

enum fail kit_add(struct kit *k, id64 user, id64 room, id64 other) {
    return member(k, OP_MEMBER_ADD, user, room, other, 0);
}

enum fail kit_remove(struct kit *k, id64 user, id64 room, id64 other) {
    return member(k, OP_MEMBER_REMOVE, user, room, other, 0);
}

enum fail kit_role(struct kit *k, id64 user, id64 room, id64 other, int role) {
    return member(k, OP_MEMBER_PATCH, user, room, other, role);
}

enum fail kit_patch(struct kit *k, id64 user, id64 room, const char *name, const char *topic) {
    struct op *op = kit_op(OP_ROOM_PATCH, user);
    op->in.room.room = room;
    op->in.room.name = str_from(name);
    op->in.room.topic = str_from(topic);
    return kit_run(k, op, NULL);
}

enum fail kit_delete_room(struct kit *k, id64 user, id64 room) {
    struct op *op = kit_op(OP_ROOM_DELETE, user);
    op->in.id = room;
    return kit_run(k, op, NULL);
}

enum fail kit_edit(struct kit *k, id64 user, id64 room, id64 message, const char *text) {
    struct op *op = kit_op(OP_MESSAGE_EDIT, user);
    op->in.message.room = room;
    op->in.message.message = message;
    op->in.message.text = str_from(text);
    return kit_run(k, op, NULL);
}

enum fail kit_delete(struct kit *k, id64 user, id64 room, id64 message) {
    struct op *op = kit_op(OP_MESSAGE_DELETE, user);
    op->in.message.room = room;
    op->in.message.message = message;
    return kit_run(k, op, NULL);
}

enum fail kit_react(struct kit *k, id64 user, id64 room, id64 message, const char *emoji, bool on) {
    struct op *op = kit_op(OP_REACT, user);
    op->in.mark.room = room;
    op->in.mark.message = message;
    op->in.mark.emoji = str_from(emoji);
    op->in.mark.on = on;
    return kit_run(k, op, NULL);
}

enum fail kit_mark(struct kit *k, enum op_kind kind, id64 user, id64 room, id64 message, bool on) {
    struct op *op = kit_op(kind, user);
    op->in.mark.room = room;
    op->in.mark.message = message;
    op->in.mark.on = on;
    return kit_run(k, op, NULL);
}

enum fail kit_page(struct kit *k, id64 user, id64 room, int64_t before, int64_t after,
    int64_t around, int limit, json_t **ret_out) {
    struct op *op = kit_op(OP_MESSAGES_PAGE, user);
    op->in.page.room = room;
    op->in.page.before = before;
    op->in.page.after = after;
    op->in.page.around = around;
    op->in.page.limit = limit;
    return kit_run(k, op, ret_out);
}

enum fail kit_page_from(struct kit *k, id64 user, id64 room, bool forward, int64_t seq,
    id64 whisper, int limit, json_t **ret_out) {
    struct op *op = kit_op(OP_MESSAGES_PAGE, user);
    op->in.page.room = room;
    op->in.page.before = forward ? -1 : seq;
    op->in.page.after = forward ? seq : -1;
    op->in.page.around = -1;
    op->in.page.whisper = whisper;
    op->in.page.limit = limit;
    return kit_run(k, op, ret_out);
}

enum fail kit_whisper(struct kit *k, id64 user, id64 room, id64 to, const char *client_id,
    const char *text, json_t **ret_out) {
    struct op *op = kit_op(OP_WHISPER, user);
    op->in.message.room = room;
    op->in.message.to = to;
    op->in.message.client_id = str_from(client_id);
    op->in.message.text = str_from(text);
    op->in.message.kind = MESSAGE_KIND_TEXT;
    return kit_run(k, op, ret_out);
}

static struct op *about_whisper(enum op_kind kind, id64 user, id64 room, id64 whisper) {
    struct op *op = kit_op(kind, user);
    op->in.message.room = room;
    op->in.message.message = whisper;
    return op;
}

enum fail kit_whisper_edit(
    struct kit *k, id64 user, id64 room, id64 whisper, const char *text, json_t **ret_out) {
    struct op *op = about_whisper(OP_WHISPER_EDIT, user, room, whisper);
    op->in.message.text = str_from(text);
    return kit_run(k, op, ret_out);
}

enum fail kit_whisper_delete(struct kit *k, id64 user, id64 room, id64 whisper) {
    return kit_run(k, about_whisper(OP_WHISPER_DELETE, user, room, whisper), NULL);
}

enum fail kit_whispers_read(struct kit *k, id64 user, id64 room, int64_t read) {
    struct op *op = kit_op(OP_WHISPERS_READ, user);
    op->in.read.room = room;
    op->in.read.seq = read;
    return kit_run(k, op, NULL);
}

json_t *kit_sync(struct kit *k, id64 user, const char *epoch, int64_t useq,
    const struct op_cursor *cursors, size_t n) {
    struct op *op = kit_op(OP_SYNC, user);
    op->in.sync.epoch = str_from(epoch);
    op->in.sync.useq = useq;
    op->in.sync.cursors = cursors;
    op->in.sync.cursor_count = n;
    op->in.sync.connection = STR("test");
    domain_run(k->domain, op);
    k->queries = op->queries;
    CHECK(op->fail == FAIL_NONE);
    json_t *frames = json_array();
    for (size_t i = 0; i < op->sync.frame_count; i++) {
        struct blob *b = op->sync.frames[i];
        json_array_append_new(frames, json_loadb(b->p, b->n, 0, NULL));
    }
    op_free(&op);
    return frames;
}

static void find_scan(void *arg, const char *sql, const char *plan) {
    /* Read whole on purpose: searching within names, and what only the check and the removal of
     * rooms do. */
    static const char *const allowed[] = {"instr", "meta", "FROM settings", "FROM told",
        "deleted = 1", "DELETE FROM sessions WHERE id IN", "kind = 0"};
    int *bad = arg;
    bool scans = false;
    for (const char *p = plan; (p = strstr(p, "SCAN ")); p++)
        scans = scans
            || (strncmp(p, "SCAN found", 10) != 0 && strncmp(p, "SCAN CONSTANT", 13) != 0
                && strncmp(p, "SCAN search_people VIRTUAL TABLE INDEX", 38) != 0);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        scans = scans && !strstr(sql, allowed[i]);
    if (scans) {
        fprintf(stderr, "%s\n%s\n", sql, plan);
        ++*bad;
    }
}

int kit_scans(struct kit *k) {
    int bad = 0;
    domain_drain(k->domain);
    store_explain(k->store, find_scan, &bad);
    return bad;
}
