#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/limits.h"
#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"

struct request {
    const char *display_name;
    bool admin, password_stdin, json;
};

/* --- passwords: never an argument, for those stand in everybody's process list */

static bool read_line(FILE *from, struct buf *ret) {
    char line[LIMIT_PASSWORD_BYTES + 2];
    if (!fgets(line, sizeof line, from))
        return false;
    struct str s = str_from(line);
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    buf_clear(ret);
    buf_add_str(ret, s);
    explicit_bzero(line, sizeof line);
    return true;
}

static bool ask(FILE *terminal, const char *question, struct buf *ret) {
    struct termios before, quiet;
    int fd = fileno(terminal);
    fputs(question, terminal);
    fflush(terminal);
    if (tcgetattr(fd, &before) < 0)
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    bool good = read_line(terminal, ret);
    tcsetattr(fd, TCSAFLUSH, &before);
    fputc('\n', terminal);
    return good;
}

static bool get_password(bool from_stdin, struct buf *ret) {
    if (from_stdin) {
        if (read_line(stdin, ret) && ret->n)
            return true;
        cli_complain("there was no password on standard input");
        return false;
    }
    FILE *terminal = fopen("/dev/tty", "r+");
    if (!terminal) {
        cli_complain("there is no terminal to ask on: give the password by --password-stdin");
        return false;
    }
    struct buf again = {0};
    bool good = ask(terminal, "Password: ", ret) && ask(terminal, "Once more: ", &again);
    if (!good)
        cli_complain("the password could not be read");
    else if (!str_eq(buf_str(ret), buf_str(&again))) {
        cli_complain("these were two different passwords");
        good = false;
    }
    if (again.p)
        explicit_bzero(again.p, again.cap);
    buf_fini(&again);
    fclose(terminal);
    return good;
}

/* --- the list */

static bool print_user(void *arg, const json_t *user) {
    const char *name, *display, *kind, *role;
    int disabled = 0;
    if (*(const bool *)arg)
        cli_print_json(user);
    else if (json_unpack((json_t *)user, "{s:s, s:s, s:s, s:s, s?b}", "name", &name, "display_name",
                 &display, "kind", &kind, "role", &role, "disabled", &disabled)
        == 0)
        printf("%-32s %-8s %-9s %s\n", name, strcmp(kind, "imported") == 0 ? kind : role,
            disabled ? "disabled" : "", display);
    return true;
}

static struct op *ask_users(void *arg, struct str cursor) {
    struct op *op = cli_op(OP_ADMIN_USERS);
    (void)arg;
    op->in.list.limit = LIMIT_LIST;
    if (cursor.p)
        op->in.list.cursor = arena_str(op->arena, cursor);
    return op;
}

static int list(struct domain *domain, bool json) {
    return cli_each(domain, &(struct cli_list){ask_users, print_user, &json});
}

/* --- single accounts */

static int change(struct domain *domain, enum op_kind kind, const char *verb, const char *name,
    const struct request *r) {
    _cleanup_buf_ struct buf password = {0};
    if ((kind == OP_ADMIN_ADD || kind == OP_ADMIN_PASSWORD)
        && !get_password(r->password_stdin, &password))
        return CLI_FAILED;
    struct op *op = cli_op(kind);
    op->in.admin.name = str_from(name);
    op->in.admin.display_name = str_from(r->display_name);
    op->in.admin.role = r->admin ? SERVER_ROLE_ADMIN : SERVER_ROLE_MEMBER;
    op->in.admin.disabled = strcmp(verb, "disable") == 0;
    op->in.admin.password = password.n ? buf_str(&password) : (struct str){0};
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
    if (status == CLI_DONE && kind == OP_ADMIN_ADD) {
        json_t *user = json_loadb(op->out->p, op->out->n, 0, NULL);
        printf("added %s (%s)\n", json_string_value(json_object_get(user, "name")),
            json_string_value(json_object_get(user, "role")));
        json_decref(user);
    } else if (status == CLI_DONE)
        printf("%s: %s\n", name,
            kind == OP_ADMIN_PASSWORD   ? "new password set, all sessions ended"
                : op->in.admin.disabled ? "disabled"
                                        : "enabled");
    op_free(&op);
    if (password.p)
        explicit_bzero(password.p, password.cap);
    return status;
}

/* What the administrator's site does, too: OP_MANAGE_*. `role` NULL but for `role`. */
static int manage(const struct config *config, struct domain *domain, enum op_kind kind,
    const char *name, const char *role_name) {
    struct op *op = cli_op(kind);
    enum ServerRole role = SERVER_ROLE_MEMBER;
    op->in.manage.handle = str_from(name);
    op->in.manage.role = op->in.manage.disabled = -1;
    if (role_name && !server_role_parse(str_from(role_name), &role)) {
        op_free(&op);
        cli_complain("user role %s %s: owner, admin or member was expected", name, role_name);
        return CLI_USAGE;
    }
    if (role_name)
        op->in.manage.role = (int)role;
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
    if (status == CLI_DONE && kind == OP_MANAGE_RESET) {
        json_t *link = json_loadb(op->out->p, op->out->n, 0, NULL);
        cli_print_link(config, "reset", json_string_value(json_object_get(link, "token")));
        json_decref(link);
    } else if (status == CLI_DONE)
        printf("%s: %s\n", name, role_name ? role_name : "all sessions ended");
    op_free(&op);
    return status;
}

int cli_user(const struct cli_command *command, int argc, char **argv) {
    static const struct {
        const char *verb;
        enum op_kind kind;
    } verbs[] = {{"add", OP_ADMIN_ADD}, {"list", OP_ADMIN_USERS}, {"passwd", OP_ADMIN_PASSWORD},
        {"disable", OP_ADMIN_DISABLE}, {"enable", OP_ADMIN_DISABLE}, {"reset", OP_MANAGE_RESET},
        {"signout", OP_MANAGE_SESSIONS_END}, {"role", OP_MANAGE_USER_PATCH}};
    struct request r = {0};
    struct config config;
    struct cli_data data;
    r.admin = cli_take_flag(&argc, argv, "--admin");
    r.password_stdin = cli_take_flag(&argc, argv, "--password-stdin");
    r.json = cli_take_flag(&argc, argv, "--json");
    if (!cli_take_value(&argc, argv, "--display-name", &r.display_name)
        || !cli_load(command, argc, argv, 1, 3, &config))
        return CLI_USAGE;
    const char *verb = config.words.items[0],
               *name = config.words.n > 1 ? config.words.items[1] : NULL,
               *role = config.words.n > 2 ? config.words.items[2] : NULL;
    int status = CLI_USAGE, found = -1;
    for (int i = 0; i < (int)(sizeof verbs / sizeof *verbs); i++)
        if (strcmp(verb, verbs[i].verb) == 0)
            found = i;
    if (found < 0)
        cli_complain("user %s: add, list, passwd, reset, signout, role, disable or enable was "
                     "expected",
            verb);
    else if ((verbs[found].kind == OP_ADMIN_USERS) != !name)
        cli_complain(
            "user %s: %s", verb, name ? "takes no name" : "whose account? A name must follow");
    else if ((verbs[found].kind == OP_MANAGE_USER_PATCH) != (role != NULL))
        cli_complain("user %s: %s", verb, role ? "takes one name" : "which role? It must follow");
    else if (!cli_open(&config, CLI_SHARED, verbs[found].kind == OP_ADMIN_ADD, &data))
        status = CLI_FAILED;
    else {
        status = verbs[found].kind == OP_ADMIN_USERS ? list(data.domain, r.json)
            : verbs[found].kind >= OP_MANAGE_USERS && verbs[found].kind <= OP_MANAGE_REMOVE
            ? manage(&config, data.domain, verbs[found].kind, name, role)
            : change(data.domain, verbs[found].kind, verb, name, &r);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
