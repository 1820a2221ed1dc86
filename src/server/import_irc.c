#include "server/import_irc.h"

#include "base/utf8.h"
#include "server/import_mend.h"

#define NICK_MAX 64

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool two_digits(struct str s, size_t at, int most, int *ret) {
    if (at + 2 > s.n || !is_digit(s.p[at]) || !is_digit(s.p[at + 1]))
        return false;
    *ret = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
    return *ret <= most;
}

/* Cuts "[hh:mm] " or "[hh:mm:ss] " off the front. */
static int cut_time(struct str *s) {
    int hours, minutes, seconds;
    if (s->n < 7 || s->p[0] != '[' || !two_digits(*s, 1, 23, &hours) || s->p[3] != ':'
        || !two_digits(*s, 4, 59, &minutes))
        return -1;
    size_t end = 6;
    if (s->p[end] == ':' && two_digits(*s, 7, 60, &seconds))
        end = 9;
    if (end >= s->n || s->p[end] != ']')
        return -1;
    *s = str_from_index(*s, end + 1);
    return hours * 60 + minutes;
}

/* Cuts `mark` and what blanks follow it off the front. */
static bool cut_mark(struct str *s, struct str mark) {
    if (!str_has_prefix(*s, mark))
        return false;
    *s = str_from_index(*s, mark.n);
    return true;
}

static struct str skip_blanks(struct str s) {
    while (s.n && s.p[0] == ' ')
        s = str_from_index(s, 1);
    return s;
}

static struct str first_word(struct str s) {
    ptrdiff_t end = str_find(s, ' ');
    return end < 0 ? s : str_make(s.p, (size_t)end);
}

/* Cuts what stands before `mark`, and the mark. */
static bool cut_until(struct str *s, struct str mark, struct str *ret_before) {
    ptrdiff_t at = str_find_str(*s, mark);
    if (at < 0)
        return false;
    *ret_before = str_make(s->p, (size_t)at);
    *s = str_from_index(*s, (size_t)at + mark.n);
    return true;
}

/* Without the sign of rank in front. */
static bool take_nick(struct str s, struct str *ret_nick) {
    static const struct str ranks = STR("@+%&~");
    s = str_trim(s);
    if (s.n > 1 && str_find(ranks, s.p[0]) >= 0)
        s = str_from_index(s, 1);
    *ret_nick = s;
    return s.n > 0;
}

/* "nick [user@host]": a nick of one word, or of any form where the bracket shows its end. */
static bool take_nick_of_notice(struct str s, struct str *ret_nick) {
    s = str_trim(s);
    if (s.n && s.p[s.n - 1] == ']') {
        ptrdiff_t host = str_find_str(s, STR(" ["));
        if (host > 0)
            s = str_trim(str_make(s.p, (size_t)host));
    } else if (str_find(s, ' ') >= 0)
        return false;
    *ret_nick = s;
    return s.n > 0 && s.n <= NICK_MAX;
}

/* `["Leaving"]`, `(quit: Success).` without what encloses it. */
static struct str take_reason(struct str s) {
    static const struct str edges = STR("[]()\". ");
    s = str_trim(s);
    while (s.n && str_find(edges, s.p[0]) >= 0)
        s = str_from_index(s, 1);
    while (s.n && str_find(edges, s.p[s.n - 1]) >= 0)
        s.n--;
    return s;
}

/* --- notices */

static bool notice_topic(struct str s, struct irc_line *l) {
    struct str room;
    if (!cut_mark(&s, STR("..[topic/")) || !cut_until(&s, STR(":"), &room)
        || !cut_until(&s, STR("]"), &l->nick) || !cut_mark(&s, STR(" :")))
        return false;
    l->kind = IRC_TOPIC;
    l->text = str_trim(s);
    return l->nick.n > 0;
}

static bool notice_mode(struct str s, struct irc_line *l) {
    struct str modes, by = s;
    if (!str_has_prefix(s, STR("mode/")) || !cut_until(&by, STR(" by "), &modes))
        return false;
    l->kind = IRC_NOTICE;
    l->nick = str_trim(by);
    return l->nick.n > 0 && str_find(l->nick, ' ') < 0;
}

static bool notice_nick(struct str s, struct irc_line *l) {
    struct str before;
    if (!cut_until(&s, STR(" is now known as "), &before))
        return false;
    l->kind = IRC_NICK;
    l->nick = str_trim(before);
    l->subject = str_trim(s);
    return l->nick.n && l->nick.n <= NICK_MAX && l->subject.n && l->subject.n <= NICK_MAX;
}

static bool notice_joined(struct str s, struct irc_line *l) {
    struct str before, rest = s;
    l->kind = IRC_JOINED;
    if (cut_until(&rest, STR(" has joined #"), &before))
        return str_find(str_trim(rest), ' ') < 0 && take_nick_of_notice(before, &l->nick);
    return str_has_suffix(s, STR(" entered the room."))
        && take_nick_of_notice(str_make(s.p, s.n - 18), &l->nick);
}

static bool notice_left(struct str s, struct irc_line *l) {
    struct str before, rest = s;
    l->kind = IRC_LEFT;
    if (cut_until(&rest, STR(" has left #"), &before) && take_nick_of_notice(before, &l->nick)) {
        l->text = take_reason(str_from_index(rest, first_word(rest).n));
        return true;
    }
    rest = s;
    if ((cut_until(&rest, STR(" has quit ["), &before)
            || cut_until(&rest, STR(" left the room ("), &before)
            || cut_until(&rest, STR(" left the room."), &before))
        && take_nick_of_notice(before, &l->nick)) {
        l->text = take_reason(rest);
        return true;
    }
    return false;
}

static bool notice_kicked(struct str s, struct irc_line *l) {
    struct str room;
    l->kind = IRC_KICKED;
    if (!cut_until(&s, STR(" was kicked off #"), &l->subject) || !cut_until(&s, STR(" by "), &room))
        return false;
    l->nick = first_word(s);
    l->text = take_reason(str_from_index(s, l->nick.n));
    return l->nick.n && l->subject.n && str_find(l->subject, ' ') < 0;
}

static bool parse_notice(struct str s, struct irc_line *l) {
    static bool (*const shapes[])(struct str s, struct irc_line * l) = {
        notice_topic, notice_mode, notice_nick, notice_joined, notice_left, notice_kicked};
    s = str_trim(s);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        l->nick = l->subject = l->text = (struct str){0};
        if (shapes[i](s, l)) {
            if (l->kind == IRC_NOTICE)
                l->text = s;
            return true;
        }
    }
    l->subject = (struct str){0};
    l->kind = IRC_NOTICE;
    l->nick = first_word(s);
    l->text = s;
    return l->nick.n > 0;
}

/* --- what people said */

static bool parse_text(struct str s, struct irc_line *l) {
    struct str nick, rest = s;
    /* Nicks may hold blanks and '<': the first "> " ends them. */
    if (cut_mark(&rest, STR("<"))) {
        if (!cut_until(&rest, STR("> "), &nick)
            && !(str_has_suffix(rest, STR(">")) && cut_until(&rest, STR(">"), &nick)))
            return false;
    } else if (cut_mark(&rest, STR("("))) { /* (nick/#channel) text */
        if (!cut_until(&rest, STR("/"), &nick) || str_find(nick, ' ') >= 0
            || !cut_until(&rest, STR(") "), &l->subject))
            return false;
    } else if (cut_mark(&rest, STR("-"))) { /* -nick:#channel- text */
        if (!cut_until(&rest, STR(":#"), &nick) || str_find(nick, ' ') >= 0
            || !cut_until(&rest, STR("- "), &l->subject))
            return false;
    } else
        return false;
    l->subject = (struct str){0};
    l->kind = IRC_TEXT;
    l->text = rest;
    return take_nick(nick, &l->nick);
}

static bool parse_action(struct str s, struct irc_line *l) {
    if (!cut_mark(&s, STR("* ")))
        return false;
    s = skip_blanks(s);
    l->kind = IRC_ACTION;
    struct str nick = first_word(s);
    l->text = str_from_index(s, nick.n + (nick.n < s.n));
    return take_nick(nick, &l->nick);
}

static bool cut_notice(struct str *s) {
    return cut_mark(s, STR("=== ")) || cut_mark(s, STR("-!- ")) || cut_mark(s, STR("*** "));
}

static void parse(struct str s, struct irc_line *l) {
    struct str rest = s;
    l->minute = cut_time(&rest);
    bool timed = l->minute >= 0;
    rest = timed ? skip_blanks(rest) : rest;
    if (!str_trim(s).n) {
        l->kind = IRC_BLANK;
        return;
    }
    if (cut_notice(&rest) ? parse_notice(rest, l)
                          : timed && (parse_text(rest, l) || parse_action(rest, l)))
        return;
    l->kind = IRC_ODD;
    l->nick = l->subject = (struct str){0};
    l->text = s;
}

/* --- lines */

static void end_line(struct irc_parser *p, size_t n, bool cut) {
    struct irc_line l = {
        .number = ++p->number, .minute = -1, .raw = str_make(p->line.p, n), .cut = cut};
    struct str s = l.raw;
    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    if (l.number == 1 && str_has_prefix(s, STR("\xef\xbb\xbf")))
        s = str_from_index(s, 3);
    buf_clear(&p->clean);
    import_mend(s, &p->clean, &l.mended, &l.unformatted);
    parse(buf_str(&p->clean), &l);
    p->on_line(p->arg, &l);
    buf_consume(&p->line, n);
}

/* Where a full buffer is cut: not within a character. */
static size_t cut_place(const struct buf *b) {
    size_t n = b->n;
    for (int back = 0; back < 3 && ((unsigned char)b->p[n - 1] & 0xc0) == 0x80; back++)
        n--;
    bool lead = ((unsigned char)b->p[n - 1] & 0xc0) == 0xc0;
    return lead && !utf8_valid(str_make(b->p + n - 1, b->n - n + 1)) ? n - 1 : b->n;
}

void irc_feed(struct irc_parser *p, struct str bytes) {
    while (bytes.n) {
        ptrdiff_t newline = str_find(bytes, '\n');
        size_t n = newline < 0 ? bytes.n : (size_t)newline, room = IRC_LINE_MAX - p->line.n;
        if (n > room) {
            buf_add(&p->line, bytes.p, room);
            bytes = str_from_index(bytes, room);
            end_line(p, cut_place(&p->line), true);
            continue;
        }
        buf_add(&p->line, bytes.p, n);
        bytes = str_from_index(bytes, n + (newline >= 0));
        if (newline >= 0)
            end_line(p, p->line.n, false);
    }
}

void irc_end(struct irc_parser *p) {
    if (p->line.n)
        end_line(p, p->line.n, false);
    p->number = 0;
}

void irc_fini(struct irc_parser *p) {
    buf_fini(&p->line);
    buf_fini(&p->clean);
}

bool irc_is_notice(enum irc_kind kind) {
    return kind >= IRC_JOINED;
}

/* --- time */

/* Days since 1970-01-01 of a date of the Gregorian calendar, by counting from March, so that the
 * leap day comes last.
 */
static int64_t days(int64_t year, int month, int day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool day_at(struct str s, size_t at, int64_t *ret_day) {
    static const char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, year, month, day;
    if (!two_digits(s, at, 99, &century) || !two_digits(s, at + 2, 99, &year) || at + 10 > s.n
        || s.p[at + 4] != '-' || s.p[at + 7] != '-' || !two_digits(s, at + 5, 12, &month)
        || !two_digits(s, at + 8, 31, &day))
        return false;
    year += century * 100;
    if (year < 1970 || month < 1 || day < 1 || day > lengths[month - 1])
        return false;
    *ret_day = days(year, month, day);
    return true;
}

bool irc_day_of_name(struct str name, int64_t *ret_day) {
    for (size_t at = 0; at + 10 <= name.n; at++)
        if (day_at(name, at, ret_day))
            return true;
    return false;
}

int irc_clock_next(struct irc_clock *c, int minute) {
    const int half = 12 * 60;
    c->is_24 = c->is_24 || minute >= half + 60;
    int at = minute + c->shift;
    if (c->last - at > half / 2) {
        int round = c->is_24 ? 2 * half : half;
        while (at < c->last) {
            at += round;
            c->shift += round;
        }
    } else if (at < c->last)
        at = c->last;
    c->last = at;
    return at;
}
