/* The audit log: every administrative act, of the site and of the shell, in the transaction that
 * did it.
 *
 * Nobody can edit it: there is no code that changes or removes a line, triggers refuse it to
 * whoever comes by SQL, and who gets around those still meets the chain. Each line has
 *
 *     hash = BLAKE2b-256(hash of the line before, then each field as "<length>:<bytes>,")
 *
 * with 32 zero bytes before the first; fields in the order of the table, numbers in decimal. A line
 * that was changed, taken out or slipped in breaks the chain at its place. Cutting lines off the
 * end, or writing the whole end anew, breaks nothing inside the database: that shows against a hash
 * that was noted elsewhere (`confab audit verify`), and a server that runs tells each line of its
 * own to its log. */
#include "domain/audit.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "auth/token.h"
#include "base/limits.h"
#include "base/log.h"
#include "domain/access.h"
#include "domain/lists.h"
#include "store/data_admin.h"

#define HASH 32
#define HASH_TEXT (HASH * 2 + 1)
#define CHECKED_AT_ONCE 500

/* Lines of an operation, in its arena. */
struct audited {
    struct audited *before;
    int64_t id;
    enum AuditAct act;
    struct str actor;
    char hash[HASH_TEXT];
};

static void add_text(struct buf *b, struct str s) {
    buf_addf(b, "%zu:", s.n);
    buf_add_str(b, s);
    buf_add_char(b, ',');
}

static void add_number(struct buf *b, int64_t v) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, v);
    add_text(b, str_from(text));
}

static void hash_line(struct str before, const struct audit_row *x, unsigned char ret[HASH]) {
    static const char nothing[HASH];
    struct buf b = {0};
    buf_add_str(&b, before.n == HASH ? before : str_make(nothing, HASH));
    add_number(&b, x->id);
    add_number(&b, x->at_us);
    add_number(&b, x->source);
    add_number(&b, x->act);
    add_number(&b, x->actor);
    add_text(&b, x->actor_name);
    add_text(&b, x->address);
    add_number(&b, x->user);
    add_text(&b, x->user_name);
    add_number(&b, x->room);
    add_text(&b, x->room_name);
    add_text(&b, x->changes);
    token_digest(buf_str(&b), ret, HASH);
    buf_fini(&b);
}

static void hex_of(struct str hash, char ret[static HASH_TEXT]) {
    sodium_bin2hex(ret, HASH_TEXT, (const unsigned char *)hash.p, hash.n < HASH ? hash.n : HASH);
}

static struct str changes_text(struct arena *a, const struct p_audit_change *changes, size_t n) {
    struct buf b = {0};
    struct json j = json_into(&b);
    json_arr_open(&j);
    for (size_t i = 0; i < n; i++)
        p_audit_change_put(&j, &changes[i]);
    json_arr_close(&j);
    struct str text = arena_str(a, buf_str(&b));
    buf_fini(&b);
    return text;
}

void audit_add(struct run *r, enum AuditAct act, const struct user_row *user,
    const struct room_row *room, const struct p_audit_change *changes, size_t n) {
    struct op *op = r->op;
    struct audit_row last = {0};
    bool shell = op->who.user == 0;
    data_audit_last(r->tx, &last);
    struct audit_row x = {.id = last.id + 1,
        .at_us = tx_now_us(r->tx),
        .source = shell ? AUDIT_SOURCE_SHELL : AUDIT_SOURCE_API,
        .act = act,
        .actor = op->who.user,
        .actor_name = !shell      ? r->user.name
            : op->operator_name.p ? op->operator_name
                                  : STR("shell"),
        .address = shell || !op->address.p ? STR("") : op->address,
        .user = user ? user->id : 0,
        .user_name = user ? user->name : STR(""),
        .room = room ? room->id : 0,
        .room_name = room && room->name.p ? room->name : STR(""),
        .changes = changes_text(op->arena, changes, n)};
    unsigned char hash[HASH];
    hash_line(last.hash, &x, hash);
    x.hash = arena_str(op->arena, str_make((char *)hash, HASH));
    data_audit_add(r->tx, &x);

    struct audited *a = arena_new_of(op->arena, struct audited);
    *a = (struct audited){.before = r->audited, .id = x.id, .act = act, .actor = x.actor_name};
    hex_of(x.hash, a->hash);
    r->audited = a;
}

void audit_add_one(struct run *r, enum AuditAct act, const struct user_row *user,
    const struct room_row *room, const char *what, struct str from, struct str to) {
    struct p_audit_change change = {str_from(what), from, to};
    audit_add(r, act, user, room, &change, what != NULL);
}

void audit_log(const struct run *r) {
    for (const struct audited *a = r->audited; a; a = a->before)
        log_info("audit", "line=%" PRId64 " act=%.*s actor=%s hash=%s", a->id,
            STR_ARG(audit_act_name(a->act)), log_quote(a->actor), a->hash);
}

/* --- reading it */

static void put_line(struct json *j, const struct audit_row *x) {
    char hash[HASH_TEXT];
    hex_of(x->hash, hash);
    p_audit_line_put(j,
        &(struct p_audit_line){.id = x->id,
            .at = x->at_us / 1000,
            .source = (enum AuditSource)x->source,
            .act = (enum AuditAct)x->act,
            .actor = x->actor,
            .actor_name = x->actor_name,
            .address = x->address,
            .user = x->user,
            .user_name = x->user ? x->user_name : (struct str){0},
            .room = x->room,
            .room_name = x->room ? x->room_name : (struct str){0},
            .changes = x->changes,
            .hash = str_from(hash)});
}

void run_audit_list(struct run *r) {
    struct op *op = r->op;
    int64_t before = 0;
    if (!access_server(r))
        return;
    if (op->in.audit.cursor.p && (str_to_i64(op->in.audit.cursor, &before) < 0 || before < 1)) {
        op_fail(op, FAIL_CURSOR_INVALID, "cursor", NULL);
        return;
    }
    int limit = list_limit(op->in.audit.limit, LIST_DEFAULT, LIMIT_LIST);
    struct rows rows = {0};
    data_audit_list(r->tx, before, op->in.audit.act, op->in.audit.user, limit + 1, &rows);
    const struct audit_row *row = rows.p;
    struct str next = {0};
    struct buf b = {0};
    struct json j;
    list_open(&j, &b);
    for (int i = 0; i < (int)rows.n && i < limit; i++)
        /* Written by a newer version, and its words are not known here. */
        if (row[i].act < AUDIT_ACT_COUNT && row[i].source < AUDIT_SOURCE_COUNT)
            put_line(&j, &row[i]);
    if ((int)rows.n > limit)
        next = arena_printf(op->arena, "%" PRId64, row[limit - 1].id);
    list_close(r, &j, next);
}

/* Goes through all of it; `noted` is what the asker remembers of line in.audit.line. */
void run_audit_check(struct run *r) {
    struct op *op = r->op;
    struct p_audit_check check = {0};
    struct str before = {0};
    char text[HASH_TEXT] = "";
    if (!access_server(r))
        return;
    for (bool more = true; more && !check.has_broken_at;) {
        struct rows rows = {0};
        data_audit_after(r->tx, check.lines, CHECKED_AT_ONCE, &rows);
        more = rows.n == CHECKED_AT_ONCE;
        for (size_t i = 0; i < rows.n && !check.has_broken_at; i++) {
            const struct audit_row *x = (const struct audit_row *)rows.p + i;
            unsigned char hash[HASH];
            char hex[HASH_TEXT];
            hash_line(before, x, hash);
            hex_of(x->hash, hex);
            bool noted = x->id == op->in.audit.line && op->in.audit.hash.p
                && !str_eq(op->in.audit.hash, str_from(hex));
            if (x->id != check.lines + 1 || noted
                || !str_eq(x->hash, str_make((char *)hash, HASH))) {
                check.has_broken_at = true;
                check.broken_at = check.lines + 1;
                break;
            }
            check.lines++;
            before = x->hash;
            memcpy(text, hex, sizeof text);
        }
    }
    /* What is remembered of a line that is not there any more: cut off. */
    if (!check.has_broken_at && op->in.audit.line > check.lines) {
        check.has_broken_at = true;
        check.broken_at = check.lines + 1;
    }
    check.hash = str_from(text);
    ANSWER(r, p_audit_check_put, &check);
}

/* Of acts that are done outside the domain: copies of the database. */
void run_audit_note(struct run *r) {
    const struct op *op = r->op;
    struct room_row room;
    bool of_room = op->in.audit.room_handle.p != NULL;
    if (of_room ? access_shared_room(r, 0, op->in.audit.room_handle, &room) : access_server(r))
        audit_add_one(r, (enum AuditAct)op->in.audit.act, NULL, of_room ? &room : NULL, "file",
            (struct str){0}, op->in.audit.what);
}
