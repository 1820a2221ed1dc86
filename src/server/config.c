/* Gathers the raw text of each option from the strongest source that has one, then reads and checks
 * the values. Each raw text keeps the place it came from, so that a complaint can name it. */
#include "server/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/str.h"
#include "server/config_value.h"

#define FILE_MAX (1024 * 1024)
#define KEY_MAX 48
#define SUGGEST_WITHIN 2 /* letters */

enum type { TYPE_STR, TYPE_CHOICE, TYPE_LIST, TYPE_BOOL, TYPE_INT, TYPE_DURATION, TYPE_SIZE };
enum source { FROM_DEFAULT, FROM_FILE, FROM_ENV, FROM_FLAG };

struct option {
    const char *name, *fallback, *limits, *doc;
    enum type type;
    bool hidden;
    size_t offset;
};

static const struct option options[] = {
#define CONFIG(name, type, fallback, limits, doc) \
    {#name, fallback, limits, doc, TYPE_##type, false, offsetof(struct config, name)},
#define CONFIG_HIDDEN(name, type, fallback, limits, doc) \
    {#name, fallback, limits, doc, TYPE_##type, true, offsetof(struct config, name)},
#include "server/config.def"
#undef CONFIG
#undef CONFIG_HIDDEN
};
#define COUNT (sizeof options / sizeof *options)

struct raw {
    char *text, *origin; /* origin: what a complaint begins with */
    enum source source;
};

struct load {
    struct raw raw[COUNT];
    char *file;
    struct config_list words;
    struct buf *error;
};

extern char **environ;

static int complain(struct buf *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int complain(struct buf *error, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    buf_addvf(error, format, ap);
    va_end(ap);
    return -EINVAL;
}

/* `name` with '-' for '_', or upper case for the environment. */
static struct str spelled(const char *name, bool env, char out[static KEY_MAX]) {
    size_t n = 0;
    for (; name[n] && n + 1 < KEY_MAX; n++) {
        char c = name[n];
        if (!env)
            out[n] = c == '_' ? '-' : c;
        else
            out[n] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    out[n] = 0;
    return str_make(out, n);
}

static int find(struct str key, bool env) {
    char name[KEY_MAX];
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(key, spelled(options[i].name, env, name)))
            return (int)i;
    return -1;
}

/* The option that `key` was probably meant to be; -1: none comes near. */
static int nearest(struct str key, bool env) {
    char name[KEY_MAX];
    size_t best = SUGGEST_WITHIN + 1;
    int found = -1;
    for (size_t i = 0; i < COUNT; i++) {
        size_t d = config_value_distance(key, spelled(options[i].name, env, name));
        if (d < best && !options[i].hidden) {
            best = d;
            found = (int)i;
        }
    }
    return found;
}

static int unknown(struct load *l, const char *origin, const char *dashes, struct str key) {
    char name[KEY_MAX];
    int near = nearest(key, false);
    complain(l->error, "%s%s%.*s: there is no such option", origin, dashes, STR_ARG(key));
    if (near >= 0)
        complain(
            l->error, "; did you mean %s%s?", dashes, spelled(options[near].name, false, name).p);
    else
        complain(l->error, "; --help lists them");
    return -EINVAL;
}

static void list_add(struct config_list *list, struct str item) {
    list->items = xrealloc(list->items, (list->n + 1) * sizeof *list->items);
    list->items[list->n++] = str_dup_z(item);
}

static void list_fini(struct config_list *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct config_list){0};
}

/* Lists grow within one source; otherwise the later word of the same source counts. */
static void put(struct load *l, int i, enum source source, struct str text, const char *origin) {
    struct raw *raw = &l->raw[i];
    if (raw->text && raw->source > source)
        return;
    _cleanup_buf_ struct buf joined = {0};
    if (raw->text && raw->source == source && options[i].type == TYPE_LIST)
        buf_addf(&joined, "%s,", raw->text);
    buf_add_str(&joined, text);
    free(raw->text);
    free(raw->origin);
    *raw = (struct raw){str_dup_z(buf_str(&joined)), str_dup_z(str_from(origin)), source};
}

/* --- sources */

static bool is_flag(const char *arg) {
    return arg[0] == '-' && arg[1] == '-' && arg[2];
}

/* Cuts "--name=value": the name, and the value or NULL. */
static struct str flag_name(const char *arg, const char **ret_value) {
    struct str name = str_from(arg + 2);
    ptrdiff_t equals = str_find(name, '=');
    *ret_value = equals < 0 ? NULL : arg + 2 + equals + 1;
    return equals < 0 ? name : str_make(name.p, (size_t)equals);
}

bool config_flag_takes_value(const char *arg) {
    const char *value;
    if (!is_flag(arg))
        return false;
    struct str name = flag_name(arg, &value);
    int i = find(name, false);
    return !value && (str_eq(name, STR("config")) || (i >= 0 && options[i].type != TYPE_BOOL));
}

static int from_flags(struct load *l, int argc, char **argv) {
    bool ended = false;
    for (int a = 1; a < argc; a++) {
        const char *arg = argv[a], *value;
        if (!ended && strcmp(arg, "--") == 0) {
            ended = true;
            continue;
        }
        if (!ended && arg[0] == '-' && arg[1] && !is_flag(arg))
            return complain(l->error, "%s: there is no such option; --help lists them", arg);
        if (ended || !is_flag(arg)) {
            list_add(&l->words, str_from(arg));
            continue;
        }
        struct str name = flag_name(arg, &value);
        bool file = str_eq(name, STR("config"));
        int i = find(name, false);
        if (i < 0 && !file)
            return unknown(l, "", "--", name);
        if (!value && !file && options[i].type == TYPE_BOOL)
            value = "yes";
        if (!value && a + 1 >= argc)
            return complain(l->error, "--%.*s: a value must follow", STR_ARG(name));
        if (!value)
            value = argv[++a];
        char origin[KEY_MAX + 8];
        snprintf(origin, sizeof origin, "--%.*s", STR_ARG(name));
        if (file) {
            free(l->file);
            l->file = str_dup_z(str_from(value));
        } else
            put(l, i, FROM_FLAG, str_from(value), origin);
    }
    return 0;
}

static void from_environment(struct load *l) {
    for (size_t i = 0; i < COUNT; i++) {
        char name[KEY_MAX], variable[KEY_MAX + 8];
        spelled(options[i].name, true, name);
        snprintf(variable, sizeof variable, "CONFAB_%s", name);
        const char *value = getenv(variable);
        if (value)
            put(l, (int)i, FROM_ENV, str_from(value), variable);
    }
    const char *file = getenv("CONFAB_CONFIG");
    if (!l->file && file && file[0])
        l->file = str_dup_z(str_from(file));
}

static int read_file(struct load *l, struct buf *ret) {
    int fd = open(l->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return complain(l->error, "%s: %s", l->file, strerror(errno));
    ssize_t n;
    while ((n = read(fd, buf_reserve(ret, 4096), 4096)) > 0 && ret->n <= FILE_MAX)
        ret->n += (size_t)n;
    int error = n < 0 ? errno : 0;
    close(fd);
    if (error)
        return complain(l->error, "%s: %s", l->file, strerror(error));
    return ret->n > FILE_MAX ? complain(l->error, "%s: too large for a configuration", l->file) : 0;
}

static int from_line(struct load *l, struct str line, int number, int seen_at[static COUNT]) {
    _cleanup_buf_ struct buf origin = {0};
    buf_addf(&origin, "%s:%d: ", l->file, number);
    ptrdiff_t equals = str_find(line, '=');
    if (equals < 0)
        return complain(l->error, "%s“key = value” was expected", buf_z(&origin));
    struct str key = str_trim(str_make(line.p, (size_t)equals));
    int i = find(key, false);
    if (i < 0)
        return unknown(l, buf_z(&origin), "", key);
    if (seen_at[i] && options[i].type != TYPE_LIST)
        return complain(
            l->error, "%s%.*s stands in line %d already", buf_z(&origin), STR_ARG(key), seen_at[i]);
    seen_at[i] = number;
    buf_add_str(&origin, key);
    put(l, i, FROM_FILE, str_trim(str_from_index(line, (size_t)equals + 1)), buf_z(&origin));
    return 0;
}

static int from_file(struct load *l) {
    _cleanup_buf_ struct buf text = {0};
    int seen_at[COUNT] = {0}, number = 0, r = l->file ? read_file(l, &text) : 0;
    struct str rest = buf_str(&text), line;
    while (r == 0 && str_next(&rest, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (line.n && line.p[0] != '#')
            r = from_line(l, line, number, seen_at);
    }
    return r;
}

/* --- values */

static int number_of(enum type type, struct str s, int64_t *ret) {
    if (type == TYPE_DURATION)
        return config_value_duration(s, ret);
    return type == TYPE_SIZE ? config_value_size(s, ret) : str_to_i64(s, ret);
}

static int set_number(struct load *l, size_t i, struct str s, int64_t *ret) {
    const struct option *o = &options[i];
    static const char *const wants[] = {[TYPE_INT] = "a number",
        [TYPE_DURATION] = "a time such as 90s, 500ms or 10m",
        [TYPE_SIZE] = "a size such as 256K or 1M"};
    int64_t value, least, most;
    if (number_of(o->type, s, &value) < 0)
        return complain(l->error, "%s: %s was expected, not “%.*s”", l->raw[i].origin,
            wants[o->type], STR_ARG(s));
    struct str limits = str_from(o->limits);
    ptrdiff_t dots = str_find_str(limits, STR(".."));
    CHECK(dots > 0 && number_of(o->type, str_make(limits.p, (size_t)dots), &least) == 0
        && number_of(o->type, str_from_index(limits, (size_t)dots + 2), &most) == 0);
    if (value < least || value > most)
        return complain(
            l->error, "%s: %.*s is not within %s", l->raw[i].origin, STR_ARG(s), o->limits);
    *ret = value;
    return 0;
}

static int set_choice(struct load *l, size_t i, struct str s, char **ret) {
    struct str rest = str_from(options[i].limits), word;
    while (str_next(&rest, '|', &word))
        if (str_eq(word, s)) {
            *ret = str_dup_z(s);
            return 0;
        }
    return complain(l->error, "%s: one of %s was expected, not “%.*s”", l->raw[i].origin,
        options[i].limits, STR_ARG(s));
}

static int set(struct load *l, size_t i, struct config *c) {
    void *to = (char *)c + options[i].offset;
    struct str s = str_trim(str_from(l->raw[i].text)), item;
    switch (options[i].type) {
    case TYPE_STR:
        *(char **)to = str_dup_z(s);
        return 0;
    case TYPE_CHOICE:
        return set_choice(l, i, s, to);
    case TYPE_LIST:
        while (str_next(&s, ',', &item))
            if ((item = str_trim(item)).n)
                list_add(to, item);
        return 0;
    case TYPE_BOOL:
        return config_value_bool(s, to) < 0 ? complain(
                   l->error, "%s: yes or no was expected, not “%.*s”", l->raw[i].origin, STR_ARG(s))
                                            : 0;
    default:
        return set_number(l, i, s, to);
    }
}

/* --- what must fit together */

static bool is_loopback(struct str spec) {
    if (str_has_prefix(spec, STR("unix:")))
        return true;
    ptrdiff_t colon = -1;
    for (size_t i = 0; i < spec.n; i++)
        if (spec.p[i] == ':')
            colon = (ptrdiff_t)i;
    struct str host = str_make(spec.p, colon < 0 ? spec.n : (size_t)colon);
    if (str_eq(host, STR("localhost")) || str_eq(host, STR("[::1]")))
        return true;
    /* Only numbers: 127.example.org is somebody else's. */
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
            return false;
    return str_has_prefix(host, STR("127."));
}

bool config_is_loopback(const struct config *c) {
    for (size_t i = 0; i < c->listen.n; i++)
        if (!is_loopback(str_from(c->listen.items[i])))
            return false;
    return true;
}

static int check_origin(const char *option, const char *text, struct buf *error) {
    struct str s = str_from(text);
    bool https = str_has_prefix(s, STR("https://"));
    struct str host = str_from_index(s, https ? 8 : 7);
    if (str_has_suffix(host, STR("/")))
        host.n--;
    if ((!https && !str_has_prefix(s, STR("http://"))) || !host.n || str_find(host, '/') >= 0)
        return complain(error,
            "%s: an address such as https://chat.example.org was expected, not “%s”", option, text);
    return 0;
}

static int check(const struct config *c, struct buf *error) {
    if (!c->listen.n)
        return complain(error, "listen: at least one address is needed");
    if (!c->data[0])
        return complain(error, "data: a folder is needed");
    if (!c->tls_cert[0] != !c->tls_key[0])
        return complain(error, "tls-cert and tls-key belong together: give both, or neither");
    if (c->database[0] && strcmp(c->database, "sqlite") != 0)
        return complain(error,
            "database: this version keeps its data in SQLite inside the data folder, and knows no "
            "other "
            "database; leave the option out");
    if (c->redis[0])
        return complain(error,
            "redis: this version runs as one process and does not use Redis; leave the option out");
    if (c->public_url[0] && check_origin("public-url", c->public_url, error) < 0)
        return -EINVAL;
    for (size_t i = 0; i < c->origins.n; i++)
        if (check_origin("origins", c->origins.items[i], error) < 0)
            return -EINVAL;
    const char *risky = c->debug_echo ? "debug-echo"
        : !c->rate_limits             ? "rate-limits = no"
        : c->cheap_passwords          ? "cheap-passwords"
                                      : NULL;
    if (risky && !config_is_loopback(c))
        return complain(error,
            "%s: only while every address of listen is on this machine (localhost, unix:)", risky);
    return 0;
}

int config_load(struct config *c, int argc, char **argv, struct buf *error) {
    struct load l = {.error = error};
    *c = (struct config){0};
    for (size_t i = 0; i < COUNT; i++) {
        char name[KEY_MAX];
        put(&l, (int)i, FROM_DEFAULT, str_from(options[i].fallback),
            spelled(options[i].name, false, name).p);
    }
    int r = from_flags(&l, argc, argv);
    if (r == 0) {
        from_environment(&l);
        r = from_file(&l);
    }
    for (size_t i = 0; i < COUNT && r == 0; i++)
        r = set(&l, i, c);
    c->words = l.words;
    if (r == 0)
        r = check(c, error);
    for (size_t i = 0; i < COUNT; i++) {
        free(l.raw[i].text);
        free(l.raw[i].origin);
    }
    free(l.file);
    if (r < 0)
        config_fini(c);
    return r;
}

void config_fini(struct config *c) {
    for (size_t i = 0; i < COUNT; i++) {
        void *at = (char *)c + options[i].offset;
        if (options[i].type == TYPE_STR || options[i].type == TYPE_CHOICE)
            free(*(char **)at);
        else if (options[i].type == TYPE_LIST)
            list_fini(at);
    }
    list_fini(&c->words);
    *c = (struct config){0};
}

/* --- telling */

static void add_wrapped(struct buf *out, struct str text, size_t indent, size_t width) {
    struct str word;
    size_t column = 0;
    while (str_next(&text, ' ', &word)) {
        if (column && column + 1 + word.n > width) {
            buf_add_char(out, '\n');
            column = 0;
        }
        if (!column)
            buf_addf(out, "%*s", (int)indent, "");
        else
            buf_add_char(out, ' ');
        column += word.n + (column ? 1 : 0);
        buf_add_str(out, word);
    }
    buf_add_char(out, '\n');
}

static bool is_among(struct str names, const char *name) {
    struct str word;
    bool found = str_eq(names, STR("*"));
    while (!found && str_next(&names, ' ', &word))
        found = str_eq(word, str_from(name));
    return found;
}

void config_help(struct buf *out, struct str names) {
    static const char *const words[] = {[TYPE_STR] = "TEXT",
        [TYPE_CHOICE] = "WORD",
        [TYPE_LIST] = "LIST",
        [TYPE_INT] = "NUMBER",
        [TYPE_DURATION] = "TIME",
        [TYPE_SIZE] = "SIZE"};
    buf_addf(out, "  --config FILE\n");
    add_wrapped(out, STR("Read options from FILE, one “key = value” in a line."), 6, 74);
    for (size_t i = 0; i < COUNT; i++) {
        const struct option *o = &options[i];
        char name[KEY_MAX];
        if (o->hidden || !is_among(names, o->name))
            continue;
        buf_addf(out, "  --%s%s%s\n", spelled(o->name, false, name).p,
            o->type == TYPE_BOOL ? "" : " ", o->type == TYPE_BOOL ? "[=yes|no]" : words[o->type]);
        add_wrapped(out, str_from(o->doc), 6, 74);
        if (o->limits[0] || o->fallback[0]) {
            buf_addf(out, "      [");
            if (o->limits[0])
                buf_addf(out, "%s%s", o->limits, o->fallback[0] ? "; " : "");
            if (o->fallback[0])
                buf_addf(out, "default: %s", o->fallback);
            buf_addf(out, "]\n");
        }
    }
    buf_addf(out,
        "\nEach of these also comes from the environment (--data: CONFAB_DATA) and from "
        "the file.\n"
        "Flags come before the environment, the environment before the file.\n");
    if (!str_eq(names, STR("*")))
        buf_addf(out,
            "Those of `confab serve` that are not told here are understood and change nothing.\n");
}

int config_env_strays(struct buf *out) {
    int count = 0;
    for (char **e = environ; *e; e++) {
        struct str variable = str_from(*e), name;
        if (!str_has_prefix(variable, STR("CONFAB_")) || !str_next(&variable, '=', &name))
            continue;
        struct str key = str_from_index(name, 7);
        char near_name[KEY_MAX];
        int near = find(key, true) >= 0 || str_eq(key, STR("CONFIG")) ? -1 : nearest(key, true);
        if (near < 0)
            continue;
        buf_addf(out, "%.*s is no option; did you mean CONFAB_%s?\n", STR_ARG(name),
            spelled(options[near].name, true, near_name).p);
        count++;
    }
    return count;
}
