/* TLS 1.2 and later through OpenSSL 3, HTTP/1.1 by ALPN, kernel TLS where the kernel offers it.
 *
 * A context is shared by all loops (counted, any thread); reloading swaps the certificate for
 * connections that come from then on. A `struct tls` belongs to its connection and loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

struct tls_context;
struct tls;

/* PEM files: chain with the leaf first, and its key. Returns 0, or -ENOENT (a file can't be read),
 * -EINVAL (not PEM, or no valid chain), -EKEYREJECTED (the key is not the certificate's);
 * `ret_error` gets a sentence that names the file.
 */
int tls_context_new(const char *certificate, const char *key, struct tls_context **ret_context,
    char ret_error[static 256]);
/* The same files again; on failure all stays as it was. Any thread. */
int tls_context_reload(struct tls_context *ctx, char ret_error[static 256]);
void tls_context_free(struct tls_context **ctx); /* after the last connection's end */

/* For conn.c: returns NULL when OpenSSL refuses. */
struct tls *tls_new(struct tls_context *ctx, int fd);
void tls_free(struct tls **t);
enum tls_want { TLS_READ = 1, TLS_WRITE = 2 };
/* Bytes, 0 at the end, -EAGAIN (tls_wants says for what), or another -Exxx. The handshake happens
 * inside the first ones. */
ssize_t tls_read(struct tls *t, char *p, size_t n);
/* After -EAGAIN the same bytes must come again, at least as many. */
ssize_t tls_write(struct tls *t, const char *p, size_t n);
int tls_wants(const struct tls *t);
/* Decrypted bytes that wait inside; the descriptor does not tell of them. */
bool tls_has_pending(const struct tls *t);
bool tls_is_established(const struct tls *t);
/* Sends close_notify if it can at once. */
void tls_shutdown(struct tls *t);
