/* Full text and names, on SQLite's FTS5.
 *
 * An index holds terms that base/words.h makes, one blank between, and of messages some that no
 * text has: where (`=r<room>`), or of whispers for whom (`=w<person>`, twice), who (`=a<author>`),
 * and whether there is a link (`=l`). So every question is one of terms alone. It keeps no texts
 * (content=''): what is taken out is told again, and must be told as it was put in.
 *
 * A message's rowid is its time, so hits come out newest first, a page ends where the next begins,
 * and before and after are ends of a range; nothing is sorted and nothing skipped. Numbers do not
 * change with edits.
 *
 * What somebody may not read must not cost either. A question is first put to all rooms, and hits
 * of others' rooms are passed over by their number alone; who finds too few among the newest ones
 * gets the terms of their rooms into the question, and then it is the index that passes over.
 *
 * PostgreSQL: the same terms as a tsvector with positions (GIN), the same rows beside it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/words.h"
#include "store/columns.h"
#include "store/core.h"
#include "store/data_search.h"
#include "store/search_internal.h"

#define DOC_BITS 20
#define DOCS_PER_MS (INT64_C(1) << DOC_BITS)
#define LAST_MS ((INT64_C(1) << 42) - 1) /* in the year 2109; later is as late */

int64_t search_doc(int64_t at_us) {
    int64_t ms = at_us < 0 ? 0 : at_us / 1000;
    return (ms < LAST_MS ? ms : LAST_MS) << DOC_BITS;
}

void search_id_term(struct buf *out, const char *mark, id64 id) {
    char text[ID_TEXT];
    id_put(id, text);
    buf_add_str(out, str_from(mark));
    buf_add(out, text, ID_TEXT);
}

static bool has_link(struct str text) {
    return str_find_str(text, STR("http://")) >= 0 || str_find_str(text, STR("https://")) >= 0;
}

static bool is_found(const struct message_row *m) {
    return m->kind != 2 && !m->deleted_us && m->text.n > 0; /* 2: notices */
}

/* `peer`: of a whisper; 0: it is none. */
static void terms_of(struct buf *b, const struct message_row *m, id64 peer) {
    buf_reserve(b, 64 + m->text.n * 2);
    search_id_term(b, peer ? "=w" : "=r", peer ? peer : m->room);
    if (peer)
        search_id_term(b, " =w", m->author);
    search_id_term(b, " =a", m->author);
    if (has_link(m->text))
        buf_add_str(b, STR(" =l"));
    words_terms(b, m->text);
}

static void add_terms(struct tx *tx, const struct message_row *m, id64 peer, int64_t doc) {
    _cleanup_buf_ struct buf b = {0};
    terms_of(&b, m, peer);
    tx_exec(tx, "INSERT INTO search_terms (rowid, terms) VALUES ($1, $2)", "is", doc, buf_str(&b));
    tx->indexed++;
}

static int64_t free_doc(struct tx *tx, int64_t base) {
    struct query q;
    int64_t doc = base;
    query_open(&q, tx, "SELECT max(doc) FROM search_docs WHERE doc BETWEEN $1 AND $2", "ii", base,
        base + DOCS_PER_MS - 1);
    if (query_next(&q) && !query_null(&q, 0))
        doc = query_int(&q, 0) + 1;
    query_close(&q);
    return doc;
}

/* Two texts, for search_fill runs where the table has no `whisper` yet. */
static bool take_doc(struct tx *tx, const struct message_row *m, bool whisper, int64_t doc) {
    if (whisper)
        return tx_exec(tx,
                   "INSERT INTO search_docs (doc, message_id, room_id, whisper) VALUES ($1, $2, "
                   "$3, 1) ON CONFLICT (doc) DO NOTHING",
                   "iii", doc, m->id, m->room)
            == 1;
    return tx_exec(tx,
               "INSERT INTO search_docs (doc, message_id, room_id) VALUES ($1, $2, $3) ON CONFLICT "
               "(doc) DO NOTHING",
               "iii", doc, m->id, m->room)
        == 1;
}

/* Behind all of its millisecond. That is most often behind the last one, and then nobody need be
 * asked: what stands in the way says so. (In one statement it could not be: one that could undo
 * more than its own row would have FTS5 write what it holds back to the disk, and that after each
 * message.) */
static int64_t next_doc(struct tx *tx, const struct message_row *m, bool whisper) {
    int64_t base = search_doc(m->at_us), doc = base;
    if (tx->last_doc >= base && tx->last_doc < base + DOCS_PER_MS - 1)
        doc = tx->last_doc + 1;
    if (!take_doc(tx, m, whisper, doc)) {
        doc = free_doc(tx, base);
        take_doc(tx, m, whisper, doc);
    }
    return tx->last_doc = doc;
}

void search_add(struct tx *tx, const struct message_row *m) {
    if (is_found(m))
        add_terms(tx, m, 0, next_doc(tx, m, false));
}

static int64_t doc_of(struct tx *tx, const struct message_row *m) {
    struct query q;
    int64_t base = search_doc(m->at_us);
    query_open(&q, tx,
        "SELECT doc FROM search_docs WHERE doc BETWEEN $1 AND $2 AND message_id = $3", "iii", base,
        base + DOCS_PER_MS - 1, m->id);
    int64_t doc = query_next(&q) ? query_int(&q, 0) : 0;
    query_close(&q);
    return doc;
}

static int64_t remove_terms(struct tx *tx, const struct message_row *m, id64 peer) {
    _cleanup_buf_ struct buf b = {0};
    int64_t doc = is_found(m) ? doc_of(tx, m) : 0;
    if (!doc)
        return 0;
    terms_of(&b, m, peer);
    tx_exec(tx, "INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', $1, $2)",
        "is", doc, buf_str(&b));
    return doc;
}

void search_remove(struct tx *tx, const struct message_row *m) {
    int64_t doc = remove_terms(tx, m, 0);
    if (doc)
        tx_exec(tx, "DELETE FROM search_docs WHERE doc = $1", "i", doc);
}

void search_edit(struct tx *tx, const struct message_row *m, struct str text) {
    int64_t doc = remove_terms(tx, m, 0);
    struct message_row now = *m;
    now.text = text;
    if (doc)
        add_terms(tx, &now, 0, doc);
}

/* --- whispers */

struct message_row search_as_message(const struct whisper_row *w) {
    return (struct message_row){.id = w->id,
        .room = w->room,
        .seq = w->place,
        .kind = w->kind,
        .author = w->author,
        .at_us = w->at_us,
        .text = w->text,
        .edited_us = w->edited_us,
        .deleted_us = w->deleted_us,
        .notice = -1,
        .role = -1};
}

void search_add_whisper(struct tx *tx, const struct whisper_row *w) {
    struct message_row m = search_as_message(w);
    if (!is_found(&m))
        return;
    add_terms(tx, &m, w->peer, next_doc(tx, &m, true));
}

static bool find_whisper(struct tx *tx, id64 whisper, struct whisper_row *ret) {
    struct query q;
    query_open(
        &q, tx, "SELECT " WHISPER_COLUMNS("w") " FROM whispers w WHERE w.id = $1", "i", whisper);
    bool found = query_next(&q);
    if (found)
        read_whisper(&q, 0, ret);
    query_close(&q);
    return found;
}

void search_remove_whisper(struct tx *tx, id64 whisper) {
    struct whisper_row w;
    if (!find_whisper(tx, whisper, &w))
        return;
    struct message_row m = search_as_message(&w);
    int64_t doc = remove_terms(tx, &m, w.peer);
    if (doc)
        tx_exec(tx, "DELETE FROM search_docs WHERE doc = $1", "i", doc);
}

void search_edit_whisper(struct tx *tx, id64 whisper, struct str text) {
    struct whisper_row w;
    if (!find_whisper(tx, whisper, &w))
        return;
    struct message_row m = search_as_message(&w);
    int64_t doc = remove_terms(tx, &m, w.peer);
    m.text = text;
    if (doc)
        add_terms(tx, &m, w.peer, doc);
}

/* --- names */

static void user_terms(struct buf *b, const struct user_row *u) {
    words_name_terms(b, u->name);
    words_name_terms(b, u->display_name);
}

void search_add_user(struct tx *tx, const struct user_row *u) {
    _cleanup_buf_ struct buf b = {0};
    user_terms(&b, u);
    tx_exec(tx, "INSERT INTO search_people (rowid, terms) VALUES ($1, $2)", "is", u->id,
        b.n ? buf_str(&b) : STR(""));
}

static void search_remove_user(struct tx *tx, const struct user_row *u) {
    _cleanup_buf_ struct buf b = {0};
    user_terms(&b, u);
    tx_exec(tx, "INSERT INTO search_people (search_people, rowid, terms) VALUES ('delete', $1, $2)",
        "is", u->id, b.n ? buf_str(&b) : STR(""));
}

void search_rename_user(
    struct tx *tx, id64 user, const struct str *name, const struct str *display_name) {
    struct user_row u;
    if (!data_user_get(tx, user, &u))
        return;
    search_remove_user(tx, &u);
    if (name)
        u.name = *name;
    if (display_name)
        u.display_name = *display_name;
    search_add_user(tx, &u);
}

#define ROOM_OPEN 2

void search_add_room(struct tx *tx, const struct room_row *r) {
    _cleanup_buf_ struct buf b = {0};
    if (r->kind != ROOM_OPEN)
        return;
    words_name_terms(&b, r->name);
    tx_exec(tx, "INSERT INTO search_rooms (rowid, terms) VALUES ($1, $2)", "is", r->id,
        b.n ? buf_str(&b) : STR(""));
}

void search_remove_room(struct tx *tx, const struct room_row *r) {
    _cleanup_buf_ struct buf b = {0};
    if (r->kind != ROOM_OPEN)
        return;
    words_name_terms(&b, r->name);
    tx_exec(tx, "INSERT INTO search_rooms (search_rooms, rowid, terms) VALUES ('delete', $1, $2)",
        "is", r->id, b.n ? buf_str(&b) : STR(""));
}

/* --- putting pieces together */

int search_merge(struct db *db, int pages) {
    char sql[100];
    int64_t before = db_written(db);
    snprintf(sql, sizeof sql, "INSERT INTO search_terms (search_terms, rank) VALUES ('merge', %d)",
        pages);
    int r = db_script(db, sql);
    /* The statement itself counts as one. */
    return r < 0 ? r : db_written(db) - before > 1;
}

/* --- what was there before the index */

#define FILL_AT_ONCE 1000
#define FILL_SAY 100000

/* What there is of one kind. */
struct fill_step {
    const char *sql; /* rows behind the id $1, in the order of their ids, $2 at the most */
    size_t size;     /* of a row */
    id64 (*take)(struct query *q, void *row); /* returns its id */
    void (*add)(struct tx *tx, const void *row);
};

static id64 take_user(struct query *q, void *row) {
    struct user_row *u = row;
    *u = (struct user_row){.id = query_int(q, 0), query_str(q, 1), query_str(q, 2)};
    return u->id;
}

static void add_user(struct tx *tx, const void *row) {
    search_add_user(tx, row);
}

static id64 take_room(struct query *q, void *row) {
    struct room_row *r = row;
    *r = (struct room_row){.id = query_int(q, 0), .kind = ROOM_OPEN, .name = query_str(q, 1)};
    return r->id;
}

static void add_room(struct tx *tx, const void *row) {
    search_add_room(tx, row);
}

static id64 take_message(struct query *q, void *row) {
    struct message_row *m = row;
    *m = (struct message_row){.id = query_int(q, 0),
        .room = query_int(q, 1),
        .author = query_int(q, 2),
        .at_us = query_int(q, 3),
        .text = query_str(q, 4),
        .kind = (int)query_int(q, 5),
        .deleted_us = query_int(q, 6)};
    return m->id;
}

static void add_message(struct tx *tx, const void *row) {
    search_add(tx, row);
}

static id64 take_whisper(struct query *q, void *row) {
    struct whisper_row *w = row;
    read_whisper(q, 0, w);
    return w->id;
}

static void add_whisper(struct tx *tx, const void *row) {
    search_add_whisper(tx, row);
}

static const struct fill_step fill_users = {
    "SELECT id, name, display_name FROM users WHERE id > $1 ORDER BY id LIMIT $2",
    sizeof(struct user_row), take_user, add_user};
static const struct fill_step fill_rooms = {
    "SELECT id, name FROM rooms WHERE id > $1 AND kind = 2 AND deleted = 0 ORDER BY id LIMIT $2",
    sizeof(struct room_row), take_room, add_room};
static const struct fill_step fill_messages = {
    "SELECT id, room_id, author_id, at, text, kind, deleted_at FROM messages WHERE id > $1 "
    "ORDER BY id LIMIT $2",
    sizeof(struct message_row), take_message, add_message};
static const struct fill_step fill_whispers = {
    "SELECT " WHISPER_COLUMNS("w") " FROM whispers w WHERE w.id > $1 ORDER BY w.id LIMIT $2",
    sizeof(struct whisper_row), take_whisper, add_whisper};

/* Returns the last id of the piece; 0: there is no more. */
static id64 fill_piece(
    struct tx *tx, const struct fill_step *step, id64 after, int64_t *ret_count) {
    struct query q;
    struct rows rows = {0};
    id64 last = 0;
    query_open(&q, tx, step->sql, "ii", after, (int64_t)FILL_AT_ONCE);
    while (query_next(&q))
        last = step->take(&q, rows_add(&rows, tx->arena, step->size));
    query_close(&q);
    for (size_t i = 0; i < rows.n; i++)
        step->add(tx, (char *)rows.p + i * step->size);
    *ret_count += (int64_t)rows.n;
    return last;
}

static int fill(struct db *db, const struct fill_step *const *steps, size_t n) {
    struct tx tx = {.db = db, .write = true};
    int64_t count = 0, said = 0;
    for (size_t i = 0; i < n; i++) {
        id64 last = 0;
        do {
            tx.arena = arena_new();
            last = fill_piece(&tx, steps[i], last, &count);
            arena_free(&tx.arena);
            if (count / FILL_SAY > said / FILL_SAY)
                log_info(
                    "making what is there ready to be searched", "done=%" PRId64, said = count);
        } while (last && !tx.error);
    }
    return tx.error;
}

int search_fill(struct db *db) {
    static const struct fill_step *const steps[] = {&fill_users, &fill_rooms, &fill_messages};
    return fill(db, steps, sizeof steps / sizeof *steps);
}

int search_fill_whispers(struct db *db) {
    static const struct fill_step *const steps[] = {&fill_whispers};
    return fill(db, steps, 1);
}
