/* Listeners, TLS and timers on a loop of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "harness.h"
#include "net/listen.h"
#include "net/tls.h"

static void hello(struct request *r) {
    request_respond(r, 200, STR("text/plain"), r->secure ? STR("hello, secure") : STR("hello"));
}
static void bulk(struct request *r) {
    struct blob *b = blob_new_uninit(3u << 20);
    for (size_t i = 0; i < b->n; i++)
        b->p[i] = (char)('a' + i % 23);
    request_respond_blob(r, 200, STR("text/plain"), b);
    blob_unref(&b);
}
static void address(struct request *r) {
    request_respond(r, 200, STR("text/plain"), r->address);
}
static const struct web_route routes[] = {
    {METHOD_GET, "/hello", hello}, {METHOD_GET, "/bulk", bulk}, {METHOD_GET, "/address", address}};

static struct listen_address bound;

static struct listener *listen_on(struct site *s, const char *spec, struct tls_context *tls) {
    struct listen_address list[LISTEN_ADDRESSES];
    assert_true(listen_resolve(str_from(spec), list) >= 1);
    int fd = listen_open(&list[0]);
    assert_true(fd >= 0);
    bound = list[0];
    return listener_start(s->net, fd, tls, web_accept, s->web);
}

static int dial(void) {
    int fd = socket(bound.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&bound.sa, bound.n), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void open_site(struct site *s) {
    site_open(s, &(struct web_config){0});
    web_routes(s->web, STR(""), routes, sizeof routes / sizeof *routes);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void tcp_and_unix_are_served(void **state) {
    static const char *const specs[][2] = {{"127.0.0.1:0", "127.0.0.1"}, {"*:0", NULL},
        {"unix:confab-test.sock", "unix"}, {"[::1]:0", "::1"}};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct site s;
        struct peer p = {.site = &s};
        char text[LISTEN_TEXT];
        struct listen_address list[LISTEN_ADDRESSES];
        if (specs[i][0][0] == '['
            && (listen_resolve(str_from(specs[i][0]), list) < 1
                || close(listen_open(&list[0])) < 0))
            continue; /* a machine without IPv6 */
        open_site(&s);
        struct listener *l = listen_on(&s, specs[i][0], NULL);
        listen_text(&bound, text);
        assert_null(strstr(text, ":0\0"));
        p.fd = dial();
        peer_send(&p, STR(GET("/address")));
        assert_true(peer_expect(&p, specs[i][1] ? specs[i][1] : "\r\n\r\n"));
        peer_close(&p);
        listener_close(&l);
        site_close(&s);
    }
    unlink("confab-test.sock");
}

static void two_loops_share_a_port_and_a_stale_path_is_taken_over(void **state) {
    struct site a, b;
    open_site(&a);
    open_site(&b);
    struct listener *la = listen_on(&a, "127.0.0.1:0", NULL);
    int fd = listen_open(&bound);
    assert_true(fd >= 0);
    struct listener *lb = listener_start(b.net, fd, NULL, web_accept, b.web);
    assert_int_equal(listen_claim(&bound), -EADDRINUSE); /* another server would */
    listener_close(&la);
    listener_close(&lb);
    site_close(&a);
    site_close(&b);
    int alone = listen_claim(&bound);
    assert_true(alone >= 0);
    close(alone);

    struct listen_address path[LISTEN_ADDRESSES];
    assert_int_equal(listen_resolve(STR("unix:confab-stale.sock"), path), 1);
    int first = listen_open(&path[0]);
    assert_true(first >= 0);
    assert_int_equal(listen_open(&path[0]), -EADDRINUSE); /* somebody listens there */
    close(first);
    int second = listen_open(&path[0]);
    assert_true(second >= 0);
    close(second);
    unlink("confab-stale.sock");
}

static int accepted_fd = -1;
static void keep_fd(void *arg, int fd, struct tls_context *tls) {
    accepted_fd = fd;
}

/* Nagle's delay and the end of vanished peers are set once on the listener. */
static void accepted_sockets_inherit_their_options(void **state) {
    struct site s;
    int value = 0;
    socklen_t n = sizeof value;
    open_site(&s);
    struct listen_address list[LISTEN_ADDRESSES];
    assert_true(listen_resolve(STR("127.0.0.1:0"), list) == 1);
    int fd = listen_open(&list[0]);
    bound = list[0];
    struct listener *l = listener_start(s.net, fd, NULL, keep_fd, NULL);
    int client = dial();
    while (accepted_fd < 0)
        uv_run(&s.loop, UV_RUN_ONCE);
    assert_int_equal(getsockopt(accepted_fd, IPPROTO_TCP, TCP_NODELAY, &value, &n), 0);
    assert_int_equal(value, 1);
    assert_int_equal(getsockopt(accepted_fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &n), 0);
    assert_int_equal(value, 60000);
    close(accepted_fd);
    close(client);
    listener_close(&l);
    site_close(&s);
}

static void specifications(void **state) {
    struct listen_address list[LISTEN_ADDRESSES];
    static const char *const bad[] = {
        "", "8080", "a:", "a:x", "a:65536", "::1:80", "[::1:80", "unix:", "[]:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(listen_resolve(str_from(bad[i]), list) < 0);
    assert_true(listen_resolve(STR("127.0.0.1:1"), list) == 1 && listen_is_loopback(&list[0]));
    assert_true(listen_resolve(STR("0.0.0.0:1"), list) == 1 && !listen_is_loopback(&list[0]));
    assert_true(listen_resolve(STR(":1"), list) == 1 && !listen_is_loopback(&list[0]));
}

static void running_out_of_descriptors_refuses_and_recovers(void **state) {
    struct site s;
    struct rlimit before, low;
    int knocks[8];
    char byte;
    open_site(&s);
    struct listener *l = listen_on(&s, "127.0.0.1:0", NULL);
    for (int i = 0; i < 8; i++)
        knocks[i] = dial();
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0); /* the lowest free number: exactly none is left for the server */
    close(next);
    low = before;
    low.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (s.net->stats.refused == 0)
        uv_run(&s.loop, UV_RUN_ONCE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    struct pollfd end = {.fd = knocks[0], .events = POLLIN};
    assert_int_equal(poll(&end, 1, 5000), 1);
    assert_true(recv(knocks[0], &byte, 1, 0) <= 0);
    struct peer p = {.site = &s, .fd = dial()};
    peer_send(&p, STR(GET("/hello")));
    assert_true(peer_expect(&p, "hello"));
    peer_close(&p);
    for (int i = 0; i < 8; i++)
        close(knocks[i]);
    listener_close(&l);
    site_close(&s);
}

/* -------------------------------------------------------------------------------------------------------
 * TLS */

static void write_certificate(const char *cert_path, const char *key_path, const char *name) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    CHECK(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(cert_path, "w");
    PEM_write_X509(f, x);
    fclose(f);
    f = fopen(key_path, "w");
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(key);
}

/* A client on its own BIOs over the socket: handshake and traffic, one thread. */
struct tls_peer {
    SSL_CTX *ctx;
    SSL *ssl;
    struct site *site;
    int fd;
    struct buf got;
    bool ended;
};

static void tls_open(struct tls_peer *p, struct site *s) {
    static const unsigned char alpn[] = "\x02h2\x08http/1.1";
    *p = (struct tls_peer){.site = s, .fd = dial()};
    p->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(p->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    p->ssl = SSL_new(p->ctx);
    SSL_set_alpn_protos(p->ssl, alpn, sizeof alpn - 1);
    SSL_set_fd(p->ssl, p->fd);
    SSL_set_connect_state(p->ssl);
}

static void tls_close(struct tls_peer *p) {
    SSL_free(p->ssl);
    SSL_CTX_free(p->ctx);
    close(p->fd);
    buf_fini(&p->got);
}

static bool tls_expect_n(struct tls_peer *p, size_t n) {
    for (int idle = 0; p->got.n < n && !p->ended && idle < 2000;) {
        site_turn(p->site);
        char *at = buf_reserve(&p->got, 65536);
        int r = SSL_read(p->ssl, at, 65536);
        if (r > 0) {
            p->got.n += (size_t)r;
            idle = 0;
            continue;
        }
        int e = SSL_get_error(p->ssl, r);
        p->ended = e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE;
        struct pollfd both[2] = {{.fd = p->fd, .events = POLLIN},
            {.fd = uv_backend_fd(&p->site->loop), .events = POLLIN}};
        poll(both, 2, 5);
        idle++;
    }
    return p->got.n >= n;
}

static void tls_say(struct tls_peer *p, struct str bytes) {
    while (bytes.n > 0) {
        int r = SSL_write(p->ssl, bytes.p, (int)bytes.n);
        if (r > 0)
            bytes = str_from_index(bytes, (size_t)r);
        else if (SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_READ
            && SSL_get_error(p->ssl, r) != SSL_ERROR_WANT_WRITE)
            return;
        site_turn(p->site);
    }
}

static void common_name(struct tls_peer *p, char *out, int n) {
    X509 *x = SSL_get1_peer_certificate(p->ssl);
    assert_non_null(x);
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, out, n);
    X509_free(x);
}

static void tls_serves_and_reloads(void **state) {
    struct site s;
    struct tls_peer p;
    struct tls_context *ctx;
    char error[256], name[64];
    const unsigned char *protocol;
    unsigned protocol_n;
    write_certificate("t-cert.pem", "t-key.pem", "first");
    assert_int_equal(tls_context_new("t-cert.pem", "t-key.pem", &ctx, error), 0);
    open_site(&s);
    struct listener *l = listen_on(&s, "127.0.0.1:0", ctx);

    tls_open(&p, &s);
    tls_say(&p, STR(GET("/hello")));
    assert_true(tls_expect_n(&p, 100));
    assert_true(str_find_str(buf_str(&p.got), STR("hello, secure")) > 0);
    SSL_get0_alpn_selected(p.ssl, &protocol, &protocol_n);
    assert_true(str_eq(str_make((const char *)protocol, protocol_n), STR("http/1.1")));
    common_name(&p, name, sizeof name);
    assert_string_equal(name, "first");

    /* Much, taken slowly: partial writes, and the bytes in order. */
    buf_clear(&p.got);
    tls_say(&p, STR(GET("/bulk") GET("/bulk")));
    assert_true(tls_expect_n(&p, 2 * (3u << 20)));
    struct str body =
        str_from_index(buf_str(&p.got), (size_t)str_find_str(buf_str(&p.got), STR("\r\n\r\n")) + 4);
    for (size_t i = 0; i < 3u << 20; i++)
        assert_true(body.p[i] == (char)('a' + i % 23));

    write_certificate("t-cert.pem", "t-key.pem", "second");
    assert_int_equal(tls_context_reload(ctx, error), 0);
    buf_clear(&p.got);
    tls_say(&p, STR(GET("/hello"))); /* the old connection lives on */
    assert_true(tls_expect_n(&p, 100));
    tls_close(&p);
    tls_open(&p, &s);
    tls_say(&p, STR(GET("/hello")));
    assert_true(tls_expect_n(&p, 100));
    common_name(&p, name, sizeof name);
    assert_string_equal(name, "second");
    tls_close(&p);

    /* Not TLS at all. */
    struct peer plain = {.site = &s, .fd = dial()};
    peer_send(&plain, STR(GET("/hello")));
    assert_true(peer_expect_end(&plain));
    assert_false(peer_has(&plain, "hello"));
    peer_close(&plain);
    assert_int_equal(s.net->stats.tls_failed, 1);

    listener_close(&l);
    site_close(&s);
    tls_context_free(&ctx);
    unlink("t-cert.pem");
    unlink("t-key.pem");
}

static void bad_files_are_explained_and_change_nothing(void **state) {
    struct tls_context *ctx = NULL;
    char error[256];
    write_certificate("u-cert.pem", "u-key.pem", "good");
    write_certificate("v-cert.pem", "v-key.pem", "other");
    assert_int_equal(tls_context_new("none.pem", "u-key.pem", &ctx, error), -ENOENT);
    assert_non_null(strstr(error, "none.pem"));
    assert_int_equal(tls_context_new("u-key.pem", "u-key.pem", &ctx, error), -EINVAL);
    assert_non_null(strstr(error, "u-key.pem"));
    assert_int_equal(tls_context_new("u-cert.pem", "v-key.pem", &ctx, error), -EKEYREJECTED);
    assert_non_null(strstr(error, "does not belong"));
    assert_null(ctx);
    assert_int_equal(tls_context_new("u-cert.pem", "u-key.pem", &ctx, error), 0);
    FILE *f = fopen("u-cert.pem", "w");
    fclose(f);
    assert_int_equal(tls_context_reload(ctx, error), -EINVAL);
    tls_context_free(&ctx);
    static const char *const made[] = {"u-cert.pem", "u-key.pem", "v-cert.pem", "v-key.pem"};
    for (int i = 0; i < 4; i++)
        unlink(made[i]);
}

/* -------------------------------------------------------------------------------------------------------
 * timers */

static unsigned fired;
static void on_fire(struct net_timer *t) {
    fired++;
}

static void timers_fire_once_and_never_early(void **state) {
    struct site s;
    struct net_timer t[3] = {
        {.on_timeout = on_fire}, {.on_timeout = on_fire}, {.on_timeout = on_fire}};
    clock_freeze_us(1700000000 * SECOND_US + 300000);
    site_open(&s, &(struct web_config){0});
    fired = 0;
    net_timer_set(s.net, &t[0], 5);
    net_timer_set(s.net, &t[1], 5);
    net_timer_set(s.net, &t[2], NET_WHEEL_SLOTS + 5); /* the same slot, a round later */
    site_advance(&s, 4);
    assert_int_equal(fired, 0);
    net_timer_set(s.net, &t[1], 10); /* pushed out */
    site_advance(&s, 2);
    assert_int_equal(fired, 1);
    site_advance(&s, 6);
    assert_int_equal(fired, 1);
    site_advance(&s, 3);
    assert_int_equal(fired, 2);
    net_timer_set(s.net, &t[0], 100);
    net_timer_set(s.net, &t[0], 2); /* pulled in */
    site_advance(&s, 3);
    assert_int_equal(fired, 3);
    site_advance(&s, NET_WHEEL_SLOTS * 3); /* a long sleep of the machine */
    assert_int_equal(fired, 4);
    net_timer_set(s.net, &t[0], 1);
    net_timer_stop(s.net, &t[0]);
    site_advance(&s, 5);
    assert_int_equal(fired, 4);
    assert_int_equal(s.net->timers, 0);
    site_close(&s);
    clock_freeze_us(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_and_unix_are_served),
        cmocka_unit_test(two_loops_share_a_port_and_a_stale_path_is_taken_over),
        cmocka_unit_test(accepted_sockets_inherit_their_options),
        cmocka_unit_test(specifications),
        cmocka_unit_test(running_out_of_descriptors_refuses_and_recovers),
        cmocka_unit_test(tls_serves_and_reloads),
        cmocka_unit_test(bad_files_are_explained_and_change_nothing),
        cmocka_unit_test(timers_fire_once_and_never_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
