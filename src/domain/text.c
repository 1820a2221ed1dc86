#include "domain/text.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "domain/op.h"

static bool is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* U+FFFE and its kin: no characters, for ever. */
static bool is_no_character(uint32_t c) {
    return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

/* Turns text around, breaks lines, or can't be seen: in a name it makes one look like another.
 * Joiners stay: scripts and emoji need them. */
static bool is_trick(uint32_t c) {
    return c == 0x61c || c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0xad || c == 0x180e
        || (c >= 0xe0000 && c <= 0xe007f) || c == 0x3164 || c == 0x115f || c == 0x1160
        || c == 0xffa0 || c == 0x2800;
}

static bool is_blank(uint32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == 0xa0 || c == 0x1680
        || (c >= 0x2000 && c <= 0x200d) || c == 0x202f || c == 0x205f || c == 0x3000 || is_trick(c);
}

bool text_check_message(struct op *op, struct str text) {
    if (!text.p || !utf8_valid(text)) {
        op_fail(op, FAIL_TEXT_INVALID, "text", "it is not UTF-8");
        return false;
    }
    size_t chars = 0;
    bool blank = true;
    uint32_t c;
    for (struct str rest = text; utf8_next(&rest, &c); chars++) {
        if ((is_control(c) && c != '\n' && c != '\t') || is_no_character(c)) {
            op_fail(op, FAIL_TEXT_INVALID, "text", "U+%04X at character %zu can't be kept",
                (unsigned)c, chars + 1);
            return false;
        }
        blank = blank && is_blank(c);
    }
    size_t most = (size_t)text_message_chars(op);
    if (chars > most)
        op_fail(op, FAIL_TEXT_TOO_LONG, "text", "%zu characters; at most %zu", chars, most);
    else if (blank)
        op_fail(op, FAIL_TEXT_EMPTY, "text", NULL);
    return op->fail == FAIL_NONE;
}

static bool is_name_edge(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Words that people take for the server itself speaking, and addresses of pages. */
static const char *const reserved[] = {"admin", "administrator", "all", "anyone", "api", "channel",
    "confab", "everybody", "everyone", "here", "me", "moderator", "nobody", "null", "owner", "root",
    "room", "security", "server", "staff", "support", "system", "undefined"};

bool text_check_name(struct op *op, struct str name, struct str *ret_name) {
    char folded[LIMIT_NAME_CHARS];
    if (name.n < 2 || name.n > LIMIT_NAME_CHARS) {
        op_fail(op, FAIL_NAME_INVALID, "name", "a name has 2 to %d characters", LIMIT_NAME_CHARS);
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        good = good && (is_name_edge(folded[i]) || c == '.' || c == '_' || c == '-');
    }
    if (!good || !is_name_edge(folded[0]) || !is_name_edge(folded[name.n - 1])) {
        op_fail(op, FAIL_NAME_INVALID, "name",
            "a name is made of a-z 0-9 . _ - and starts and ends with a letter or a digit");
        return false;
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (str_eq(str_make(folded, name.n), str_from(reserved[i]))) {
            op_fail(op, FAIL_NAME_INVALID, "name", "this name is reserved");
            return false;
        }
    *ret_name = arena_str(op->arena, str_make(folded, name.n));
    return true;
}

static bool check_line(struct op *op, enum fail fail, const char *field, struct str text,
    size_t least, size_t most, struct str *ret) {
    if (!text.p || !utf8_valid(text)) {
        op_fail(op, fail, field, "it is not UTF-8");
        return false;
    }
    text = str_trim(text);
    size_t chars = 0;
    bool blank = true;
    uint32_t c;
    for (struct str rest = text; utf8_next(&rest, &c); chars++) {
        if (is_control(c) || is_no_character(c) || is_trick(c)) {
            op_fail(op, fail, field, "U+%04X at character %zu can't stand here", (unsigned)c,
                chars + 1);
            return false;
        }
        blank = blank && is_blank(c);
    }
    if (chars < least || chars > most || (blank && least > 0))
        op_fail(op, fail, field, "it has %zu to %zu characters that can be seen", least, most);
    *ret = text.n ? text : STR("");
    return op->fail == FAIL_NONE;
}

bool text_check_display_name(struct op *op, struct str name, struct str *ret_name) {
    return check_line(
        op, FAIL_DISPLAY_NAME_INVALID, "display_name", name, 1, LIMIT_DISPLAY_NAME_CHARS, ret_name);
}

bool text_check_room_name(struct op *op, struct str name, struct str *ret_name) {
    return check_line(op, FAIL_ROOM_NAME_INVALID, "name", name, 1, LIMIT_ROOM_NAME_CHARS, ret_name);
}

bool text_check_server_name(struct op *op, struct str name, struct str *ret_name) {
    return check_line(op, FAIL_FIELD_INVALID, "name", name, 1, LIMIT_SERVER_NAME_CHARS, ret_name);
}

bool text_check_topic(struct op *op, struct str topic, struct str *ret_topic) {
    return check_line(op, FAIL_TOPIC_INVALID, "topic", topic, 0, LIMIT_TOPIC_CHARS, ret_topic);
}

bool text_check_reason(struct op *op, struct str reason, struct str *ret_reason) {
    return check_line(op, FAIL_FIELD_INVALID, "reason", reason, 1, LIMIT_REASON_CHARS, ret_reason);
}

bool text_check_about(struct op *op, struct str about, struct str *ret_about) {
    if (!about.p || !utf8_valid(about)) {
        op_fail(op, FAIL_ABOUT_INVALID, "about", "it is not UTF-8");
        return false;
    }
    about = str_trim(about);
    size_t chars = 0;
    uint32_t c;
    for (struct str rest = about; utf8_next(&rest, &c); chars++)
        if ((is_control(c) && c != '\n' && c != '\t') || is_no_character(c)) {
            op_fail(op, FAIL_ABOUT_INVALID, "about", "U+%04X at character %zu can't be kept",
                (unsigned)c, chars + 1);
            return false;
        }
    if (chars > LIMIT_ABOUT_CHARS)
        op_fail(op, FAIL_ABOUT_INVALID, "about", "%zu characters; at most %d", chars,
            LIMIT_ABOUT_CHARS);
    *ret_about = about.n ? about : STR("");
    return op->fail == FAIL_NONE;
}

/* Whether somebody reads it only a letter can tell; this keeps out what can be no address. */
static bool looks_like_email(struct str email) {
    ptrdiff_t at = str_find(email, '@');
    struct str domain = str_from_index(email, (size_t)at + 1), label;
    uint32_t c;
    if (at < 1 || at > 64 || domain.n < 3 || str_find(domain, '@') >= 0
        || email.n > LIMIT_EMAIL_BYTES || str_find(domain, '.') < 1
        || domain.p[domain.n - 1] == '.')
        return false;
    for (struct str rest = email; utf8_next(&rest, &c);)
        if (is_blank(c) || c == '"' || c == '<' || c == '>' || c == ',' || c == ';')
            return false;
    while (str_next(&domain, '.', &label))
        if (!label.n)
            return false;
    return true;
}

bool text_check_email(struct op *op, struct str email, struct str *ret_email) {
    if (!check_line(op, FAIL_EMAIL_INVALID, "email", email, 0, LIMIT_EMAIL_BYTES, ret_email))
        return false;
    if (ret_email->n && !looks_like_email(*ret_email))
        op_fail(op, FAIL_EMAIL_INVALID, "email", NULL);
    return op->fail == FAIL_NONE;
}

bool text_check_status(struct op *op, struct str text, struct str *ret_text) {
    return check_line(op, FAIL_STATUS_INVALID, "text", text, 0, LIMIT_STATUS_CHARS, ret_text);
}

bool text_check_client_id(struct op *op, struct str client_id) {
    bool good = client_id.n >= 1 && client_id.n <= LIMIT_CLIENT_ID_CHARS;
    for (size_t i = 0; good && i < client_id.n; i++) {
        char c = client_id.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || c == '_' || c == '-';
    }
    if (!good)
        op_fail(op, FAIL_CLIENT_ID_INVALID, "client_id", NULL);
    return good;
}

static locale_t unicode;

static void load_unicode(void) {
    /* glibc has it built in; without it only ASCII is folded. */
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t fold(uint32_t c) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    pthread_once(&once, load_unicode);
    return unicode ? (uint32_t)towlower_l((wint_t)c, unicode) : c;
}

struct str text_fold(struct arena *a, struct str s) {
    /* A folded character may be a byte longer than it was (U+023A), never more. */
    char *p = arena_alloc(a, s.n * 2 + 4);
    size_t n = 0;
    uint32_t c;
    for (struct str rest = s; utf8_next(&rest, &c);)
        n += utf8_put(fold(c), p + n);
    return str_make(p, n);
}

struct str text_search(struct arena *a, struct str name, struct str more) {
    struct str x = text_fold(a, name), y = text_fold(a, more);
    return arena_printf(a, " %.*s %.*s", STR_ARG(x), STR_ARG(y));
}

struct str text_cut(struct arena *a, struct str s, size_t chars) {
    if (!s.n || !utf8_valid(s))
        return STR("");
    char *p = arena_alloc(a, s.n + 4);
    size_t n = 0;
    uint32_t c;
    for (struct str rest = s; chars-- && utf8_next(&rest, &c);)
        n += utf8_put(is_control(c) || is_no_character(c) ? ' ' : c, p + n);
    return str_make(p, n);
}
