/* Reading JSON that a peer sent, field by field. The first thing that is wrong is kept and the rest
 * reads as empty, so that a caller reads all it wants and asks once. Strings and lists are copied.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "domain/fail.h"

struct request;

struct decode {
    struct arena *arena; /* for words about what is wrong */
    struct arena *into;  /* for what is read; the same, unless the caller says otherwise */
    json_t *root;        /* an object, or NULL */
    enum fail fail;
    const char *field; /* static */
    struct str detail;
};

/* Bounded in depth (LIMIT_JSON_DEPTH) and free of repeated keys; the bytes are bounded by whoever
 * received them. */
void decode_open(struct decode *d, struct arena *arena, struct str text);
/* The body of a request: application/json. */
void decode_request(struct decode *d, struct request *r);
void decode_close(struct decode *d);
static inline bool decode_failed(const struct decode *d) {
    return d->fail != FAIL_NONE;
}
void decode_refuse(struct decode *d, enum fail fail, const char *field, const char *detail);

/* `name` is a literal. Required: missing is a failure; optional: p == NULL, 0, or the default. */
struct str decode_str(struct decode *d, const char *name);
struct str decode_str_optional(struct decode *d, const char *name);
id64 decode_id(struct decode *d, const char *name);
id64 decode_id_optional(struct decode *d, const char *name);
int64_t decode_int(struct decode *d, const char *name);
int64_t decode_int_optional(struct decode *d, const char *name, int64_t otherwise);
bool decode_bool(struct decode *d, const char *name);
bool decode_bool_optional(struct decode *d, const char *name, bool otherwise);
/* Is it there, and not null? */
bool decode_has(const struct decode *d, const char *name);
/* A list of ids, at most `most`. Optional and absent: none. */
const id64 *decode_ids(struct decode *d, const char *name, size_t most, size_t *ret_n);
const id64 *decode_ids_optional(struct decode *d, const char *name, size_t most, size_t *ret_n);
