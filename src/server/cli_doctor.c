/* `confab doctor`: what an operator would otherwise learn from the first bad night. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/media.h"
#include "net/address.h"
#include "net/listen.h"
#include "net/tls.h"
#include "server/cli.h"
#include "store/file.h"
#include "store/store.h"

#define DESCRIPTORS_SMALL 8192
#define DISK_LOW_BYTES (UINT64_C(512) << 20)
#define DISK_BAD_BYTES (UINT64_C(64) << 20)

enum verdict { GOOD, NOTE, BAD };

struct visit {
    const struct config *config;
    int bad;
    bool running; /* a server has the data folder */
};

static void tell(struct visit *v, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void tell(struct visit *v, enum verdict verdict, const char *format, ...) {
    static const char *const words[] = {[GOOD] = "ok  ", [NOTE] = "note", [BAD] = "BAD "};
    va_list ap;
    printf("%s  ", words[verdict]);
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    v->bad += verdict == BAD;
}

static void look_at_environment(struct visit *v) {
    _cleanup_buf_ struct buf strays = {0};
    struct str rest, line;
    config_env_strays(&strays);
    rest = buf_str(&strays);
    while (str_next(&rest, '\n', &line))
        if (line.n)
            tell(v, NOTE, "environment: %.*s", STR_ARG(line));
    tell(v, GOOD, "configuration: can be read");
}

static void look_at_limits(struct visit *v) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    unsigned long long most = (unsigned long long)limit.rlim_max;
    tell(v, most < DESCRIPTORS_SMALL ? NOTE : GOOD, "descriptors: %llu%s", most,
        most < DESCRIPTORS_SMALL
            ? "; each connection takes one: raise it (LimitNOFILE= of systemd, or ulimit -Hn)"
            : "");
}

static void look_at_pictures(struct visit *v) {
    bool good = media_works();
    tell(v, good ? GOOD : NOTE, "pictures: %s",
        good ? "can be made"
             : "can't be made, and will be refused: is libgd (libgd3) installed, and may this "
               "program "
               "start itself?");
}

/* False: there is no folder to look at further. */
static bool look_at_folder(struct visit *v) {
    const char *dir = v->config->data;
    struct stat st;
    struct statvfs fs;
    if (stat(dir, &st) < 0) {
        tell(v, errno == ENOENT ? NOTE : BAD, "data: %s: %s%s", dir, strerror(errno),
            errno == ENOENT ? "; `confab serve` will make it" : "");
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        tell(v, BAD, "data: %s is no folder", dir);
        return false;
    }
    if (access(dir, R_OK | W_OK | X_OK) < 0)
        tell(v, BAD, "data: %s: %s", dir, strerror(errno));
    else if (st.st_mode & 077)
        tell(v, BAD, "data: others may look into %s: chmod 700 %s", dir, dir);
    else
        tell(v, GOOD, "data: %s", dir);
    if (statvfs(dir, &fs) == 0) {
        uint64_t left = (uint64_t)fs.f_bavail * fs.f_frsize;
        tell(v,
            left < DISK_BAD_BYTES       ? BAD
                : left < DISK_LOW_BYTES ? NOTE
                                        : GOOD,
            "disk: %" PRIu64 " MB left", left >> 20);
    }
    return true;
}

static void look_at_database(struct visit *v) {
    _cleanup_buf_ struct buf text = {0};
    struct cli_data data;
    buf_addf(&text, "%s/confab.lock", v->config->data);
    int fd = access(buf_z(&text), F_OK) == 0 ? file_lock(buf_z(&text)) : -ENOENT;
    v->running = fd == -EBUSY;
    if (fd >= 0)
        close(fd);
    tell(v, GOOD, "server: %s", v->running ? "running" : "not running");
    buf_clear(&text);
    buf_addf(&text, "%s/confab.db", v->config->data);
    if (access(buf_z(&text), F_OK) < 0) {
        tell(v, NOTE, "database: none yet");
        return;
    }
    buf_clear(&text);
    if (!cli_open(v->config, CLI_SHARED, false, &data)) {
        tell(v, BAD, "database: can't be opened");
        return;
    }
    int found = store_check(data.store, &text);
    struct str rest = buf_str(&text), line;
    while (str_next(&rest, '\n', &line))
        if (line.n)
            tell(v, BAD, "database: %.*s", STR_ARG(line));
    _cleanup_buf_ struct buf audit = {0};
    bool whole = cli_audit_verify(data.domain, (struct str){0}, &audit) == CLI_DONE;
    tell(v, whole ? GOOD : BAD, "audit log: %s", buf_z(&audit));
    if (found == 0)
        tell(v, GOOD, "database: sound");
    else if (found < 0 && !text.n)
        tell(v, BAD, "database: %s", strerror(-found));
    cli_close(&data);
}

static void look_at_socket(struct visit *v, const char *spec) {
    const char *path = spec + strlen("unix:");
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sa.sun_path) {
        tell(v, BAD, "listen: %s: a path this long can't be a socket", spec);
        return;
    }
    memcpy(sa.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0;
    if (fd >= 0)
        close(fd);
    tell(v, taken && !v->running ? BAD : GOOD, "listen: %s%s", spec,
        !taken           ? " is free"
            : v->running ? ""
                         : " is taken by another program");
}

static void look_at_address(struct visit *v, const char *spec) {
    struct listen_address addresses[LISTEN_ADDRESSES];
    int n = listen_resolve(str_from(spec), addresses);
    if (n < 0)
        tell(v, BAD, "listen: %s: %s", spec,
            n == -ENOENT ? "there is no such host" : "host:port or unix:/path was expected");
    for (int i = 0; i < n; i++) {
        char text[LISTEN_TEXT];
        listen_text(&addresses[i], text);
        int fd = listen_claim(&addresses[i]);
        if (fd >= 0) {
            close(fd);
            tell(v, GOOD, "listen: %s is free", text);
        } else if (fd == -EADDRINUSE && v->running)
            tell(v, GOOD, "listen: %s", text);
        else if (fd == -EADDRINUSE)
            tell(v, BAD, "listen: %s is taken by another program", text);
        else
            tell(v, BAD, "listen: %s: %s", text, strerror(-fd));
    }
}

static void look_at_network(struct visit *v) {
    const struct config *c = v->config;
    for (size_t i = 0; i < c->listen.n; i++)
        if (strncmp(c->listen.items[i], "unix:", 5) == 0)
            look_at_socket(v, c->listen.items[i]);
        else
            look_at_address(v, c->listen.items[i]);
    struct address_range range;
    for (size_t i = 0; i < c->trusted_proxies.n; i++)
        if (address_range_parse(str_from(c->trusted_proxies.items[i]), &range) < 0)
            tell(v, BAD, "trusted-proxies: %s is neither an address nor a range",
                c->trusted_proxies.items[i]);
    if (c->tls_cert[0]) {
        struct tls_context *context = NULL;
        char error[256];
        bool good = tls_context_new(c->tls_cert, c->tls_key, &context, error) == 0;
        tell(v, good ? GOOD : BAD, "tls: %s", good ? c->tls_cert : error);
        tls_context_free(&context);
    } else if (!config_is_loopback(c) && !c->trusted_proxies.n)
        tell(v, NOTE,
            "tls: none, and the server listens beyond this machine: passwords cross the network in "
            "the clear");
}

int cli_doctor(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    if (!cli_load(command, argc, argv, 0, 0, &config))
        return CLI_USAGE;
    struct visit v = {.config = &config};
    look_at_environment(&v);
    look_at_limits(&v);
    look_at_pictures(&v);
    if (look_at_folder(&v))
        look_at_database(&v);
    look_at_network(&v);
    config_fini(&config);
    if (v.bad)
        printf("%d %s to repair\n", v.bad, v.bad == 1 ? "thing" : "things");
    return v.bad ? CLI_FAILED : CLI_DONE;
}
