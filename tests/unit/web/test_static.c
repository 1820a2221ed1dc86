/* Files, negotiation, and the generated table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>

#include "harness.h"
#include "web/static.h"

#define BYTES(s) (const unsigned char *)(s)
#define NO_BYTES (const unsigned char *)NULL

static const struct static_file files[] = {
    {"/index.html", "text/html; charset=utf-8", BYTES("<html>plain"), BYTES("GZ"), BYTES("BR"), 11,
        2, 2, "\"i1\"", false},
    {"/assets/app-12345678.js", "text/javascript", BYTES("let a"), BYTES("gz"), NO_BYTES, 5, 2, 0,
        "\"a1\"", true},
    {"/icon.png", "image/png", BYTES("0123456789"), NO_BYTES, NO_BYTES, 10, 0, 0, "\"p1\"", false},
    {NULL},
};

static struct static_site *site_files;

static void ask(
    const char *method, const char *path, const char *headers, const char *const *expected) {
    struct site s;
    struct peer p;
    char request[512];
    site_open(&s, &(struct web_config){.site = site_files});
    peer_open(&p, &s);
    snprintf(request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n%s\r\n", method, path, headers);
    peer_send(&p, str_from(request));
    assert_true(peer_expect_end(&p));
    for (; *expected; expected++) {
        bool absent = **expected == '!';
        if (peer_has(&p, *expected + absent) == absent)
            fail_msg("%s %s (%s): \"%s\" in\n%s", method, path, headers, *expected, buf_z(&p.got));
    }
    peer_close(&p);
    site_close(&s);
}

#define ASK(method, path, headers, ...) \
    ask(method, path, headers, (const char *const[]){__VA_ARGS__, NULL})

static void best_accepted_form_is_sent(void **state) {
    ASK("GET", "/", "", " 200 ", "<html>plain", "!Content-Encoding", "Vary: Accept-Encoding");
    ASK("GET", "/", "Accept-Encoding: gzip, deflate, br\r\n", "Content-Encoding: br", "\r\n\r\nBR",
        "ETag: \"i1-br\"");
    ASK("GET", "/", "Accept-Encoding: gzip\r\n", "Content-Encoding: gzip", "\r\n\r\nGZ",
        "ETag: \"i1-gzip\"");
    ASK("GET", "/", "Accept-Encoding: br;q=0.5, gzip;q=0.8\r\n", "Content-Encoding: gzip");
    ASK("GET", "/", "Accept-Encoding: br;q=0, *\r\n", "Content-Encoding: gzip");
    ASK("GET", "/", "Accept-Encoding: identity, br;q=0.1\r\n", "!Content-Encoding");
    ASK("GET", "/", "Accept-Encoding: BR\r\n", "Content-Encoding: br");
    ASK("GET", "/", "Accept-Encoding: nonsense;q=7\r\n", "!Content-Encoding", " 200 ");
    ASK("GET", "/", "Accept-Encoding: *;q=0\r\n", " 406 ");
    ASK("GET", "/", "Accept-Encoding: identity;q=0, *;q=0\r\n", " 406 ");
    ASK("GET", "/assets/app-12345678.js", "Accept-Encoding: br, gzip\r\n",
        "Content-Encoding: gzip");
    ASK("GET", "/icon.png", "Accept-Encoding: br\r\n", "!Content-Encoding", "!Vary");
}

static void caching_and_conditions(void **state) {
    ASK("GET", "/assets/app-12345678.js", "",
        "Cache-Control: public, max-age=31536000, immutable\r\n", "!no-store");
    ASK("GET", "/", "", "Cache-Control: no-cache\r\n");
    ASK("GET", "/", "If-None-Match: \"i1\"\r\n", " 304 ", "!<html>", "ETag: \"i1\"",
        "!Content-Length");
    ASK("GET", "/", "If-None-Match: \"i1\"\r\nAccept-Encoding: br\r\n", " 200 ");
    ASK("GET", "/", "If-None-Match: W/\"i1-br\"\r\nAccept-Encoding: br\r\n", " 304 ");
    ASK("GET", "/icon.png", "Range: bytes=3-5\r\n", " 206 ", "\r\n\r\n345",
        "Content-Range: bytes 3-5/10");
    ASK("HEAD", "/icon.png", "", " 200 ", "Content-Length: 10", "!0123456789");
}

static void pages_of_the_client_get_its_index(void **state) {
    ASK("GET", "/rooms/abc", "", " 200 ", "<html>plain");
    ASK("GET", "/", "",
        "Content-Security-Policy: default-src 'self'; connect-src 'self' ws://a.example "
        "wss://a.example;",
        "frame-ancestors 'none'", "object-src 'none'", "!unsafe", "X-Content-Type-Options: nosniff",
        "Referrer-Policy: same-origin", "Cross-Origin-Opener-Policy: same-origin",
        "Permissions-Policy: ");
    ASK("GET", "/api/v1/unknown", "", " 404 ", "problem+json");
    ASK("GET", "/assets/none.js", "", " 404 ");
    ASK("GET", "/assets/none", "", " 404 ");
    ASK("GET", "/none.js", "", " 404 ");
    ASK("POST", "/rooms", "Content-Length: 0\r\n", " 405 ", "Allow: GET, HEAD, OPTIONS");
    ASK("POST", "/api/v1/none", "Content-Length: 0\r\n", " 404 ");
}

static int set_up(void **state) {
    site_files = static_site_new(files);
    return 0;
}

static int tear_down(void **state) {
    static_site_free(&site_files);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_accepted_form_is_sent),
        cmocka_unit_test(caching_and_conditions),
        cmocka_unit_test(pages_of_the_client_get_its_index),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
