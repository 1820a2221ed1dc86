/* `confab invite`, and links as the shell shows them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/domain.h"
#include "server/cli.h"

void cli_print_link(const struct config *config, const char *path, const char *token) {
    size_t n = strlen(config->public_url);
    while (n && config->public_url[n - 1] == '/')
        n--;
    printf("%.*s/%s#%s\n", (int)n, config->public_url, path, token);
}

static int done(struct op *op) {
    return op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
}

static int make(const struct config *config, struct domain *domain, int64_t days, int64_t uses) {
    struct op *op = cli_op(OP_INVITE_MAKE);
    op->in.invite.expires_in_s = days * (DAY_US / SECOND_US);
    op->in.invite.uses_most = uses;
    op->in.invite.shows = true;
    domain_run(domain, op);
    int status = done(op);
    if (status == CLI_DONE) {
        json_t *invite = json_loadb(op->out->p, op->out->n, 0, NULL);
        cli_print_link(config, "join", json_string_value(json_object_get(invite, "token")));
        json_decref(invite);
    }
    op_free(&op);
    return status;
}

static void print_invite(const json_t *x) {
    const json_t *most = json_object_get(x, "uses_most");
    printf("%s %-9s %" JSON_INTEGER_FORMAT, json_string_value(json_object_get(x, "id")),
        json_string_value(json_object_get(x, "state")),
        json_integer_value(json_object_get(x, "uses")));
    if (most)
        printf("/%" JSON_INTEGER_FORMAT, json_integer_value(most));
    printf(" %s\n", json_string_value(json_object_get(json_object_get(x, "maker"), "name")));
}

static int list(struct domain *domain) {
    struct op *op = cli_op(OP_INVITE_LIST);
    domain_run(domain, op);
    int status = done(op);
    if (status == CLI_DONE) {
        json_t *page = json_loadb(op->out->p, op->out->n, 0, NULL), *x;
        size_t i;
        json_array_foreach (json_object_get(page, "items"), i, x)
            print_invite(x);
        json_decref(page);
    }
    op_free(&op);
    return status;
}

static int revoke(struct domain *domain, const char *id) {
    struct op *op = cli_op(OP_INVITE_REVOKE);
    int status = CLI_FAILED;
    if (!id_parse(str_from(id), &op->in.invite.invite))
        cli_complain("%s: there is no such link", id);
    else {
        domain_run(domain, op);
        status = done(op);
    }
    op_free(&op);
    return status;
}

static bool number(const char *flag, const char *text, int64_t most, int64_t *ret) {
    *ret = 0;
    if (!text || (str_to_i64(str_from(text), ret) == 0 && *ret >= 1 && *ret <= most))
        return true;
    cli_complain("%s %s: a number from 1 to %" PRId64 " was expected", flag, text, most);
    return false;
}

int cli_invite(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    struct cli_data data;
    const char *days_text, *uses_text;
    int64_t days, uses;
    if (!cli_take_value(&argc, argv, "--days", &days_text)
        || !cli_take_value(&argc, argv, "--uses", &uses_text)
        || !cli_load(command, argc, argv, 1, 2, &config))
        return CLI_USAGE;
    const char *verb = config.words.items[0],
               *id = config.words.n > 1 ? config.words.items[1] : NULL;
    bool makes = strcmp(verb, "make") == 0, revokes = strcmp(verb, "revoke") == 0;
    int status = CLI_USAGE;
    if (!makes && !revokes && strcmp(verb, "list") != 0)
        cli_complain("invite %s: make, list or revoke was expected", verb);
    else if (revokes != (id != NULL))
        cli_complain("invite %s: %s", verb, id ? "takes no id" : "which one? Its id must follow");
    else if (!number("--days", days_text, 365, &days)
        || !number("--uses", uses_text, 1000000, &uses)) {
        /* told */
    } else if (!cli_open(&config, CLI_SHARED, false, &data))
        status = CLI_FAILED;
    else {
        status = makes ? make(&config, data.domain, days, uses)
            : revokes  ? revoke(data.domain, id)
                       : list(data.domain);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
