#include "server/cli.h"

#include <errno.h>
#include <jansson.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "domain/domain.h"
#include "domain/text.h"
#include "server/config_value.h"
#include "server/serve.h"
#include "server/version.h"
#include "store/store.h"

static int cli_serve(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    if (!cli_load(command, argc, argv, 0, 0, &config))
        return CLI_USAGE;
    int status = serve_main(&config);
    config_fini(&config);
    return status;
}

static int cli_version(const struct cli_command *command, int argc, char **argv) {
    if (argc > 1) {
        cli_complain("%s: “%s” is one word too many", command->name, argv[1]);
        return CLI_USAGE;
    }
    printf("confab %s\n", CONFAB_VERSION);
    return CLI_DONE;
}

static const struct cli_command commands[] = {
#define COMMAND(name, usage, summary, options, help) \
    {#name, usage, summary, options, help, cli_##name},
#include "server/cli.def"
#undef COMMAND
};
#define COUNT (sizeof commands / sizeof *commands)

static void help(FILE *to) {
    fprintf(to, "Confab, a messenger that people own.\n\nusage: confab COMMAND …\n\n");
    for (size_t i = 0; i < COUNT; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`confab COMMAND --help` tells more.\n");
}

static int command_help(const struct cli_command *c) {
    _cleanup_buf_ struct buf options = {0};
    if (c->options[0])
        config_help(&options, str_from(c->options));
    printf("confab %s: %s\n\nusage: confab %s%s%s\n%s%s%s%s", c->name, c->summary, c->name,
        c->usage[0] ? " " : "", c->usage, c->help[0] ? "\n" : "", c->help,
        options.n ? "\nOptions:\n" : "", buf_z(&options));
    return CLI_DONE;
}

/* "--help" before any "--". */
static bool asks_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What was to be read by somebody and could not be written was not done. */
static int see_told(int status) {
    bool lost = fflush(stdout) != 0 || ferror(stdout);
    return lost && status == CLI_DONE
        ? cli_complain("can't write standard output: %s", strerror(errno))
        : status;
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        help(stderr);
        return CLI_USAGE;
    }
    struct str word = str_from(argv[1]);
    if (str_eq(word, STR("--help")) || str_eq(word, STR("-h")) || str_eq(word, STR("help"))) {
        help(stdout);
        return CLI_DONE;
    }
    if (str_eq(word, STR("--version")))
        word = STR("version");
    const struct cli_command *near = NULL;
    size_t best = 3;
    for (size_t i = 0; i < COUNT; i++) {
        const struct cli_command *c = &commands[i];
        if (str_eq(word, str_from(c->name)))
            return asks_help(argc - 1, argv + 1) ? command_help(c) : c->run(c, argc - 1, argv + 1);
        size_t distance = config_value_distance(word, str_from(c->name));
        if (distance < best) {
            best = distance;
            near = c;
        }
    }
    cli_complain("%s: there is no such command; %s%s%s", argv[1], near ? "did you mean " : "",
        near ? near->name : "confab --help lists them", near ? "?" : "");
    return CLI_USAGE;
}

int cli_main(int argc, char **argv) {
    return see_told(run(argc, argv));
}

/* --- what the commands share */

int cli_complain(const char *format, ...) {
    va_list ap;
    fputs("confab: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return CLI_FAILED;
}

struct op *cli_op(enum op_kind kind) {
    struct op *op = op_new(kind);
    const struct passwd *me = getpwuid(geteuid());
    const char *behind = getenv("SUDO_USER");
    const char *name = behind && *behind ? behind : me ? me->pw_name : "";
    op->operator_name = text_cut(op->arena, str_from(*name ? name : "shell"), LIMIT_NAME_CHARS);
    return op;
}

int cli_complain_op(const struct op *op) {
    struct str title = fail_title(op->fail);
    /* The shell sees everything and fills in no fields: there the titles of these say nothing. */
    if (op->detail.n && (op->fail == FAIL_NOT_FOUND || op->fail == FAIL_FIELD_INVALID))
        return op->field && op->fail == FAIL_FIELD_INVALID
            ? cli_complain("%s: %.*s", op->field, STR_ARG(op->detail))
            : cli_complain("%.*s", STR_ARG(op->detail));
    return cli_complain(
        "%.*s%s%.*s", STR_ARG(title), op->detail.n ? ": " : "", STR_ARG(op->detail));
}

void cli_print_json(const json_t *value) {
    json_dumpf(value, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
}

void cli_time(char ret[static CLI_TIME], int64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(ret, CLI_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* One page; the cursor of the next one goes into `cursor`, empty where there is none. */
static int each_of_page(struct domain *domain, const struct cli_list *list, struct buf *cursor) {
    struct op *op = list->ask(list->arg, cursor->n ? buf_str(cursor) : (struct str){0});
    bool more = true;
    buf_clear(cursor);
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
    if (status == CLI_DONE) {
        json_t *page = json_loadb(op->out->p, op->out->n, 0, NULL);
        const json_t *items = json_object_get(page, "items");
        for (size_t i = 0; more && i < json_array_size(items); i++)
            more = list->each(list->arg, json_array_get(items, i));
        if (more)
            buf_add_str(cursor, str_from(json_string_value(json_object_get(page, "next"))));
        json_decref(page);
    }
    op_free(&op);
    return status;
}

int cli_each(struct domain *domain, const struct cli_list *list) {
    _cleanup_buf_ struct buf cursor = {0};
    int status;
    do
        status = each_of_page(domain, list, &cursor);
    while (status == CLI_DONE && cursor.n);
    return status;
}

static void drop(int *argc, char **argv, int at, int count) {
    for (int i = at; i + count <= *argc; i++)
        argv[i] = argv[i + count]; /* with the NULL behind the last */
    *argc -= count;
}

bool cli_take_flag(int *argc, char **argv, const char *flag) {
    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0;
         i += config_flag_takes_value(argv[i]) ? 2 : 1)
        if (strcmp(argv[i], flag) == 0) {
            drop(argc, argv, i, 1);
            return true;
        }
    return false;
}

bool cli_take_value(int *argc, char **argv, const char *flag, const char **ret_value) {
    size_t n = strlen(flag);
    *ret_value = NULL;
    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0;
         i += config_flag_takes_value(argv[i]) ? 2 : 1) {
        if (strncmp(argv[i], flag, n) != 0 || (argv[i][n] && argv[i][n] != '='))
            continue;
        bool apart = !argv[i][n];
        if (apart && i + 1 >= *argc) {
            cli_complain("%s: a value must follow", flag);
            return false;
        }
        *ret_value = apart ? argv[i + 1] : argv[i] + n + 1;
        drop(argc, argv, i, apart ? 2 : 1);
        return true;
    }
    return true;
}

bool cli_load(const struct cli_command *command, int argc, char **argv, size_t least, size_t most,
    struct config *ret_config) {
    _cleanup_buf_ struct buf error = {0};
    struct config config;
    if (config_load(&config, argc, argv, &error) < 0) {
        cli_complain("%s", buf_z(&error));
        return false;
    }
    if (config.words.n < least || config.words.n > most) {
        if (config.words.n > most)
            cli_complain("%s: “%s” is one word too many", command->name, config.words.items[most]);
        fprintf(stderr, "usage: confab %s %s\n", command->name, command->usage);
        config_fini(&config);
        return false;
    }
    *ret_config = config;
    return true;
}

bool cli_open(
    const struct config *config, enum cli_open how, bool make, struct cli_data *ret_data) {
    _cleanup_buf_ struct buf text = {0};
    struct store *store;
    buf_addf(&text, "%s/confab.db", config->data);
    if (!make && access(buf_z(&text), F_OK) < 0) {
        cli_complain("there is no database in %s: is --data right?", config->data);
        return false;
    }
    buf_clear(&text);
    log_setup(LOG_WARN, LOG_LOGFMT);
    int r = store_open(
        &(struct store_config){.dir = config->data, .exclusive = how == CLI_ALONE}, &store, &text);
    if (r < 0) {
        cli_complain("%s%s", buf_z(&text),
            r == -EBUSY ? "; this can only be done while the server is down" : "");
        return false;
    }
    *ret_data = (struct cli_data){store,
        domain_new(&(struct domain_config){.store = store,
            .server_name = str_from(config->name),
            .version = STR(CONFAB_VERSION),
            .cheap_passwords = config->cheap_passwords,
            .rate_limits = true})};
    return true;
}

bool cli_note(struct cli_data *data, int act, const char *room, const char *path) {
    struct op *op = cli_op(OP_AUDIT_NOTE);
    op->in.audit.act = act;
    op->in.audit.what = str_from(path);
    op->in.audit.room_handle = str_from(room);
    domain_run(data->domain, op);
    bool good = op->fail == FAIL_NONE;
    if (!good)
        cli_complain_op(op);
    op_free(&op);
    return good;
}

void cli_close(struct cli_data *data) {
    domain_free(&data->domain);
    store_close(&data->store);
}
