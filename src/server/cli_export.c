/* `confab export`: the domain's lines (domain/export.c) into a file or a pipe. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"
#include "store/file.h"

struct target {
    FILE *file;
    const char *path; /* NULL: standard output */
    struct file_part part;
    int error;
};

static bool write_line(void *arg, struct str line) {
    struct target *t = arg;
    if (fwrite(line.p, 1, line.n, t->file) == line.n)
        return true;
    t->error = errno;
    return false;
}

static void complain(const char *path, int r) {
    cli_complain("can't write %s: %s%s", path, file_part_words(r), r == -EEXIST ? CLI_FORCE : "");
}

static bool target_open(struct target *t, bool replace) {
    if (!t->path) {
        t->file = stdout;
        return true;
    }
    int r = file_part_open(&t->part, t->path, replace);
    if (r < 0) {
        complain(t->path, r);
        return false;
    }
    /* One of its own to close, for the lock lasts as long as the other. */
    t->file = fdopen(dup(t->part.fd), "w");
    CHECK(t->file);
    return true;
}

/* Puts it into its place where it is whole, and takes it away where it is not. */
static int target_close(struct target *t, bool whole) {
    if (fflush(t->file) != 0 && !t->error)
        t->error = errno;
    if (t->path) {
        fclose(t->file);
        int r = file_part_close(&t->part, whole && !t->error);
        if (!t->error)
            t->error = -r;
    }
    if (t->error)
        complain(t->path ? t->path : "standard output", -t->error);
    return whole && !t->error ? CLI_DONE : CLI_FAILED;
}

static int export(struct cli_data *data, const char *room, struct target *t) {
    /* The log has it before the first line has left. */
    if (!cli_note(data, AUDIT_ACT_DATA_EXPORTED, room, t->path ? t->path : "standard output"))
        return target_close(t, false);
    struct op *op = cli_op(OP_EXPORT);
    op->in.export.handle = str_from(room);
    op->in.export.write = write_line;
    op->in.export.arg = t;
    domain_run(data->domain, op);
    bool whole = op->fail == FAIL_NONE;
    if (!whole && !t->error)
        cli_complain_op(op);
    int status = target_close(t, whole);
    if (status == CLI_DONE && t->path)
        printf("%.*s\n", (int)op->out->n, op->out->p);
    op_free(&op);
    return status;
}

int cli_export(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    struct cli_data data;
    const char *room;
    bool replace = cli_take_flag(&argc, argv, "--force");
    if (!cli_take_value(&argc, argv, "--room", &room)
        || !cli_load(command, argc, argv, 1, 1, &config))
        return CLI_USAGE;
    const char *path = config.words.items[0];
    bool to_file = strcmp(path, "-") != 0;
    struct target t = {.path = to_file ? path : NULL};
    int status = CLI_FAILED;
    if (cli_open(&config, CLI_SHARED, false, &data)) {
        if (target_open(&t, replace))
            status = export(&data, room, &t);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
