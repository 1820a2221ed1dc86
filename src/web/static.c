#include "web/static.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "web/http_parser.h"
#include "web/web_internal.h"

/* Best first. */
enum coding { CODING_BROTLI, CODING_GZIP, CODING_IDENTITY, CODINGS };

struct static_site {
    const struct static_file *files;
    size_t n;
    _Atomic(struct blob *)
        *blobs; /* n * CODINGS, made on first need: queues hold references to blobs */
};

struct static_site *static_site_new(const struct static_file *files) {
    struct static_site *s = xcalloc(1, sizeof *s);
    s->files = files;
    while (files[s->n].path)
        s->n++;
    s->blobs = xcalloc(s->n * CODINGS + 1, sizeof *s->blobs);
    return s;
}

void static_site_free(struct static_site **sp) {
    struct static_site *s = *sp;
    if (!s)
        return;
    *sp = NULL;
    for (size_t i = 0; i < s->n * CODINGS; i++) {
        struct blob *b = atomic_load(&s->blobs[i]);
        blob_unref(&b);
    }
    free(s->blobs);
    free(s);
}

static struct str content(const struct static_file *f, enum coding coding) {
    switch (coding) {
    case CODING_BROTLI:
        return str_make((const char *)f->brotli, f->brotli_n);
    case CODING_GZIP:
        return str_make((const char *)f->gzip, f->gzip_n);
    default:
        return str_make((const char *)f->data, f->data_n);
    }
}

/* Any loop may be the first to ask; the loser of the race frees its own. */
static struct blob *blob_of(struct static_site *s, size_t file, enum coding coding) {
    _Atomic(struct blob *) *slot = &s->blobs[file * CODINGS + coding];
    struct blob *b = atomic_load_explicit(slot, memory_order_acquire);
    if (b)
        return b;
    struct blob *mine = blob_new(content(&s->files[file], coding)), *before = NULL;
    if (atomic_compare_exchange_strong(slot, &before, mine))
        return mine;
    blob_unref(&mine);
    return before;
}

/* -------------------------------------------------------------------------------------------------
 * negotiation */

/* "0.5" as 500; -1 for what is no qvalue (RFC 9110 12.4.2). */
static int quality(struct str s) {
    int value = 0, scale = 100;
    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
        return -1;
    value = (s.p[0] - '0') * 1000;
    for (size_t i = 2; i < s.n; i++, scale /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        value += (s.p[i] - '0') * scale;
    }
    return value <= 1000 ? value : -1;
}

static int quality_of(struct str params) {
    struct str part;
    while (str_next(&params, ';', &part)) {
        part = str_trim(part);
        if (part.n > 2 && (part.p[0] | 0x20) == 'q' && part.p[1] == '=') {
            int q = quality(str_from_index(part, 2));
            return q < 0 ? 0 : q;
        }
    }
    return 1000;
}

/* The coding with the highest quality of those that exist, ours first among equals; -1 when even
 * identity is refused.
 */
static int choose(struct str accept, const bool exists[static CODINGS]) {
    static const struct str names[CODINGS] = {{"br", 2}, {"gzip", 4}, {"identity", 8}};
    int q[CODINGS] = {-1, -1, -1}, star = -1, best = -1;
    struct str item;
    while (str_next(&accept, ',', &item)) {
        struct str name;
        if (!str_next(&item, ';', &name))
            continue;
        name = str_trim(name);
        int value = quality_of(item);
        if (str_eq(name, STR("*")))
            star = value;
        for (int i = 0; i < CODINGS; i++)
            if (str_eq_nocase(name, names[i]))
                q[i] = value;
    }
    for (int i = 0; i < CODINGS; i++) {
        if (q[i]
            < 0) /* not named: identity is welcome unless "*" says otherwise, the others need it */
            q[i] = star >= 0 ? star : i == CODING_IDENTITY ? 1 : 0;
        if (exists[i] && q[i] > 0 && (best < 0 || q[i] > q[best]))
            best = i;
    }
    return best;
}

/* -------------------------------------------------------------------------------------------------
 * answering */

static ptrdiff_t find(const struct static_site *s, struct str path) {
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(str_from(s->files[i].path), path))
            return (ptrdiff_t)i;
    return -1;
}

/* A page of the client: its router decides what it shows. */
static bool is_page(struct str path) {
    static const struct str ours[] = {{"/api", 4}, {"/assets", 7}, {"/debug", 6}};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (str_has_prefix(path, ours[i]) && (path.n == ours[i].n || path.p[ours[i].n] == '/'))
            return false;
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/')
        if (path.p[--at] == '.')
            return false;
    return true;
}

static void add_policy(struct request *r) {
    /* 'self' covers WebSockets of the same host in today's browsers; WebKit before 15.4 wants them
     * named. The host was checked when the head was parsed: it can't end the directive. */
    struct str sockets = r->host.n
        ? arena_printf(r->arena, " ws://%.*s wss://%.*s", STR_ARG(r->host), STR_ARG(r->host))
        : STR("");
    request_add_header(r, STR("Content-Security-Policy"),
        arena_printf(r->arena,
            "default-src 'self'; connect-src 'self'%.*s; img-src 'self' data: blob:; object-src "
            "'none'; "
            "base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
            STR_ARG(sockets)));
    request_add_header(r, STR("Cross-Origin-Opener-Policy"), STR("same-origin"));
    request_add_header(r, STR("Permissions-Policy"),
        STR("camera=(), microphone=(), geolocation=(), payment=(), usb=()"));
    request_add_header(r, STR("Referrer-Policy"), STR("same-origin"));
    request_add_header(r, STR("X-Frame-Options"), STR("DENY"));
}

static struct str etag_of(struct request *r, const struct static_file *f, enum coding coding) {
    struct str plain = str_from(f->etag);
    if (coding == CODING_IDENTITY)
        return plain;
    return arena_printf(
        r->arena, "%.*s-%s\"", (int)(plain.n - 1), plain.p, coding == CODING_GZIP ? "gzip" : "br");
}

bool static_site_respond(struct static_site *s, struct request *r) {
    struct str path = str_eq(r->path, STR("/")) ? STR("/index.html") : r->path;
    ptrdiff_t i = find(s, path);
    if (i < 0 && is_page(path))
        i = find(s, STR("/index.html"));
    if (i < 0)
        return false;
    const struct static_file *f = &s->files[i];
    bool exists[CODINGS] = {f->brotli != NULL, f->gzip != NULL, true};
    int coding = choose(request_header(r, STR("accept-encoding")), exists);
    if (f->gzip || f->brotli)
        request_add_header(r, STR("Vary"), STR("Accept-Encoding"));
    if (coding < 0) {
        request_refuse(r, 406);
        return true;
    }
    add_policy(r);
    request_add_header(r, STR("Cache-Control"),
        f->immutable ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    struct str etag = etag_of(r, f, coding);
    if (request_not_modified(r, etag))
        return true;
    struct blob *b = blob_of(s, (size_t)i, coding);
    if (coding == CODING_IDENTITY) {
        request_respond_ranges(r, str_from(f->content_type), etag, b);
    } else {
        request_add_header(
            r, STR("Content-Encoding"), coding == CODING_GZIP ? STR("gzip") : STR("br"));
        request_respond_blob(r, 200, str_from(f->content_type), b);
    }
    return true;
}
