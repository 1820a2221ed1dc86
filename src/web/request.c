#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "web/http_target.h"
#include "web/web_internal.h"

static const struct {
    int status;
    const char *reason, *code, *title;
} statuses[] = {
    {101, "Switching Protocols", "", ""},
    {200, "OK", "", ""},
    {201, "Created", "", ""},
    {202, "Accepted", "", ""},
    {204, "No Content", "", ""},
    {206, "Partial Content", "", ""},
    {304, "Not Modified", "", ""},
    {400, "Bad Request", "bad_request", "The request could not be understood"},
    {401, "Unauthorized", "signed_out", "Sign in first"},
    {403, "Forbidden", "forbidden", "You may not do this"},
    {404, "Not Found", "not_found", "There is nothing here, or nothing that you may see"},
    {405, "Method Not Allowed", "method_not_allowed", "This can't be done with this address"},
    {406, "Not Acceptable", "not_acceptable", "There is no form of this that the client accepts"},
    {408, "Request Timeout", "request_timeout", "The request came too slowly"},
    {409, "Conflict", "conflict", "This conflicts with what is there"},
    {411, "Length Required", "length_required", "The request must say how long its body is"},
    {413, "Content Too Large", "too_large", "The request is too large"},
    {414, "URI Too Long", "uri_too_long", "The address is too long"},
    {415, "Unsupported Media Type", "media_type", "The body is in a form that is not understood"},
    {416, "Range Not Satisfiable", "range_not_satisfiable", "There is nothing in this range"},
    {417, "Expectation Failed", "expectation_failed", "This expectation can't be met"},
    {422, "Unprocessable Content", "unprocessable", "The request can't be carried out as it is"},
    {426, "Upgrade Required", "upgrade_required", "This address speaks WebSocket, version 13"},
    {429, "Too Many Requests", "rate_limited", "Too many tries; wait a little"},
    {431, "Request Header Fields Too Large", "head_too_large", "The request's head is too large"},
    {500, "Internal Server Error", "internal", "Something broke on the server; it has been logged"},
    {501, "Not Implemented", "not_implemented", "This method or coding is not known here"},
    {503, "Service Unavailable", "unavailable", "The server can't take this right now; try again"},
    {505, "HTTP Version Not Supported", "http_version",
        "Only HTTP/1.1 and HTTP/1.0 are spoken here"},
    {507, "Insufficient Storage", "disk_full", "The server's disk is full; nothing was changed"},
};

#define N_STATUSES (sizeof statuses / sizeof *statuses)

static size_t status_index(int status) {
    for (size_t i = 0; i < N_STATUSES; i++)
        if (statuses[i].status == status)
            return i;
    return SIZE_MAX;
}

/* -------------------------------------------------------------------------------------------------------
 * life */

struct http_request *http_request_new(struct web *w, struct http_conn *h, struct arena *arena) {
    struct http_request *q = arena_new_of(arena, struct http_request);
    q->r.web = w;
    q->r.conn = h;
    q->r.arena = arena;
    q->r.id = w->next_request++;
    q->r.started_us = clock_mono_us();
    q->r.method = METHOD_GET;
    w->requests_open++;
    return q;
}

void http_request_free(struct http_request *q) {
    struct arena *arena = q->r.arena;
    q->r.web->requests_open--;
    for (int i = 0; q->is_large && i < LIMIT_LARGE_BODIES; i++)
        if (q->r.web->large[i] == q)
            q->r.web->large[i] = NULL;
    buf_fini(&q->body);
    buf_fini(&q->extra);
    arena_free(&arena); /* `q` is in it */
}

void http_request_log(const struct http_request *q, int status, size_t bytes) {
    long long took_us = (long long)(clock_mono_us() - q->r.started_us);
    struct log_context before = log_context;
    log_context.request = q->r.id;
    if (status >= 500 && status != 501 && status != 505) /* those two are the peer's doing */
        log_info("request failed",
            "method=%.*s path=%s status=%d bytes=%zu duration_us=%lld address=%.*s",
            STR_ARG(q->head.method_text), log_quote(q->r.path), status, bytes, took_us,
            STR_ARG(q->r.address));
    else
        log_debug("request",
            "method=%.*s path=%s status=%d bytes=%zu duration_us=%lld address=%.*s",
            STR_ARG(q->head.method_text), log_quote(q->r.path), status, bytes, took_us,
            STR_ARG(q->r.address));
    log_context = before;
}

/* -------------------------------------------------------------------------------------------------------
 * reading it */

struct str request_header(const struct request *r, struct str name) {
    struct http_request *q = http_request_of(r);
    struct str separator = str_eq(name, STR("cookie")) ? STR("; ") : STR(", ");
    struct str found = {0};
    for (unsigned i = 0; i < q->head.n_fields; i++) {
        struct http_field *field = &q->head.fields[i];
        if (!str_eq(field->name, name))
            continue;
        if (!found.p)
            found = field->value;
        else
            found = arena_printf(r->arena, "%.*s%.*s%.*s", STR_ARG(found), STR_ARG(separator),
                STR_ARG(field->value));
    }
    return found;
}

static struct str decoded(struct arena *arena, struct str raw) {
    char *p = arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    (void)http_unescape(raw, true, p, &n); /* was checked with the target */
    return str_make(p, n);
}

bool request_query(const struct request *r, struct str name, struct str *ret_value) {
    struct str rest = r->query, part;
    while (str_next(&rest, '&', &part)) {
        ptrdiff_t equals = str_find(part, '=');
        struct str key = equals < 0 ? part : str_make(part.p, (size_t)equals);
        if (!str_eq(decoded(r->arena, key), name))
            continue;
        *ret_value =
            equals < 0 ? STR("") : decoded(r->arena, str_from_index(part, (size_t)equals + 1));
        return true;
    }
    return false;
}

bool request_cookie(const struct request *r, struct str name, struct str *ret_value) {
    struct str rest = request_header(r, STR("cookie")), part;
    while (str_next(&rest, ';', &part)) {
        part = str_trim(part);
        ptrdiff_t equals = str_find(part, '=');
        if (equals < 0 || !str_eq(str_make(part.p, (size_t)equals), name))
            continue;
        struct str value = str_from_index(part, (size_t)equals + 1);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = str_make(value.p + 1, value.n - 2);
        *ret_value = value;
        return true;
    }
    return false;
}

const struct web_route *request_route(const struct request *r) {
    return http_request_of(r)->route;
}

/* -------------------------------------------------------------------------------------------------------
 * answering it
 */

static bool is_clean(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

void request_add_header(struct request *r, struct str name, struct str value) {
    struct http_request *q = http_request_of(r);
    CHECK(http_is_token(name) && is_clean(value));
    q->has_cache_control |= str_eq_nocase(name, STR("cache-control"));
    buf_add_str(&q->extra, name);
    buf_add_str(&q->extra, STR(": "));
    buf_add_str(&q->extra, value);
    buf_add_str(&q->extra, STR("\r\n"));
}

const char *web_date(struct web *w) {
    int64_t second = clock_now_us() / SECOND_US;
    if (second != w->date_second) {
        time_t t = second;
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(w->date, sizeof w->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        w->date_second = second;
    }
    return w->date;
}

void http_response_begin(struct http_request *q, int status, struct buf *out) {
    size_t i = status_index(status);
    buf_addf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %016llx\r\n", status,
        i == SIZE_MAX ? "" : statuses[i].reason, web_date(q->r.web), (unsigned long long)q->r.id);
    buf_add_str(out, STR("X-Content-Type-Options: nosniff\r\n"));
    if (!q->has_cache_control)
        buf_add_str(out, STR("Cache-Control: no-store\r\n"));
    if (q->extra.n)
        buf_add_str(out, buf_str(&q->extra));
}

struct response {
    int status;
    struct str content_type;
    struct str copied; /* body, either this ... */
    struct blob *blob; /* ... or this part of a blob */
    size_t from, n;
};

static void respond(struct request *r, const struct response *p) {
    struct http_request *q = http_request_of(r);
    struct http_conn *h = r->conn;
    if (!h) { /* the peer has gone */
        http_request_free(q);
        return;
    }
    CHECK(h->current == q);
    struct web *w = r->web;
    _cleanup_buf_ struct buf out = {0};
    bool bodiless = p->status == 204 || p->status == 304 || p->status < 200;
    size_t length = p->blob ? p->n : p->copied.n;
    bool close_after = !h->keep_alive || w->draining;
    buf_reserve(&out, 512 + p->copied.n);
    http_response_begin(q, p->status, &out);
    if (p->content_type.n)
        buf_addf(&out, "Content-Type: %.*s\r\n", STR_ARG(p->content_type));
    if (!bodiless)
        buf_addf(&out, "Content-Length: %zu\r\n", length);
    if (close_after)
        buf_add_str(&out, STR("Connection: close\r\n"));
    else if (q->head.minor == 0)
        buf_add_str(&out, STR("Connection: keep-alive\r\n"));
    buf_add_str(&out, STR("\r\n"));
    bool with_body = !bodiless && r->method != METHOD_HEAD;
    if (with_body && !p->blob)
        buf_add_str(&out, p->copied);
    conn_send_copy(h->conn, buf_str(&out));
    if (with_body && p->blob)
        conn_send_part(h->conn, p->blob, p->from, p->n);
    w->stats.requests++;
    w->stats.responses[p->status / 100 % 6]++;
    http_request_log(q, p->status, with_body ? length : 0);
    http_request_free(q);
    http_conn_responded(h, close_after);
}

void request_respond(struct request *r, int status, struct str content_type, struct str body) {
    respond(r, &(struct response){.status = status, .content_type = content_type, .copied = body});
}

void request_respond_blob(
    struct request *r, int status, struct str content_type, struct blob *body) {
    respond(r,
        &(struct response){
            .status = status, .content_type = content_type, .blob = body, .n = body ? body->n : 0});
}

void request_problem(struct request *r, int status, struct str code, struct str title) {
    _cleanup_buf_ struct buf body = {0};
    struct json j = json_into(&body);
    json_obj_open(&j);
    json_key(&j, STR("type"));
    json_str(&j, arena_printf(r->arena, "about:blank#%.*s", STR_ARG(code)));
    json_key(&j, STR("title"));
    json_str(&j, title);
    json_key(&j, STR("status"));
    json_int(&j, status);
    json_key(&j, STR("code"));
    json_str(&j, code);
    json_obj_close(&j);
    request_respond(r, status, STR("application/problem+json"), buf_str(&body));
}

void request_refuse(struct request *r, int status) {
    size_t i = status_index(status);
    CHECK(i != SIZE_MAX && status >= 400);
    request_problem(r, status, str_from(statuses[i].code), str_from(statuses[i].title));
}

/* -------------------------------------------------------------------------------------------------
 * conditions, ranges
 */

/* Weak comparison (RFC 9110 8.8.3.2): "W/" does not count. */
static bool etag_in(struct str list, struct str etag) {
    struct str part;
    if (str_eq(str_trim(list), STR("*")))
        return true;
    while (str_next(&list, ',', &part)) {
        part = str_trim(part);
        if (str_has_prefix(part, STR("W/")))
            part = str_from_index(part, 2);
        if (str_eq(part, etag))
            return true;
    }
    return false;
}

bool request_not_modified(struct request *r, struct str etag) {
    struct str asked = request_header(r, STR("if-none-match"));
    request_add_header(r, STR("ETag"), etag);
    if (!asked.p || (r->method != METHOD_GET && r->method != METHOD_HEAD) || !etag_in(asked, etag))
        return false;
    request_respond(r, 304, (struct str){0}, (struct str){0});
    return true;
}

enum range { RANGE_NONE, RANGE_ONE, RANGE_UNSATISFIABLE };

/* One range of bytes; several, or anything not understood, are ignored as RFC 9110 14.2 lets us:
 * the whole comes. */
static enum range parse_range(struct str value, size_t size, size_t *ret_from, size_t *ret_n) {
    uint64_t first, last;
    if (!str_has_prefix(value, STR("bytes=")))
        return RANGE_NONE;
    value = str_from_index(value, 6);
    ptrdiff_t dash = str_find(value, '-');
    if (dash < 0 || str_find(value, ',') >= 0)
        return RANGE_NONE;
    struct str a = str_make(value.p, (size_t)dash), b = str_from_index(value, (size_t)dash + 1);
    if (a.n == 0) { /* the last so many */
        if (str_to_u64(b, &last) < 0)
            return RANGE_NONE;
        if (last == 0 || size == 0)
            return RANGE_UNSATISFIABLE;
        *ret_n = last < size ? (size_t)last : size;
        *ret_from = size - *ret_n;
        return RANGE_ONE;
    }
    if (str_to_u64(a, &first) < 0)
        return RANGE_NONE;
    last = UINT64_MAX;
    if (b.n && (str_to_u64(b, &last) < 0 || last < first))
        return RANGE_NONE;
    if (first >= size)
        return RANGE_UNSATISFIABLE;
    if (last >= size)
        last = size - 1;
    *ret_from = (size_t)first;
    *ret_n = (size_t)(last - first + 1);
    return RANGE_ONE;
}

void request_respond_ranges(
    struct request *r, struct str content_type, struct str etag, struct blob *body) {
    struct response p = {.status = 200, .content_type = content_type, .blob = body, .n = body->n};
    struct str range = request_header(r, STR("range")),
               only_if = request_header(r, STR("if-range"));
    char text[80];
    request_add_header(r, STR("Accept-Ranges"), STR("bytes"));
    /* If-Range compares strongly, and we send no dates. */
    bool wanted =
        range.p && r->method == METHOD_GET && (!only_if.p || (etag.n && str_eq(only_if, etag)));
    switch (wanted ? parse_range(range, body->n, &p.from, &p.n) : RANGE_NONE) {
    case RANGE_UNSATISFIABLE:
        snprintf(text, sizeof text, "bytes */%u", body->n);
        request_add_header(r, STR("Content-Range"), str_from(text));
        request_refuse(r, 416);
        return;
    case RANGE_ONE:
        snprintf(text, sizeof text, "bytes %zu-%zu/%u", p.from, p.from + p.n - 1, body->n);
        request_add_header(r, STR("Content-Range"), str_from(text));
        p.status = 206;
        break;
    case RANGE_NONE:
        break;
    }
    respond(r, &p);
}
