#include "api/decode.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "web/request.h"

void decode_refuse(struct decode *d, enum fail fail, const char *field, const char *detail) {
    if (decode_failed(d))
        return;
    d->fail = fail;
    d->field = field;
    d->detail = detail ? arena_str(d->arena, str_from(detail)) : (struct str){0};
}

/* Depth of brackets outside strings: jansson's own bound is far above ours. */
static bool is_too_deep(struct str text) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
        if (depth > LIMIT_JSON_DEPTH)
            return true;
    }
    return false;
}

void decode_open(struct decode *d, struct arena *arena, struct str text) {
    json_error_t error;
    *d = (struct decode){.arena = arena, .into = arena};
    if (is_too_deep(text)) {
        decode_refuse(d, FAIL_JSON_INVALID, NULL, "nested too deeply");
        return;
    }
    d->root =
        json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!d->root) {
        /* The parser's words go on to quote the input, perhaps through the middle of a character:
         * they end before that. */
        struct str words = str_from(error.text);
        ptrdiff_t quote = str_find(words, '\'');
        d->fail = FAIL_JSON_INVALID;
        d->detail = arena_printf(arena, "line %d, column %d: %.*s", error.line, error.column,
            quote < 0 ? (int)words.n : (int)quote, words.p);
        if (!utf8_valid(d->detail))
            d->detail = (struct str){0};
    } else if (!json_is_object(d->root)) {
        decode_refuse(d, FAIL_JSON_INVALID, NULL, "an object is expected");
    }
}

static bool is_json(struct str type) {
    struct str rest = type, essence;
    return str_next(&rest, ';', &essence)
        && str_eq_nocase(str_trim(essence), STR("application/json"));
}

void decode_request(struct decode *d, struct request *r) {
    if (is_json(request_header(r, STR("content-type")))) {
        decode_open(d, r->arena, r->body);
        return;
    }
    *d = (struct decode){.arena = r->arena, .into = r->arena};
    decode_refuse(d, FAIL_MEDIA_TYPE, NULL, NULL);
}

void decode_close(struct decode *d) {
    json_decref(d->root);
    d->root = NULL;
}

/* The value, or NULL: failed before, absent (a failure when `required`), or null (as if absent). */
static const json_t *value_of(struct decode *d, const char *name, bool required) {
    const json_t *v = decode_failed(d) ? NULL : json_object_get(d->root, name);
    if (json_is_null(v))
        v = NULL;
    if (!v && required)
        decode_refuse(d, FAIL_FIELD_MISSING, name, NULL);
    return v;
}

static struct str read_str(struct decode *d, const char *name, bool required) {
    const json_t *v = value_of(d, name, required);
    if (v && json_is_string(v))
        return arena_str(d->into, str_make(json_string_value(v), json_string_length(v)));
    if (v)
        decode_refuse(d, FAIL_FIELD_INVALID, name, "a string is expected");
    return (struct str){0};
}

struct str decode_str(struct decode *d, const char *name) {
    return read_str(d, name, true);
}

struct str decode_str_optional(struct decode *d, const char *name) {
    return read_str(d, name, false);
}

static id64 read_id(struct decode *d, const char *name, bool required) {
    id64 id = 0;
    struct str text = read_str(d, name, required);
    if (text.p && !id_parse(text, &id))
        decode_refuse(d, FAIL_FIELD_INVALID, name, "this is no id");
    return id;
}

id64 decode_id(struct decode *d, const char *name) {
    return read_id(d, name, true);
}

id64 decode_id_optional(struct decode *d, const char *name) {
    return read_id(d, name, false);
}

static int64_t read_int(struct decode *d, const char *name, bool required, int64_t otherwise) {
    const json_t *v = value_of(d, name, required);
    if (!v)
        return otherwise;
    if (!json_is_integer(v) || json_integer_value(v) < 0
        || json_integer_value(v) > (INT64_C(1) << 53)) {
        decode_refuse(d, FAIL_FIELD_INVALID, name, "a whole number from 0 to 2^53 is expected");
        return otherwise;
    }
    return json_integer_value(v);
}

int64_t decode_int(struct decode *d, const char *name) {
    return read_int(d, name, true, 0);
}

int64_t decode_int_optional(struct decode *d, const char *name, int64_t otherwise) {
    return read_int(d, name, false, otherwise);
}

static bool read_bool(struct decode *d, const char *name, bool required, bool otherwise) {
    const json_t *v = value_of(d, name, required);
    if (!v)
        return otherwise;
    if (!json_is_boolean(v))
        decode_refuse(d, FAIL_FIELD_INVALID, name, "true or false is expected");
    return json_is_true(v);
}

bool decode_bool(struct decode *d, const char *name) {
    return read_bool(d, name, true, false);
}

bool decode_bool_optional(struct decode *d, const char *name, bool otherwise) {
    return read_bool(d, name, false, otherwise);
}

bool decode_has(const struct decode *d, const char *name) {
    const json_t *v = decode_failed(d) ? NULL : json_object_get(d->root, name);
    return v && !json_is_null(v);
}

static const id64 *read_ids(
    struct decode *d, const char *name, bool required, size_t most, size_t *ret_n) {
    const json_t *v = value_of(d, name, required);
    *ret_n = 0;
    if (!v)
        return NULL;
    if (!json_is_array(v) || json_array_size(v) > most) {
        decode_refuse(d, FAIL_FIELD_INVALID, name,
            json_is_array(v) ? "too many" : "a list of ids is expected");
        return NULL;
    }
    id64 *ids = arena_new_n(d->into, id64, json_array_size(v) + 1);
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        if (!json_is_string(item)
            || !id_parse(str_make(json_string_value(item), json_string_length(item)), &ids[i])) {
            decode_refuse(d, FAIL_FIELD_INVALID, name, "a list of ids is expected");
            return NULL;
        }
    }
    *ret_n = json_array_size(v);
    return ids;
}

const id64 *decode_ids(struct decode *d, const char *name, size_t most, size_t *ret_n) {
    return read_ids(d, name, true, most, ret_n);
}

const id64 *decode_ids_optional(struct decode *d, const char *name, size_t most, size_t *ret_n) {
    return read_ids(d, name, false, most, ret_n);
}
