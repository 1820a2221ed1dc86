/* The reader of IRC logs: any bytes, cut in any way, give the same clean lines, and no byte is
 * lost. The first input byte chooses the size of the pieces. */
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "server/import_irc.h"

struct sum {
    struct buf told; /* everything that was said of the lines */
    size_t bytes;
    int last;
    struct irc_clock clock;
};

static void on_line(void *arg, const struct irc_line *l) {
    struct sum *s = arg;
    CHECK(utf8_valid(l->text) && utf8_valid(l->nick) && utf8_valid(l->subject));
    CHECK(l->kind == IRC_BLANK || l->kind == IRC_ODD || l->nick.n > 0);
    CHECK((l->kind != IRC_NICK && l->kind != IRC_KICKED) || l->subject.n > 0);
    CHECK(l->minute >= -1 && l->minute < 24 * 60 && l->raw.n <= IRC_LINE_MAX);
    if (l->minute >= 0) {
        int at = irc_clock_next(&s->clock, l->minute);
        CHECK(at >= s->last);
        s->last = at;
    }
    s->bytes += l->raw.n;
    buf_addf(&s->told, "%d %d %d\n", l->kind, l->minute, l->mended);
    buf_add_str(&s->told, l->nick);
    buf_add_str(&s->told, l->subject);
    buf_add_str(&s->told, l->text);
}

static struct sum read_all(struct str s, size_t piece) {
    struct sum sum = {0};
    struct irc_parser p = {.on_line = on_line, .arg = &sum};
    for (; s.n; s = str_from_index(s, piece))
        irc_feed(&p, str_make(s.p, s.n < piece ? s.n : piece));
    irc_end(&p);
    irc_fini(&p);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    struct str s = str_make((const char *)data + 1, size - 1);
    size_t newlines = 0;
    for (size_t i = 0; i < s.n; i++)
        newlines += s.p[i] == '\n';
    struct sum whole = read_all(s, s.n ? s.n : 1), cut = read_all(s, 1 + data[0] % 64);
    CHECK(whole.bytes == s.n - newlines && cut.bytes == whole.bytes);
    CHECK(str_eq(buf_str(&whole.told), buf_str(&cut.told)));
    buf_fini(&whole.told);
    buf_fini(&cut.told);
    return 0;
}
