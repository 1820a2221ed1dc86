#include "domain/settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "domain/access.h"
#include "domain/audit.h"
#include "domain/text.h"
#include "store/data_admin.h"

enum form { FORM_TEXT, FORM_PICTURE, FORM_MODE, FORM_FLAG, FORM_NUMBER };

/* Every setting there is. Keys are those of the API's object `Settings`. */
static const struct setting {
    const char *key;
    enum form form;
    size_t at;
    int64_t least, most; /* FORM_NUMBER */
} table[] = {
#define SETTING(field, form, ...) \
    { #field, form, offsetof(struct p_settings, field), __VA_ARGS__ }
    SETTING(name, FORM_TEXT, 0, 0),
    SETTING(picture, FORM_PICTURE, 0, 0), /* empty: none */
    SETTING(sign_up, FORM_MODE, 0, 0),
    SETTING(members_invite, FORM_FLAG, 0, 0),
    SETTING(members_open_rooms, FORM_FLAG, 0, 0),
    SETTING(text_chars, FORM_NUMBER, 100, LIMIT_TEXT_CHARS),
    SETTING(room_members, FORM_NUMBER, 2, LIMIT_ROOM_MEMBERS),
    SETTING(accounts, FORM_NUMBER, 0, LIMIT_ACCOUNTS),
#undef SETTING
};
#define COUNT (sizeof table / sizeof *table)

static struct p_settings defaults(const struct domain *d) {
    return (struct p_settings){.name = d->config.server_name,
        .sign_up = SIGN_UP_MODE_OPEN,
        .members_open_rooms = true,
        .text_chars = LIMIT_TEXT_CHARS,
        .room_members = LIMIT_ROOM_MEMBERS};
}

static const struct setting *find(struct str key) {
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(key, str_from(table[i].key)))
            return &table[i];
    return NULL;
}

static void *field_of(const struct setting *s, const struct p_settings *v) {
    return (char *)v + s->at;
}

/* False: this can't be its value. */
static bool parse(const struct setting *s, struct str text, struct p_settings *v) {
    int64_t number;
    switch (s->form) {
    case FORM_TEXT:
        *(struct str *)field_of(s, v) = text;
        return true;
    case FORM_PICTURE:
        *(struct str *)field_of(s, v) = text.n ? text : (struct str){0};
        return true;
    case FORM_MODE:
        return sign_up_mode_parse(text, field_of(s, v));
    case FORM_FLAG:
        *(bool *)field_of(s, v) = str_eq(text, STR("yes"));
        return str_eq(text, STR("yes")) || str_eq(text, STR("no"));
    case FORM_NUMBER:
        if (str_to_i64(text, &number) < 0 || number < s->least || number > s->most)
            return false;
        *(int64_t *)field_of(s, v) = number;
        return true;
    }
    return false;
}

static struct str text_of(const struct setting *s, const struct p_settings *v, struct arena *a) {
    switch (s->form) {
    case FORM_TEXT:
        return *(struct str *)field_of(s, v);
    case FORM_PICTURE:
        return v->picture.p ? v->picture : STR("");
    case FORM_MODE:
        return sign_up_mode_name(*(enum SignUpMode *)field_of(s, v));
    case FORM_FLAG:
        return *(bool *)field_of(s, v) ? STR("yes") : STR("no");
    case FORM_NUMBER:
        return arena_printf(a, "%" PRId64, *(int64_t *)field_of(s, v));
    }
    return STR("");
}

/* --- at hand */

static void keep(struct settings *s, const struct p_settings *v) {
    struct p_settings before = s->now;
    s->now = *v;
    s->now.name = str_make(str_dup_z(v->name), v->name.n);
    if (v->picture.p)
        s->now.picture = str_make(str_dup_z(v->picture), v->picture.n);
    free((char *)before.name.p);
    free((char *)before.picture.p);
    atomic_store_explicit(&s->text_chars, v->text_chars, memory_order_relaxed);
}

void settings_init(struct domain *d) {
    struct p_settings v = defaults(d);
    pthread_mutex_init(&d->settings.lock, NULL);
    keep(&d->settings, &v);
}

void settings_fini(struct domain *d) {
    free((char *)d->settings.now.name.p);
    free((char *)d->settings.now.picture.p);
    pthread_mutex_destroy(&d->settings.lock);
}

struct p_settings settings_now(struct domain *d, struct arena *a) {
    pthread_mutex_lock(&d->settings.lock);
    struct p_settings v = d->settings.now;
    v.name = arena_str(a, v.name);
    if (v.picture.p)
        v.picture = arena_str(a, v.picture);
    pthread_mutex_unlock(&d->settings.lock);
    return v;
}

struct p_settings settings_read(struct domain *d, struct tx *tx, struct arena *a) {
    struct p_settings v = defaults(d);
    struct rows rows = {0};
    data_settings(tx, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        const struct setting_row *row = (const struct setting_row *)rows.p + i;
        const struct setting *s = find(row->key);
        /* Of another version, or from outside the bounds of this one: as if it were not there. */
        if (s)
            parse(s, row->value, &v);
    }
    v.name = arena_str(a, v.name);
    return v;
}

void settings_keep(struct domain *d, const struct p_settings *v) {
    pthread_mutex_lock(&d->settings.lock);
    d->settings.generation++;
    keep(&d->settings, v);
    pthread_mutex_unlock(&d->settings.lock);
}

void settings_keep_read(struct domain *d, const struct p_settings *v, unsigned generation) {
    pthread_mutex_lock(&d->settings.lock);
    if (generation == d->settings.generation)
        keep(&d->settings, v);
    pthread_mutex_unlock(&d->settings.lock);
}

unsigned settings_generation(struct domain *d) {
    pthread_mutex_lock(&d->settings.lock);
    unsigned generation = d->settings.generation;
    pthread_mutex_unlock(&d->settings.lock);
    return generation;
}

int text_message_chars(const struct op *op) {
    return op->domain
        ? (int)atomic_load_explicit(&op->domain->settings.text_chars, memory_order_relaxed)
        : LIMIT_TEXT_CHARS;
}

/* --- asked for and changed */

void run_settings_get(struct run *r) {
    if (!access_server(r))
        return;
    struct p_settings v = settings_read(r->domain, r->tx, r->op->arena);
    ANSWER(r, p_settings_put, &v);
}

static bool take(struct run *r, const struct op_setting *item, struct p_settings *v) {
    struct op *op = r->op;
    const struct setting *s = find(item->key);
    struct str text = item->value;
    if (!s) {
        op_fail(op, FAIL_FIELD_INVALID, "key", "there is no setting %.*s", STR_ARG(item->key));
        return false;
    }
    if (s->form == FORM_PICTURE) {
        op_fail(op, FAIL_FIELD_INVALID, s->key, "pictures are uploaded: PUT /admin/picture");
        return false;
    }
    if (s->form == FORM_TEXT && !text_check_server_name(op, text, &text))
        return false;
    if (parse(s, text, v))
        return true;
    switch (s->form) {
    case FORM_MODE:
        op_fail(op, FAIL_FIELD_INVALID, s->key, "open, invite or closed is expected");
        break;
    case FORM_FLAG:
        op_fail(op, FAIL_FIELD_INVALID, s->key, "yes or no is expected");
        break;
    default:
        op_fail(op, FAIL_FIELD_INVALID, s->key,
            "a number from %" PRId64 " to %" PRId64 " is expected", s->least, s->most);
    }
    return false;
}

void settings_change(
    struct run *r, const struct p_settings *before, const struct p_settings *after) {
    struct arena *a = r->op->arena;
    struct p_audit_change changes[COUNT];
    size_t n = 0;
    for (size_t i = 0; i < COUNT; i++) {
        struct str from = text_of(&table[i], before, a), to = text_of(&table[i], after, a);
        if (str_eq(from, to))
            continue;
        data_setting_set(r->tx, str_from(table[i].key), to);
        changes[n++] = (struct p_audit_change){str_from(table[i].key), from, to};
    }
    if (!n)
        return;
    audit_add(r, AUDIT_ACT_SETTINGS_CHANGED, NULL, NULL, changes, n);
    struct p_settings *kept = arena_new_of(a, struct p_settings);
    *kept = *after;
    r->settings = kept;
}

void run_settings_patch(struct run *r) {
    struct op *op = r->op;
    if (!access_server(r))
        return;
    struct p_settings before = settings_read(r->domain, r->tx, op->arena), after = before;
    for (size_t i = 0; i < op->in.settings.n; i++)
        if (!take(r, &op->in.settings.items[i], &after))
            return;
    settings_change(r, &before, &after);
    ANSWER(r, p_settings_put, &after);
}
