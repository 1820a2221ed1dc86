/* Streaming writer of JSON (RFC 8259) into a buf: no tree, no spaces, no newline, so that an event
 * is encoded once and fits any transport. Strings must be valid UTF-8. Reading is jansson's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"

struct json {
    struct buf *out;
    bool comma; /* the next value needs one before it */
};

static inline struct json json_into(struct buf *out) {
    return (struct json){.out = out};
}
void json_obj_open(struct json *j);
void json_obj_close(struct json *j);
void json_arr_open(struct json *j);
void json_arr_close(struct json *j);
void json_key(struct json *j, struct str key);
void json_str(struct json *j, struct str s);
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_nil(struct json *j); /* not json_null: jansson has that name */
void json_id(struct json *j, id64 id);
/* Already encoded. */
void json_raw(struct json *j, struct str encoded);
