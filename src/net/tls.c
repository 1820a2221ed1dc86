#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"

struct tls_context {
    pthread_mutex_t lock; /* guards `ssl`, which a reload swaps while loops take references */
    SSL_CTX *ssl;
    char *certificate, *key;
};

/* The connection is the SSL itself; what it waits for is derived from its state. */
static SSL *ssl_of(const struct tls *t) {
    return (SSL *)(uintptr_t)t;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
    const unsigned char *in, unsigned int in_n, void *arg) {
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301 3.2: no_application_protocol */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static void openssl_reason(char *out, size_t n) {
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    snprintf(out, n, "%s", reason ? reason : "unknown reason");
    ERR_clear_error();
}

static int check_readable(const char *what, const char *path, char ret_error[static 256]) {
    if (access(path, R_OK) == 0)
        return 0;
    snprintf(ret_error, 256, "the %s file %.150s can't be read: %s", what, path, strerror(errno));
    return -ENOENT;
}

static int load(
    SSL_CTX *ssl, const char *certificate, const char *key, char ret_error[static 256]) {
    char reason[80];
    int r;
    if ((r = check_readable("certificate", certificate, ret_error)) < 0
        || (r = check_readable("key", key, ret_error)) < 0)
        return r;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1) {
        openssl_reason(reason, sizeof reason);
        snprintf(ret_error, 256, "%.120s holds no valid certificate chain in PEM form: %s",
            certificate, reason);
        return -EINVAL;
    }
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1) {
        bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
        openssl_reason(reason, sizeof reason);
        if (mismatch)
            snprintf(ret_error, 256,
                "the key in %.110s does not belong to the certificate in %.80s", key, certificate);
        else
            snprintf(
                ret_error, 256, "%.120s holds no usable private key in PEM form: %s", key, reason);
        return mismatch ? -EKEYREJECTED : -EINVAL;
    }
    if (SSL_CTX_check_private_key(ssl) != 1) {
        ERR_clear_error();
        snprintf(ret_error, 256, "the key in %.110s does not belong to the certificate in %.80s",
            key, certificate);
        return -EKEYREJECTED;
    }
    return 0;
}

static int make(
    const char *certificate, const char *key, SSL_CTX **ret_ssl, char ret_error[static 256]) {
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    CHECK(ssl);
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl,
        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE
            | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ENABLE_KTLS);
    /* RELEASE_BUFFERS: an idle connection gives its 34 KB of record buffers back. */
    SSL_CTX_set_mode(ssl,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
            | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF); /* tickets do */
    SSL_CTX_set_alpn_select_cb(ssl, on_alpn, NULL);
    int r = load(ssl, certificate, key, ret_error);
    if (r < 0) {
        SSL_CTX_free(ssl);
        return r;
    }
    *ret_ssl = ssl;
    return 0;
}

int tls_context_new(const char *certificate, const char *key, struct tls_context **ret_context,
    char ret_error[static 256]) {
    SSL_CTX *ssl;
    int r = make(certificate, key, &ssl, ret_error);
    if (r < 0)
        return r;
    struct tls_context *ctx = xcalloc(1, sizeof *ctx);
    pthread_mutex_init(&ctx->lock, NULL);
    ctx->ssl = ssl;
    ctx->certificate = str_dup_z(str_from(certificate));
    ctx->key = str_dup_z(str_from(key));
    *ret_context = ctx;
    return 0;
}

int tls_context_reload(struct tls_context *ctx, char ret_error[static 256]) {
    SSL_CTX *fresh, *old;
    int r = make(ctx->certificate, ctx->key, &fresh, ret_error);
    if (r < 0)
        return r;
    pthread_mutex_lock(&ctx->lock);
    old = ctx->ssl;
    ctx->ssl = fresh;
    pthread_mutex_unlock(&ctx->lock);
    SSL_CTX_free(old); /* counted: connections that use it keep it */
    return 0;
}

void tls_context_free(struct tls_context **cp) {
    struct tls_context *ctx = *cp;
    if (!ctx)
        return;
    *cp = NULL;
    SSL_CTX_free(ctx->ssl);
    pthread_mutex_destroy(&ctx->lock);
    free(ctx->certificate);
    free(ctx->key);
    free(ctx);
}

struct tls *tls_new(struct tls_context *ctx, int fd) {
    pthread_mutex_lock(&ctx->lock);
    SSL *ssl = SSL_new(ctx->ssl);
    pthread_mutex_unlock(&ctx->lock);
    if (!ssl)
        return NULL;
    if (SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return (struct tls *)ssl;
}

void tls_free(struct tls **t) {
    if (*t)
        SSL_free(ssl_of(*t));
    *t = NULL;
}

static ssize_t failure(SSL *ssl, int r) {
    int system = errno;
    switch (SSL_get_error(ssl, r)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        return system ? -system : -ECONNRESET;
    default:
        ERR_clear_error();
        return -EPROTO;
    }
}

ssize_t tls_read(struct tls *t, char *p, size_t n) {
    ERR_clear_error();
    errno = 0;
    int r = SSL_read(ssl_of(t), p, n > INT32_MAX ? INT32_MAX : (int)n);
    return r > 0 ? r : failure(ssl_of(t), r);
}

ssize_t tls_write(struct tls *t, const char *p, size_t n) {
    ERR_clear_error();
    errno = 0;
    int r = SSL_write(ssl_of(t), p, n > INT32_MAX ? INT32_MAX : (int)n);
    if (r > 0)
        return r;
    ssize_t e = failure(ssl_of(t), r);
    return e == 0 ? -EPIPE : e;
}

int tls_wants(const struct tls *t) {
    return (SSL_want_read(ssl_of(t)) ? TLS_READ : 0) | (SSL_want_write(ssl_of(t)) ? TLS_WRITE : 0);
}

bool tls_has_pending(const struct tls *t) {
    return SSL_pending(ssl_of(t)) > 0;
}

bool tls_is_established(const struct tls *t) {
    return SSL_is_init_finished(ssl_of(t));
}

void tls_shutdown(struct tls *t) {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_of(t)))
        (void)SSL_shutdown(ssl_of(t));
    ERR_clear_error();
}
