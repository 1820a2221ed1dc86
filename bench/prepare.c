/* Fills the database of a stopped server with people and rooms, faster than any API could: argon2
 * alone takes 34 ms for each account. The server has made the file, so that the schema is the real
 * one.
 *
 *   prepare FILE [--indexed] MEMBERSxMESSAGES[xROOMS] …
 *
 * Each argument makes ROOMS private rooms (default 1) of MEMBERS people of their own, with that
 * many messages. People and rooms are numbered from 0 in the order of the arguments; kit.h says how
 * the nth is called and what their token is. Nobody of them has a password. `--indexed`: all of it
 * can be searched, which takes as long as the rest. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/token.h"
#include "base/clock.h"
#include "event/protocol.h"
#include "kit.h"
#include "store/data_search.h"
#include "store/db.h"

#define DAY INT64_C(86400000000)
#define MESSAGES_FROM (INT64_C(1) << 43)
#define BATCH 50000

static struct {
    sqlite3 *db;
    sqlite3_stmt *user, *session, *room, *member, *notice, *message;
    int64_t now, users, rooms, messages, written;
} p;

static void sql(const char *text) {
    char *error = NULL;
    if (sqlite3_exec(p.db, text, NULL, NULL, &error) != SQLITE_OK)
        kit_fail("prepare: %s: %s", text, error);
}

static sqlite3_stmt *prepared(const char *text) {
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(p.db, text, -1, &st, NULL) != SQLITE_OK)
        kit_fail("prepare: %s: %s", text, sqlite3_errmsg(p.db));
    return st;
}

static void insert(sqlite3_stmt *st) {
    if (sqlite3_step(st) != SQLITE_DONE)
        kit_fail("prepare: %s: %s", sqlite3_sql(st), sqlite3_errmsg(p.db));
    sqlite3_reset(st);
    if (++p.written % BATCH == 0)
        sql("COMMIT; BEGIN");
}

static void bind_text(sqlite3_stmt *st, int at, const char *text) {
    sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

static void prepare_statements(void) {
    p.user = prepared(
        "INSERT INTO users (id, name, display_name, sort_key, search, kind, role, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    p.session = prepared("INSERT INTO sessions (id, user_id, token_hash, bearer, label, address, "
                         "created_at, used_at, expires_at)"
                         " VALUES (?1, ?1, ?2, 1, 'bench', '127.0.0.1', ?3, ?3, ?4)");
    p.room = prepared("INSERT INTO rooms (id, kind, name, topic, search, created_at, created_by, "
                      "head, count, last_seq,"
                      " member_count) VALUES (?1, ?2, ?3, '', ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    p.member = prepared("INSERT INTO members (room_id, user_id, role, joined_at, joined_seq, "
                        "read_seq, read_ordinal)"
                        " VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)");
    p.notice = prepared(
        "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, notice, value)"
        " VALUES (?1, ?2, 1, 0, ?3, ?4, ?5, '', ?6, ?7)");
    p.message = prepared(
        "INSERT INTO messages (id, room_id, seq, ordinal, kind, author_id, at, text, client_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
}

static void add_user(int64_t n) {
    char name[32], display[32], search[80], token[KIT_TOKEN + 1];
    unsigned char hash[TOKEN_HASH];
    snprintf(name, sizeof name, "b%07lld", (long long)n);
    snprintf(display, sizeof display, "person %07lld", (long long)n);
    snprintf(search, sizeof search, " %s %s", name, display);
    sqlite3_bind_int64(p.user, 1, kit_user(n));
    bind_text(p.user, 2, name);
    bind_text(p.user, 3, display);
    bind_text(p.user, 4, display);
    bind_text(p.user, 5, search);
    sqlite3_bind_int(p.user, 6, USER_KIND_PERSON);
    sqlite3_bind_int(p.user, 7, n == 0 ? SERVER_ROLE_OWNER : SERVER_ROLE_MEMBER);
    sqlite3_bind_int64(p.user, 8, p.now);
    insert(p.user);
    kit_token(n, token);
    if (!token_hash(str_from(token), hash))
        kit_fail("prepare: %s is no token", token);
    sqlite3_bind_int64(p.session, 1, kit_user(n));
    sqlite3_bind_blob(p.session, 2, hash, sizeof hash, SQLITE_TRANSIENT);
    sqlite3_bind_int64(p.session, 3, p.now);
    sqlite3_bind_int64(p.session, 4, p.now + 30 * DAY);
    insert(p.session);
}

static void add_room(int64_t members, int64_t messages) {
    id64 room = kit_room(p.rooms);
    char name[32];
    snprintf(name, sizeof name, "room %07lld", (long long)p.rooms);
    sqlite3_bind_int64(p.room, 1, room);
    sqlite3_bind_int(p.room, 2, ROOM_KIND_GROUP);
    bind_text(p.room, 3, name);
    sqlite3_bind_int64(p.room, 4, p.now);
    sqlite3_bind_int64(p.room, 5, kit_user(p.users));
    sqlite3_bind_int64(p.room, 6, messages + 1);
    sqlite3_bind_int64(p.room, 7, messages);
    sqlite3_bind_int64(p.room, 8, messages + 1);
    sqlite3_bind_int64(p.room, 9, members);
    insert(p.room);
    sqlite3_bind_int64(p.notice, 1, MESSAGES_FROM + p.messages++);
    sqlite3_bind_int64(p.notice, 2, room);
    sqlite3_bind_int(p.notice, 3, MESSAGE_KIND_NOTICE);
    sqlite3_bind_int64(p.notice, 4, kit_user(p.users));
    sqlite3_bind_int64(p.notice, 5, p.now);
    sqlite3_bind_int(p.notice, 6, NOTICE_KIND_CREATED);
    bind_text(p.notice, 7, name);
    insert(p.notice);
    for (int64_t i = 0; i < members; i++) {
        sqlite3_bind_int64(p.member, 1, room);
        sqlite3_bind_int64(p.member, 2, kit_user(p.users + i));
        sqlite3_bind_int(p.member, 3, i == 0 ? ROOM_ROLE_OWNER : ROOM_ROLE_MEMBER);
        sqlite3_bind_int64(p.member, 4, p.now);
        sqlite3_bind_int64(p.member, 5, messages + 1);
        sqlite3_bind_int64(p.member, 6, messages);
        insert(p.member);
    }
    p.rooms++;
}

/* Every text is its own; lengths as people's are: most short, some long, 80 characters in the mean.
 */
static void add_messages(int64_t members, int64_t count) {
    static const char words[] =
        "the quick brown fox jumps over the lazy dog and then it sits down in the grass and waits "
        "until"
        " somebody has read about it which takes a while because people are busy these days with";
    char text[256], client[32];
    for (int64_t i = 1; i <= count; i++) {
        uint64_t mixed = (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15) >> 40;
        int length = 10 + (int)(mixed % 140),
            n = snprintf(text, sizeof text, "%lld ", (long long)i);
        snprintf(text + n, sizeof text - (size_t)n, "%.*s", length, words + mixed % 20);
        snprintf(client, sizeof client, "p%lld", (long long)p.messages);
        sqlite3_bind_int64(p.message, 1, MESSAGES_FROM + p.messages++);
        sqlite3_bind_int64(p.message, 2, kit_room(p.rooms - 1));
        sqlite3_bind_int64(p.message, 3, i + 1);
        sqlite3_bind_int64(p.message, 4, i);
        sqlite3_bind_int(p.message, 5, MESSAGE_KIND_TEXT);
        sqlite3_bind_int64(p.message, 6, kit_user(p.users + (int64_t)(mixed % (uint64_t)members)));
        sqlite3_bind_int64(p.message, 7, p.now - (count - i) * 1000000);
        bind_text(p.message, 8, text);
        bind_text(p.message, 9, client);
        insert(p.message);
    }
}

static void add(const char *what) {
    struct str s = str_from(what), part;
    int64_t number[3] = {0, 0, 1};
    for (int i = 0; i < 3 && str_next(&s, 'x', &part); i++)
        if (str_to_i64(part, &number[i]) < 0)
            kit_fail("prepare: what is %s?", what);
    for (int64_t r = 0; r < number[2]; r++) {
        for (int64_t i = 0; i < number[0]; i++)
            add_user(p.users + i);
        add_room(number[0], number[1]);
        add_messages(number[0], number[1]);
        p.users += number[0];
    }
}

/* As the store does it with what was there before there was an index. */
static void make_index(const char *file) {
    struct db *db = NULL;
    struct buf error = {0};
    if (db_open(file, DB_WRITE, &db, &error) < 0 || db_begin(db, true) < 0 || search_fill(db) < 0
        || db_commit(db) < 0)
        kit_fail("prepare: %s %s", buf_z(&error), db ? db_words(db) : "");
    db_close(&db);
    buf_fini(&error);
}

int main(int argc, char **argv) {
    bool indexed = argc > 2 && str_eq(str_from(argv[2]), STR("--indexed"));
    if (argc < 3 + indexed)
        kit_fail("prepare FILE [--indexed] MEMBERSxMESSAGES[xROOMS] …");
    if (sqlite3_open_v2(argv[1], &p.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        kit_fail("prepare: can't open %s", argv[1]);
    p.now = clock_now_us();
    /* Nothing here outlives a power cut: the folder goes with the benchmark. */
    sql("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-262144; BEGIN");
    prepare_statements();
    for (int i = 2 + indexed; i < argc; i++)
        add(argv[i]);
    sql("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_stmt *all[] = {p.user, p.session, p.room, p.member, p.notice, p.message};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sqlite3_finalize(all[i]);
    if (sqlite3_close(p.db) != SQLITE_OK)
        kit_fail("prepare: can't close %s", argv[1]);
    if (indexed)
        make_index(argv[1]);
    printf("{\"users\":%lld,\"rooms\":%lld,\"messages\":%lld}\n", (long long)p.users,
        (long long)p.rooms, (long long)p.messages);
    return 0;
}
