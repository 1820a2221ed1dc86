/* The command line: dispatch, and what the commands share. One thread. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "domain/op.h"
#include "server/config.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 }; /* exit status */

/* Runs the command that argv[1] names; returns the exit status. */
int cli_main(int argc, char **argv);

/* --- for the commands */

struct cli_command {
    const char *name, *usage, *summary, *options, *help;
    int (*run)(const struct cli_command *command, int argc,
        char **argv); /* argv[0] is the command's name */
};

int cli_user(const struct cli_command *command, int argc, char **argv);
int cli_room(const struct cli_command *command, int argc, char **argv);
int cli_backup(const struct cli_command *command, int argc, char **argv);
int cli_restore(const struct cli_command *command, int argc, char **argv);
int cli_doctor(const struct cli_command *command, int argc, char **argv);
int cli_invite(const struct cli_command *command, int argc, char **argv);
int cli_settings(const struct cli_command *command, int argc, char **argv);
int cli_audit(const struct cli_command *command, int argc, char **argv);
int cli_export(const struct cli_command *command, int argc, char **argv);
int cli_import(const struct cli_command *command, int argc, char **argv);

/* Takes a command's own flag out of argv. */
bool cli_take_flag(int *argc, char **argv, const char *flag);
/* The same with a value, "--room X" or "--room=X"; NULL when it is not there. False: the value is
 * missing (told). */
bool cli_take_value(int *argc, char **argv, const char *flag, const char **ret_value);
/* Reads the configuration from what is left and wants between `least` and `most` words. False:
 * told. */
bool cli_load(const struct cli_command *command, int argc, char **argv, size_t least, size_t most,
    struct config *ret_config);
/* An operation in the name of the shell's user, who may do everything. */
struct op *cli_op(enum op_kind kind);
/* Goes through a list page by page: `ask` makes the operation for a cursor (.p NULL: the start),
 * whose text is copied; `each` gets one item after the other until it says false. Exit status. */
struct json_t;
struct cli_list {
    struct op *(*ask)(void *arg, struct str cursor);
    bool (*each)(void *arg, const struct json_t *item);
    void *arg;
};
struct domain;
int cli_each(struct domain *domain, const struct cli_list *list);
/* One line of JSON on standard output. */
void cli_print_json(const struct json_t *value);
/* "2026-01-31T10:00:00Z" */
#define CLI_TIME 32
void cli_time(char ret[static CLI_TIME], int64_t ms);
/* Goes through the audit log. `noted` is LINE:HASH of an earlier time, or empty. Exit status;
 * `words` gets LINE:HASH of now, or what is wrong. */
int cli_audit_verify(struct domain *domain, struct str noted, struct buf *words);
/* Prints a link into the client: its address behind the public one's. */
void cli_print_link(const struct config *config, const char *path, const char *token);
/* "confab: …" on standard error. Returns CLI_FAILED. */
int cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_complain_op(const struct op *op);
/* What may be done where a file that was to be written exists. */
#define CLI_FORCE "; --force replaces it"

/* The data folder, open for a command. */
struct cli_data {
    struct store *store;
    struct domain *domain;
};
enum cli_open {
    CLI_SHARED, /* beside a running server: it does not see our events live, so only what is looked
                   up anew each time */
    CLI_ALONE,  /* refused while a server runs */
};
/* False: told. Without a database there it is only made when `make`. */
bool cli_open(const struct config *config, enum cli_open how, bool make, struct cli_data *ret_data);
void cli_close(struct cli_data *data);
/* Tells the audit log of what is done with a file outside of the domain; `act` is an enum AuditAct,
 * `room` a name or NULL. False: told. */
bool cli_note(struct cli_data *data, int act, const char *room, const char *path);
