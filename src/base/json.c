#include "base/json.h"

static void before_value(struct json *j) {
    if (j->comma)
        buf_add_char(j->out, ',');
    j->comma = true;
}

void json_obj_open(struct json *j) {
    before_value(j);
    buf_add_char(j->out, '{');
    j->comma = false;
}

void json_obj_close(struct json *j) {
    buf_add_char(j->out, '}');
    j->comma = true;
}

void json_arr_open(struct json *j) {
    before_value(j);
    buf_add_char(j->out, '[');
    j->comma = false;
}

void json_arr_close(struct json *j) {
    buf_add_char(j->out, ']');
    j->comma = true;
}

static bool is_plain(unsigned char c) {
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F;
}

static void add_escaped(struct buf *out, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    for (const char *l = letters; *l; l += 2)
        if ((unsigned char)*l == c) {
            buf_add(out, (char[]){'\\', l[1]}, 2);
            return;
        }
    buf_add(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void add_quoted(struct buf *out, struct str s) {
    buf_reserve(out, s.n + 2);
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && is_plain((unsigned char)s.p[i]))
            i++;
        buf_add(out, s.p + from, i - from);
        if (i < s.n)
            add_escaped(out, (unsigned char)s.p[i++]);
    }
    buf_add_char(out, '"');
}

void json_key(struct json *j, struct str key) {
    before_value(j);
    add_quoted(j->out, key);
    buf_add_char(j->out, ':');
    j->comma = false;
}

void json_str(struct json *j, struct str s) {
    before_value(j);
    add_quoted(j->out, s);
}

void json_int(struct json *j, int64_t v) {
    before_value(j);
    buf_add_i64(j->out, v);
}

void json_bool(struct json *j, bool v) {
    before_value(j);
    buf_add_str(j->out, v ? STR("true") : STR("false"));
}

void json_nil(struct json *j) {
    before_value(j);
    buf_add_str(j->out, STR("null"));
}

void json_id(struct json *j, id64 id) {
    char text[ID_TEXT + 2];
    before_value(j);
    text[0] = text[ID_TEXT + 1] = '"';
    id_put(id, text + 1);
    buf_add(j->out, text, sizeof text);
}

void json_raw(struct json *j, struct str encoded) {
    before_value(j);
    buf_add_str(j->out, encoded);
}
