/* `confab settings` and `confab audit`. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"

/* --- settings */

static void print_setting(const char *key, const json_t *value, bool alone) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *shown = json_is_string(value) ? json_string_value(value)
        : json_is_true(value)                 ? "yes"
        : json_is_false(value)                ? "no"
                                              : text;
    if (alone)
        printf("%s\n", shown);
    else
        printf("%-20s %s\n", key, shown);
    free(text);
}

/* All of them, or the one that `key` names. */
static int print_settings(const struct op *op, const char *key) {
    json_t *all = json_loadb(op->out->p, op->out->n, 0, NULL), *value;
    const char *name;
    int status = CLI_DONE;
    if (!key)
        json_object_foreach (all, name, value)
            print_setting(name, value, false);
    else if ((value = json_object_get(all, key)))
        print_setting(key, value, true);
    else
        status = cli_complain("there is no setting %s", key);
    json_decref(all);
    return status;
}

static int settings(struct domain *domain, const char *key, const char *value) {
    struct op *op = cli_op(value ? OP_SETTINGS_PATCH : OP_SETTINGS_GET);
    struct op_setting item = {str_from(key), str_from(value)};
    if (value) {
        op->in.settings.items = &item;
        op->in.settings.n = 1;
    }
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? print_settings(op, key) : cli_complain_op(op);
    op_free(&op);
    return status;
}

int cli_settings(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    struct cli_data data;
    if (!cli_load(command, argc, argv, 0, 2, &config))
        return CLI_USAGE;
    char *key = config.words.n > 0 ? config.words.items[0] : NULL;
    const char *value = config.words.n > 1 ? config.words.items[1] : NULL;
    for (char *c = key; c && *c; c++)
        if (*c == '-')
            *c = '_';
    int status = CLI_FAILED;
    if (cli_open(&config, CLI_SHARED, true, &data)) {
        status = settings(data.domain, key, value);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}

/* --- the audit log */

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_changes(const json_t *changes) {
    const json_t *change;
    size_t i;
    json_array_foreach (changes, i, change) {
        const json_t *from = json_object_get(change, "from"), *to = json_object_get(change, "to");
        printf(" %s:", text_of(change, "what"));
        if (from)
            printf(" “%s”", json_string_value(from));
        if (to)
            printf("%s “%s”", from ? " →" : "", json_string_value(to));
    }
}

struct shown {
    int64_t left;
    bool json;
};

static bool print_line(void *arg, const json_t *line) {
    struct shown *shown = arg;
    char at[CLI_TIME];
    if (shown->json) {
        cli_print_json(line);
        return --shown->left > 0;
    }
    cli_time(at, json_integer_value(json_object_get(line, "at")));
    printf("%" JSON_INTEGER_FORMAT " %s %s %s %s%s%s%s%s",
        json_integer_value(json_object_get(line, "id")), at, text_of(line, "source"),
        text_of(line, "actor_name"), text_of(line, "act"),
        json_object_get(line, "user_name") ? " @" : "", text_of(line, "user_name"),
        json_object_get(line, "room_name") ? " #" : "", text_of(line, "room_name"));
    print_changes(json_object_get(line, "changes"));
    putchar('\n');
    return --shown->left > 0;
}

/* Newest first. */
static struct op *ask_lines(void *arg, struct str cursor) {
    const struct shown *shown = arg;
    struct op *op = cli_op(OP_AUDIT_LIST);
    op->in.audit.act = -1;
    op->in.audit.limit = shown->left < LIMIT_LIST ? (int)shown->left : LIMIT_LIST;
    if (cursor.p)
        op->in.audit.cursor = arena_str(op->arena, cursor);
    return op;
}

static int show(struct domain *domain, int64_t left, bool json) {
    struct shown shown = {left, json};
    return cli_each(domain, &(struct cli_list){ask_lines, print_line, &shown});
}

int cli_audit_verify(struct domain *domain, struct str noted, struct buf *words) {
    struct op *op = cli_op(OP_AUDIT_CHECK);
    struct str rest = noted, line;
    if (noted.n
        && (!str_next(&rest, ':', &line) || str_to_i64(line, &op->in.audit.line) < 0
            || op->in.audit.line < 1 || rest.n != 64)) {
        buf_addf(words, "%.*s: LINE:HASH was expected, as verify prints it", STR_ARG(noted));
        op_free(&op);
        return CLI_USAGE;
    }
    op->in.audit.hash = noted.n ? rest : (struct str){0};
    domain_run(domain, op);
    int status = CLI_FAILED;
    if (op->fail != FAIL_NONE)
        buf_addf(words, "%.*s", STR_ARG(fail_title(op->fail)));
    else {
        json_t *check = json_loadb(op->out->p, op->out->n, 0, NULL);
        json_int_t lines = json_integer_value(json_object_get(check, "lines"));
        const json_t *broken = json_object_get(check, "broken_at");
        if (broken)
            buf_addf(words, "line %" JSON_INTEGER_FORMAT " does not follow from the one before",
                json_integer_value(broken));
        else if (lines)
            buf_addf(words, "%" JSON_INTEGER_FORMAT ":%s", lines, text_of(check, "hash"));
        else
            buf_add_str(words, STR("empty"));
        status = broken ? CLI_FAILED : CLI_DONE;
        json_decref(check);
    }
    op_free(&op);
    return status;
}

static int verify(struct domain *domain, const char *noted) {
    _cleanup_buf_ struct buf words = {0};
    int status = cli_audit_verify(domain, str_from(noted), &words);
    if (status == CLI_DONE)
        printf("%s\n", buf_z(&words));
    else
        cli_complain("%s", buf_z(&words));
    return status;
}

int cli_audit(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    struct cli_data data;
    const char *noted, *last;
    int64_t left = INT64_MAX;
    bool json = cli_take_flag(&argc, argv, "--json");
    if (!cli_take_value(&argc, argv, "--seen", &noted)
        || !cli_take_value(&argc, argv, "--last", &last)
        || !cli_load(command, argc, argv, 1, 1, &config))
        return CLI_USAGE;
    const char *verb = config.words.items[0];
    bool shows = strcmp(verb, "show") == 0;
    int status = CLI_USAGE;
    if (!shows && strcmp(verb, "verify") != 0)
        cli_complain("audit %s: show or verify was expected", verb);
    else if (last && (str_to_i64(str_from(last), &left) < 0 || left < 1))
        cli_complain("--last %s: a number was expected", last);
    else if (!cli_open(&config, CLI_SHARED, false, &data))
        status = CLI_FAILED;
    else {
        status = shows ? show(data.domain, left, json) : verify(data.domain, noted);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
