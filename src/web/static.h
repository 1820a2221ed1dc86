/* Files in the program: the built client. A table made by tools/embed_client.py at build time, each
 * file as it is and, where that is smaller, in gzip and brotli; the best one that the client
 * accepts is sent.
 *
 * Names that carry a hash of their content never change (`immutable`, cached for a year); all else
 * is asked for anew by ETag. A GET for an unknown path that looks like a page of the client (no dot
 * in the last segment, not under /api, /assets or /debug) gets index.html: the client's router
 * knows better. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "web/request.h"

struct static_file {
    const char *path; /* "/index.html" */
    const char *content_type;
    const unsigned char *data, *gzip, *brotli; /* gzip and brotli NULL where they are not smaller */
    size_t data_n, gzip_n, brotli_n;
    const char *etag; /* quoted; of the content as it is. Encoded forms append -gzip, -br inside the
                         quotes */
    bool immutable;
};

/* The generated table; ends with a row whose path is NULL. */
extern const struct static_file static_client_files[];

struct static_site;

/* One for all loops; the table must outlive it. */
struct static_site *static_site_new(const struct static_file *files);
void static_site_free(struct static_site **s);
/* Answers GET and HEAD from the table. False when there is no such file (nothing was done). */
bool static_site_respond(struct static_site *s, struct request *r);
