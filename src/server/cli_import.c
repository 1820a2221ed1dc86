/* `confab import irc`: files → lines (import_irc.h) → batches of the domain's OP_IMPORT_LINES, each
 * one transaction.
 *
 * Every line has a key made of its day, its number and its bytes: what is there already is skipped,
 * so a run that was interrupted anywhere, even by SIGKILL, is finished by running it again. SIGINT
 * ends after the batch that is under way. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"
#include "server/import_irc.h"

#define BATCH_LINES 2000
#define READ_BYTES (64 * 1024)
#define PROGRESS_US (SECOND_US / 10)

struct file {
    const char *path;
    struct str name; /* without folders */
    bool dated;
    int64_t day; /* since 1970-01-01 */
    int place;   /* on the command line */
};

struct import {
    struct cli_data data;
    id64 room;
    /* the batch under way; lines and texts live in its op */
    struct op *op;
    struct import_line *lines;
    size_t n;
    size_t untimed; /* at its front: lines that wait for the first time of their file */
    /* the file under way */
    const struct file *file;
    struct irc_clock clock;
    bool timed;
    int64_t minute; /* since 1970-01-01, of the last line */
    /* counts */
    uint64_t files, line_count, messages, notices, mended, unformatted, split, cut, odd, blank,
        undated, added, skipped;
    struct map authors;
    int64_t started_us, bytes, bytes_all, shown_us;
    bool failed, show;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = 1;
}

/* --- progress, on a terminal only */

static void progress(struct import *m, bool last) {
    int64_t now = clock_mono_us();
    if (!m->show || (!last && now - m->shown_us < PROGRESS_US))
        return;
    m->shown_us = now;
    int percent = m->bytes_all ? (int)(m->bytes * 100 / m->bytes_all) : 100,
        bars = percent * 30 / 100;
    fprintf(stderr, "\r%.*s%.*s %3d %%  %" PRIu64 " lines%s", bars,
        "##############################", 30 - bars, "..............................", percent,
        m->line_count, last ? "\n" : "");
}

/* --- batches */

static void batch_new(struct import *m) {
    m->op = cli_op(OP_IMPORT_LINES);
    m->lines = arena_new_n(m->op->arena, struct import_line, BATCH_LINES);
    m->n = m->untimed = 0;
}

static void batch_run(struct import *m) {
    struct op *op = m->op;
    op->in.import.room = m->room;
    op->in.import.lines = m->lines;
    op->in.import.line_count = m->n;
    if (m->n && !m->failed) {
        domain_run(m->data.domain, op);
        if (op->fail != FAIL_NONE) {
            cli_complain_op(op);
            m->failed = true;
        }
        m->added += op->imported.added;
        m->skipped += op->imported.skipped;
    }
    op_free(&m->op);
    batch_new(m);
    progress(m, false);
}

static void note_author(struct import *m, struct str nick) {
    map_put(&m->authors, map_hash(nick.p, nick.n), m);
}

/* The minutes of lines that came before the first time of their file. */
static void set_minutes(struct import *m, int64_t minute) {
    for (size_t i = m->n - m->untimed; i < m->n; i++)
        m->lines[i].at_us = minute * MINUTE_US;
    m->untimed = 0;
}

/* Texts are cut from the parser's buffers: copied here. */
static void add(struct import *m, const struct irc_line *l, int kind, int notice, struct str author,
    struct str subject, struct str text, int part) {
    struct arena *a = m->op->arena;
    struct str key = m->file->dated
        ? arena_printf(a, "%" PRId64 "\n%" PRIu64 "\n%d\n", m->file->day, l->number, part)
        : arena_printf(a, "%.*s\n%" PRIu64 "\n%d\n", STR_ARG(m->file->name), l->number, part);
    char *bytes = arena_alloc(a, key.n + l->raw.n);
    memcpy(bytes, key.p, key.n);
    if (l->raw.n)
        memcpy(bytes + key.n, l->raw.p, l->raw.n);
    m->lines[m->n++] = (struct import_line){.author = arena_str(a, author),
        .subject = subject.n ? arena_str(a, subject) : (struct str){0},
        .text = arena_str(a, text),
        .key = str_make(bytes, key.n + l->raw.n),
        .at_us = m->minute * MINUTE_US,
        .kind = kind,
        .notice = notice};
    note_author(m, author);
    if (subject.n)
        note_author(m, subject);
    m->untimed += !m->timed;
    if (m->n == BATCH_LINES)
        batch_run(m);
}

/* A message of more characters than one may have becomes several. */
static void add_text(struct import *m, const struct irc_line *l, int kind, int notice,
    struct str author, struct str text) {
    int part = 0;
    do {
        struct str rest = text;
        uint32_t code;
        for (int i = 0; i < LIMIT_TEXT_CHARS && utf8_next(&rest, &code);)
            i++;
        add(m, l, kind, notice, author, (struct str){0}, str_make(text.p, text.n - rest.n), part);
        m->split += part++ > 0;
        text = rest;
    } while (text.n);
}

/* A reason is kept in words, for the forms of "left" and "removed" have no place for it. */
static void add_notice(struct import *m, const struct irc_line *l) {
    struct arena *a = m->op->arena;
    struct str none = {0};
    switch (l->kind) {
    case IRC_JOINED:
        add(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_JOINED, l->nick, none, none, 0);
        break;
    case IRC_NICK:
        add(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_NICK, l->nick, l->subject, none, 0);
        break;
    case IRC_TOPIC:
        add(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_DESCRIBED, l->nick, none, l->text, 0);
        break;
    case IRC_LEFT:
        if (!l->text.n)
            add(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_LEFT, l->nick, none, none, 0);
        else
            add_text(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_TEXT, l->nick,
                arena_printf(a, "%.*s left (%.*s)", STR_ARG(l->nick), STR_ARG(l->text)));
        break;
    case IRC_KICKED:
        if (!l->text.n || str_eq(l->text, l->nick))
            add(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_REMOVED, l->nick, l->subject, none, 0);
        else
            add_text(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_TEXT, l->nick,
                arena_printf(a, "%.*s removed %.*s (%.*s)", STR_ARG(l->nick), STR_ARG(l->subject),
                    STR_ARG(l->text)));
        break;
    default:
        add_text(m, l, MESSAGE_KIND_NOTICE, NOTICE_KIND_TEXT, l->nick, l->text);
    }
}

static void on_line(void *arg, const struct irc_line *l) {
    struct import *m = arg;
    m->line_count++;
    m->mended += l->mended;
    m->unformatted += l->unformatted;
    m->cut += l->cut;
    if (l->kind == IRC_BLANK) {
        m->blank++;
        return;
    }
    if (l->minute >= 0) {
        m->minute = m->file->day * 24 * 60 + irc_clock_next(&m->clock, l->minute);
        if (!m->timed)
            set_minutes(m, m->minute);
        m->timed = true;
    }
    if (irc_is_notice(l->kind)) {
        m->notices++;
        add_notice(m, l);
        return;
    }
    m->messages++;
    m->odd += l->kind == IRC_ODD;
    add_text(m, l, l->kind == IRC_ACTION ? MESSAGE_KIND_ACTION : MESSAGE_KIND_TEXT, -1,
        l->kind == IRC_ODD ? STR("log") : l->nick, l->text);
}

/* --- files */

static int by_day(const void *va, const void *vb) {
    const struct file *a = va, *b = vb;
    if (a->dated != b->dated)
        return a->dated ? -1 : 1;
    if (a->dated && a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->place - b->place;
}

struct glance {
    uint64_t told, odd;
};

static void on_glance(void *arg, const struct irc_line *l) {
    struct glance *g = arg;
    if (l->kind != IRC_BLANK)
        g->told++;
    g->odd += l->kind == IRC_ODD;
}

/* One line that is IRC's makes it a log, however broken the rest is. Nothing of a text that is none
 * shall stand in a room, for there is no way to take it out again. */
static bool is_log(const struct file *f) {
    static char bytes[READ_BYTES];
    struct glance seen = {0};
    struct irc_parser parser = {.on_line = on_glance, .arg = &seen};
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (n > 0)
        irc_feed(&parser, str_make(bytes, (size_t)n));
    irc_end(&parser);
    irc_fini(&parser);
    if (fd >= 0)
        close(fd);
    if (n < 0)
        cli_complain("%s: %s", f->path, strerror(errno));
    else if (seen.told > 0 && seen.odd == seen.told)
        cli_complain("%s: is no IRC log: none of its first %" PRIu64
                     " lines says who wrote it; nothing was imported",
            f->path, seen.told);
    else
        return true;
    return false;
}

static bool list_files(
    struct import *m, const struct config *config, struct file *files, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct file *f = &files[i];
        struct stat st;
        *f = (struct file){.path = config->words.items[i + 1], .place = (int)i};
        const char *slash = strrchr(f->path, '/');
        f->name = str_from(slash ? slash + 1 : f->path);
        int found = stat(f->path, &st);
        if (found < 0 || !S_ISREG(st.st_mode)) {
            cli_complain(
                "%s: %s", f->path, found < 0 ? strerror(errno) : "is no file that can be read");
            return false;
        }
        if (!is_log(f))
            return false;
        f->dated = irc_day_of_name(f->name, &f->day);
        if (!f->dated)
            f->day = st.st_mtime / (24 * 60 * 60);
        m->bytes_all += st.st_size;
    }
    qsort(files, n, sizeof *files, by_day);
    /* What has no day follows what has one, a day each; alone it has the day of its last change. */
    for (size_t i = 0; i < n; i++)
        if (!files[i].dated) {
            if (i > 0)
                files[i].day = files[i - 1].day + 1;
            m->undated++;
            fprintf(stderr, "confab: %s: no day (YYYY-MM-DD) in its name; it is put at the end\n",
                files[i].path);
        }
    return true;
}

static bool read_file(struct import *m, const struct file *f) {
    static char bytes[READ_BYTES];
    struct irc_parser parser = {.on_line = on_line, .arg = m};
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    m->file = f;
    m->clock = (struct irc_clock){0};
    m->timed = false;
    m->minute = f->day * 24 * 60;
    while (n > 0 && !m->failed && !interrupted && (n = read(fd, bytes, sizeof bytes)) > 0) {
        irc_feed(&parser, str_make(bytes, (size_t)n));
        m->bytes += n;
        progress(m, false);
    }
    if (n < 0)
        m->failed = cli_complain("%s: %s", f->path, strerror(errno));
    if (n == 0) {
        irc_end(&parser);
        m->untimed = 0;
        m->files++;
    }
    if (fd >= 0)
        close(fd);
    irc_fini(&parser);
    return n == 0 && !m->failed;
}

/* --- the whole */

static bool find_room(struct import *m, const char *name) {
    struct op *op = cli_op(OP_IMPORT_ROOM);
    op->in.import.room_name = str_from(name);
    domain_run(m->data.domain, op);
    if (op->fail != FAIL_NONE)
        cli_complain_op(op);
    bool good = op->fail == FAIL_NONE;
    m->room = op->imported.room;
    op_free(&op);
    return good;
}

static void tell(const struct import *m) {
    _cleanup_buf_ struct buf out = {0};
    struct json j = json_into(&out);
    const struct {
        struct str key;
        uint64_t value;
    } counts[] = {{STR("files"), m->files}, {STR("lines"), m->line_count},
        {STR("messages"), m->messages}, {STR("notices"), m->notices},
        {STR("authors"), m->authors.count}, {STR("mended"), m->mended},
        {STR("unformatted"), m->unformatted}, {STR("split"), m->split}, {STR("cut"), m->cut},
        {STR("odd"), m->odd}, {STR("blank"), m->blank}, {STR("undated"), m->undated},
        {STR("added"), m->added}, {STR("skipped"), m->skipped}};
    json_obj_open(&j);
    json_key(&j, STR("room"));
    json_id(&j, m->room);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_key(&j, counts[i].key);
        json_int(&j, (int64_t)counts[i].value);
    }
    if (interrupted) {
        json_key(&j, STR("interrupted"));
        json_bool(&j, true);
    }
    json_key(&j, STR("seconds"));
    _cleanup_buf_ struct buf seconds = {0};
    buf_addf(&seconds, "%.2f", (double)(clock_mono_us() - m->started_us) / SECOND_US);
    json_raw(&j, buf_str(&seconds));
    json_obj_close(&j);
    printf("%s\n", buf_z(&out));
}

static int run(struct import *m, const struct config *config, const char *room) {
    size_t n = config->words.n - 1;
    struct file *files = xcalloc(n, sizeof *files);
    int status = CLI_FAILED;
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    m->show = isatty(STDERR_FILENO);
    m->started_us = clock_mono_us();
    if (list_files(m, config, files, n) && cli_open(config, CLI_ALONE, true, &m->data)) {
        if (find_room(m, room)) {
            batch_new(m);
            for (size_t i = 0; i < n && read_file(m, &files[i]);)
                i++;
            batch_run(m);
            op_free(&m->op);
            progress(m, true);
            tell(m);
            status = m->failed ? CLI_FAILED : interrupted ? 128 + SIGINT : CLI_DONE;
        }
        cli_close(&m->data);
    }
    map_fini(&m->authors);
    free(files);
    return status;
}

int cli_import(const struct cli_command *command, int argc, char **argv) {
    struct import m = {0};
    struct config config;
    const char *room;
    if (!cli_take_value(&argc, argv, "--room", &room)
        || !cli_load(command, argc, argv, 2, SIZE_MAX, &config))
        return CLI_USAGE;
    int status = CLI_USAGE;
    if (strcmp(config.words.items[0], "irc") != 0)
        cli_complain("import %s: only `irc` is known", config.words.items[0]);
    else if (!room)
        cli_complain("import: --room NAME is needed");
    else
        status = run(&m, &config, room);
    config_fini(&config);
    return status;
}
