/* `confab export`: the domain's lines (domain/export.c) into a file or a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"
#include "store/file.h"

struct target {
    FILE *file;
    const char *path; /* NULL: standard output */
    struct buf part;  /* where it is written until it is whole */
    int error;
};

static bool write_line(void *arg, struct str line) {
    struct target *t = arg;
    if (fwrite(line.p, 1, line.n, t->file) == line.n)
        return true;
    t->error = errno;
    return false;
}

static bool target_open(struct target *t) {
    if (!t->path) {
        t->file = stdout;
        return true;
    }
    buf_addf(&t->part, "%s.part", t->path);
    /* Nobody else shall read what was said here. */
    int fd = open(buf_z(&t->part), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    t->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!t->file)
        cli_complain("can't write %s: %s", buf_z(&t->part), strerror(errno));
    return t->file != NULL;
}

/* Puts it into its place where it is whole, and takes it away where it is not. */
static int target_close(struct target *t, bool whole) {
    if (fflush(t->file) != 0 && !t->error)
        t->error = errno;
    if (t->path) {
        fclose(t->file);
        if (whole && !t->error)
            t->error = -file_put_in_place(buf_z(&t->part), t->path);
        if (!whole || t->error)
            unlink(buf_z(&t->part));
    }
    if (t->error)
        cli_complain(
            "can't write %s: %s", t->path ? t->path : "standard output", strerror(t->error));
    buf_fini(&t->part);
    return whole && !t->error ? CLI_DONE : CLI_FAILED;
}

static int export(struct domain *domain, const char *room, struct target *t) {
    struct op *op = cli_op(OP_EXPORT);
    op->in.export.handle = str_from(room);
    op->in.export.write = write_line;
    op->in.export.arg = t;
    domain_run(domain, op);
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
    if (!cli_take_value(&argc, argv, "--room", &room)
        || !cli_load(command, argc, argv, 1, 1, &config))
        return CLI_USAGE;
    const char *path = config.words.items[0];
    bool to_file = strcmp(path, "-") != 0;
    struct target t = {.path = to_file ? path : NULL};
    int status = CLI_FAILED;
    if (cli_open(&config, CLI_SHARED, false, &data)) {
        /* The log has it before the first line has left. */
        if (cli_note(&data, AUDIT_ACT_DATA_EXPORTED, room, to_file ? path : "standard output")
            && target_open(&t))
            status = export(data.domain, room, &t);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
