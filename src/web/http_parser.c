#include "web/http_parser.h"

#include <errno.h>

#include "base/check.h"

#define REQUEST_LINE_MOST (LIMIT_TARGET_BYTES + 64)
/* Chunk heads, extensions and trailers may not outweigh what they carry by more than this. */
#define CHUNK_OVERHEAD_FACTOR 8
#define CHUNK_OVERHEAD_FREE (16 * 1024)

static bool is_tchar(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
        || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_is_token(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_tchar((unsigned char)s.p[i]))
            return false;
    return s.n > 0;
}

bool http_head_find(const struct http_head *head, struct str name, struct str *ret_value) {
    for (unsigned i = 0; i < head->n_fields; i++)
        if (str_eq(head->fields[i].name, name)) {
            *ret_value = head->fields[i].value;
            return true;
        }
    return false;
}

bool http_head_has_token(const struct http_head *head, struct str name, struct str token) {
    for (unsigned i = 0; i < head->n_fields; i++) {
        struct str rest = head->fields[i].value, part;
        if (!str_eq(head->fields[i].name, name))
            continue;
        while (str_next(&rest, ',', &part))
            if (str_eq_nocase(str_trim(part), token))
                return true;
    }
    return false;
}

/* -------------------------------------------------------------------------------------------------
 * the head's outline
 */

/* Looks for the end of the head from where it stopped before. 1: *ret_n is its length; 0: more; <
 * 0: minus a status. */
static int find_end(struct http_parser *p, const char *bytes, size_t n, size_t *ret_n) {
    size_t i = p->scanned;
    for (; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (i >= LIMIT_HEAD_BYTES)
            return -431;
        if (c == '\n') {
            if (i == 0 || bytes[i - 1] != '\r')
                return -400;
            if (i >= 3 && bytes[i - 2] == '\n') {
                *ret_n = i + 1;
                return 1;
            }
            continue;
        }
        if (i > 0 && bytes[i - 1] == '\r')
            return -400;
        if (c == '\0' || (i == 0 && !is_tchar(c)))
            return -400;
        /* RFC 9112 5.2: a line that begins with white space folds the one before, or hides a field
         * from someone. */
        if ((c == ' ' || c == '\t') && i > 0 && bytes[i - 1] == '\n')
            return -400;
    }
    p->scanned = i;
    if (i > REQUEST_LINE_MOST && !memchr(bytes, '\n', i))
        return -414;
    return 0;
}

static struct str cut_line(struct str *rest) {
    ptrdiff_t end = str_find(*rest, '\n');
    struct str line = str_make(rest->p, (size_t)end - 1);
    *rest = str_from_index(*rest, (size_t)end + 1);
    return line;
}

/* Field names are tokens with the colon right behind; llhttp is not asked to be strict about it. */
static int check_lines(struct str head) {
    struct str line = cut_line(&head);
    if (line.n > REQUEST_LINE_MOST)
        return -414;
    while (head.n > 2) {
        line = cut_line(&head);
        ptrdiff_t colon = str_find(line, ':');
        if (colon < 0 || !http_is_token(str_make(line.p, (size_t)colon)))
            return -400;
        for (size_t i = (size_t)colon + 1; i < line.n; i++) {
            unsigned char c = (unsigned char)line.p[i];
            if ((c < ' ' && c != '\t') || c == 0x7F)
                return -400;
        }
    }
    return 0;
}

/* llhttp said no to the request line: is it a method or a version that we do not speak, or
 * nonsense? */
static int judge_request_line(struct str head, llhttp_errno_t error) {
    struct str line = cut_line(&head);
    ptrdiff_t space = str_find(line, ' ');
    if (space <= 0 || !http_is_token(str_make(line.p, (size_t)space)))
        return -400;
    struct str after = str_from_index(line, (size_t)space + 1);
    ptrdiff_t second = str_find(after, ' ');
    struct str version = second > 0 ? str_from_index(after, (size_t)second + 1) : (struct str){0};
    if (version.n != 8 || !str_has_prefix(version, STR("HTTP/")) || version.p[6] != '.')
        return -400;
    if (version.p[5] != '1')
        return version.p[5] >= '0' && version.p[5] <= '9' ? -505 : -400;
    if (error == HPE_INVALID_VERSION)
        return version.p[7] >= '0' && version.p[7] <= '9' ? -505 : -400;
    return error == HPE_INVALID_METHOD ? -501 : -400;
}

/* -------------------------------------------------------------------------------------------------
 * llhttp's callbacks
 */

static struct http_parser *parser_of(llhttp_t *ll) {
    return (struct http_parser *)ll->data;
}

static int stop(struct http_parser *p, int status) {
    p->status = status;
    return HPE_USER;
}

static int on_url(llhttp_t *ll, const char *at, size_t n) {
    parser_of(ll)->head->target = str_make(at, n);
    return 0;
}

static int on_field(llhttp_t *ll, const char *at, size_t n) {
    struct http_parser *p = parser_of(ll);
    struct http_head *head = p->head;
    if (!head) /* a trailer: read past */
        return 0;
    if (head->n_fields == LIMIT_HEADERS)
        return stop(p, 431);
    head->fields[head->n_fields++] = (struct http_field){.name = str_make(at, n)};
    for (size_t i = 0; i < n; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            ((char *)(uintptr_t)at)[i] |= 0x20; /* the arena's copy */
    return 0;
}

static int on_value(llhttp_t *ll, const char *at, size_t n) {
    struct http_head *head = parser_of(ll)->head;
    if (head)
        head->fields[head->n_fields - 1].value = str_trim(str_make(at, n));
    return 0;
}

bool http_host_is_valid(struct str host) {
    bool bracket = false;
    if (host.n == 0 || host.n > 255 + 6)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (c == '[' && i == 0)
            bracket = true;
        else if (c == ']' && bracket)
            bracket = false;
        else if (c == ':' && !bracket) {
            uint64_t port;
            struct str rest = str_from_index(host, i + 1);
            return i > 0 && (rest.n == 0 || (str_to_u64(rest, &port) == 0 && port <= 65535));
        } else if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                       || c == '-' || c == '.' || c == '_' || (bracket && c == ':')))
            return false;
    }
    return !bracket;
}

static unsigned count_of(const struct http_head *head, struct str name, struct str *ret_value) {
    unsigned n = 0;
    for (unsigned i = 0; i < head->n_fields; i++)
        if (str_eq(head->fields[i].name, name)) {
            *ret_value = head->fields[i].value;
            n++;
        }
    return n;
}

/* 0 none, 1 chunked, < 0 minus a status. */
static int transfer_coding(const struct http_head *head) {
    struct str value;
    unsigned n = count_of(head, STR("transfer-encoding"), &value);
    if (n == 0)
        return 0;
    if (n > 1 || head->minor == 0)
        return -400;
    if (str_eq_nocase(value, STR("chunked")))
        return 1;
    ptrdiff_t comma = str_find(value, ',');
    struct str first = comma < 0 ? value : str_trim(str_make(value.p, (size_t)comma));
    if (!http_is_token(first) || str_eq_nocase(first, STR("chunked"))
        || str_eq_nocase(first, STR("identity")))
        return -400;
    return -501;
}

static int check_semantics(struct http_parser *p, struct http_head *head) {
    struct str value;
    int chunked = transfer_coding(head);
    if (chunked < 0)
        return chunked;
    unsigned lengths = count_of(head, STR("content-length"), &value);
    if (lengths > 1 || (lengths && chunked))
        return -400;
    if (lengths) {
        int r = str_to_u64(value, &head->length);
        if (r < 0)
            return r == -ERANGE ? -413 : -400;
    }
    unsigned hosts = count_of(head, STR("host"), &head->host);
    if (hosts > 1 || (hosts == 0 && head->minor > 0) || (hosts && !http_host_is_valid(head->host)))
        return -400;
    if (head->length > p->head_most)
        return -413;
    bool carries =
        head->method == METHOD_POST || head->method == METHOD_PUT || head->method == METHOD_PATCH;
    if (carries && !lengths && !chunked)
        return -411;
    if (count_of(head, STR("expect"), &value) && head->minor > 0) {
        if (!str_eq_nocase(value, STR("100-continue")))
            return -417;
        head->expect_continue = true;
    }
    head->has_body = chunked || head->length > 0;
    if (head->has_body && count_of(head, STR("content-encoding"), &value)
        && !str_eq_nocase(value, STR("identity")))
        return -415;
    return 0;
}

static enum method method_of(llhttp_t *ll) {
    switch (ll->method) {
    case HTTP_GET:
        return METHOD_GET;
    case HTTP_HEAD:
        return METHOD_HEAD;
    case HTTP_POST:
        return METHOD_POST;
    case HTTP_PUT:
        return METHOD_PUT;
    case HTTP_PATCH:
        return METHOD_PATCH;
    case HTTP_DELETE:
        return METHOD_DELETE;
    case HTTP_OPTIONS:
        return METHOD_OPTIONS;
    default:
        return METHOD_OTHER;
    }
}

static int on_headers_complete(llhttp_t *ll) {
    struct http_parser *p = parser_of(ll);
    struct http_head *head = p->head;
    if (ll->http_major != 1) {
        p->status = 505;
        return -1;
    }
    head->minor = ll->http_minor;
    head->method = method_of(ll);
    head->keep_alive = llhttp_should_keep_alive(ll);
    int r = check_semantics(p, head);
    if (r < 0) {
        p->status = -r;
        return -1;
    }
    p->head_done = true;
    ll->upgrade =
        0; /* ours to decide: what follows the head is a body or the next request for llhttp */
    return 0;
}

static int on_body(llhttp_t *ll, const char *at, size_t n) {
    struct http_parser *p = parser_of(ll);
    if (n > p->body_most - p->body->n)
        return stop(p, 413);
    buf_add(p->body, at, n);
    return 0;
}

/* Says before its bytes come how long a chunk will be. */
static int on_chunk_header(llhttp_t *ll) {
    struct http_parser *p = parser_of(ll);
    if (ll->content_length <= p->body_most - p->body->n)
        return 0;
    p->status = 413;
    return -1;
}

static int on_message_complete(llhttp_t *ll) {
    struct http_parser *p = parser_of(ll);
    p->complete = true;
    return p->head ? 0 : HPE_PAUSED; /* the next request's bytes stay where they are */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

/* -------------------------------------------------------------------------------------------------
 * entry points */

void http_parser_init(struct http_parser *p, size_t body_most) {
    *p = (struct http_parser){.head_most = body_most, .body_most = body_most};
}

static int parse_head(
    struct http_parser *p, struct arena *arena, struct str raw, struct http_head *head) {
    struct http_field fields[LIMIT_HEADERS];
    int r = check_lines(raw);
    if (r < 0)
        return r;
    struct str copy = arena_str(arena, raw);
    *head = (struct http_head){.fields = fields};
    llhttp_init(&p->ll, HTTP_REQUEST, &settings);
    p->ll.data = p;
    p->head = head;
    p->status = 0;
    p->complete = p->head_done = false;
    llhttp_errno_t e = llhttp_execute(&p->ll, copy.p, copy.n);
    p->head = NULL;
    if (e != HPE_OK) {
        if (p->status && p->status != 505)
            return -p->status;
        if (p->status == 505)
            return judge_request_line(raw, HPE_INVALID_VERSION);
        bool in_line =
            e == HPE_INVALID_METHOD || e == HPE_INVALID_VERSION || e == HPE_INVALID_CONSTANT;
        return in_line ? judge_request_line(raw, e) : -400;
    }
    if (!p->head_done) /* the preface of HTTP/2: llhttp waits for its second half */
        return -505;
    head->method_text = str_make(copy.p, (size_t)str_find(copy, ' '));
    /* llhttp takes several spaces between the parts, others might see another target there. */
    if ((size_t)str_find(copy, '\r')
        != head->method_text.n + 1 + head->target.n + 1 + strlen("HTTP/1.1"))
        return -400;
    head->fields = arena_new_n(arena, struct http_field, head->n_fields + 1);
    if (head->n_fields)
        memcpy(head->fields, fields, head->n_fields * sizeof *fields);
    return 1;
}

int http_parser_head(struct http_parser *p, struct arena *arena, const char *bytes, size_t n,
    size_t *taken, struct http_head *ret_head) {
    size_t head_n;
    *taken = 0;
    if (p->scanned == 0) /* RFC 9112 2.2: empty lines before a request are skipped */
        while (n - *taken >= 2 && bytes[*taken] == '\r' && bytes[*taken + 1] == '\n')
            *taken += 2;
    bytes += *taken;
    n -= *taken;
    if (n == 0 || (n == 1 && bytes[0] == '\r' && p->scanned == 0))
        return 0;
    int r = find_end(p, bytes, n, &head_n);
    if (r <= 0)
        return r;
    *taken += head_n;
    p->scanned = 0;
    p->raw = 0;
    return parse_head(p, arena, str_make(bytes, head_n), ret_head);
}

int http_parser_body(
    struct http_parser *p, const char *bytes, size_t n, size_t *taken, struct buf *body) {
    *taken = 0;
    if (p->complete)
        return 1;
    if (n == 0)
        return 0;
    p->body = body;
    llhttp_errno_t e = llhttp_execute(&p->ll, bytes, n);
    p->body = NULL;
    if (e == HPE_PAUSED && p->complete) {
        *taken = (size_t)(llhttp_get_error_pos(&p->ll) - bytes);
        return 1;
    }
    if (e != HPE_OK)
        return p->status ? -p->status : -400;
    *taken = n;
    p->raw += n;
    if (p->raw > CHUNK_OVERHEAD_FREE + CHUNK_OVERHEAD_FACTOR * (uint64_t)body->n)
        return -413;
    return 0;
}
