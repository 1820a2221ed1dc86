/* Reads IRC logs: bytes in pieces of any size go in, lines come out. Pure: no files, no clock, no
 * allocation beyond one line.
 *
 *     [hh:mm] <nick> text          also [hh:mm:ss], <@nick>, <+nick>, < nick>
 *     [hh:mm] * nick action
 *     [hh:mm] -nick:#channel- text   what the NOTICE command sends; counts as text
 *     === notice                   also -!- and ***, with or without a time in front
 *
 * Nothing is dropped silently. A line of no known shape is IRC_ODD and keeps its whole text. Bytes
 * that are not UTF-8: where the line has other characters beyond ASCII that are, each broken run
 * becomes U+FFFD (a cut character); else the line is taken for Windows-1252, as most IRC clients of
 * old wrote, its five unused bytes become U+FFFD. Control characters become their visible pictures
 * (U+2400…), tabs stay; IRC's codes for colour and weight are taken out. What was done stands in
 * `mended` and `unformatted`. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* IRC itself allows 512 bytes. A longer line is cut; its rest is a line of its own, mostly IRC_ODD.
 */
#define IRC_LINE_MAX (64 * 1024)

enum irc_kind {
    IRC_BLANK,
    IRC_TEXT,   /* nick, text */
    IRC_ACTION, /* nick, text */
    IRC_ODD,    /* text: the whole line */
    /* notices */
    IRC_JOINED, /* nick */
    IRC_LEFT,   /* nick, text: the reason, may be empty */
    IRC_KICKED, /* nick kicked subject, text: the reason, may be empty */
    IRC_TOPIC,  /* nick, text: the topic */
    IRC_NICK,   /* nick is subject now */
    IRC_NOTICE, /* nick: whom it is about, text: all of it */
};

/* Borrowed for the call. Everything but `raw` is clean UTF-8; nick and subject are not empty where
 * the kind has them.
 */
struct irc_line {
    enum irc_kind kind;
    uint64_t number; /* from 1 */
    int minute;      /* of the day; -1: the line has no time */
    struct str nick, subject, text;
    struct str raw; /* as it stands in the file */
    bool mended, unformatted, cut;
};

struct irc_parser {
    void (*on_line)(void *arg, const struct irc_line *line);
    void *arg;
    uint64_t number;
    struct buf line, clean;
};

void irc_feed(struct irc_parser *p, struct str bytes);
/* The end of the file: a last line without newline counts. The parser is as new afterwards. */
void irc_end(struct irc_parser *p);
void irc_fini(struct irc_parser *p);

/* True for what the log tells about the room, false for what people said. */
bool irc_is_notice(enum irc_kind kind);
/* Finds the first YYYY-MM-DD in a file's name: days since 1970-01-01. */
bool irc_day_of_name(struct str name, int64_t *ret_day);

/* The hours of logs go round, some every 24, some every 12 hours without am and pm. This tells
 * minutes since the start of the file's day that never run backward: a fall of more than six hours
 * is the clock going round, by 24 hours once an hour above 12 was seen, else by the 12 that lead to
 * the nearest later moment; a smaller fall is a clock set right, and the line stays at the minute
 * before it. */
struct irc_clock {
    int last, shift;
    bool is_24;
};
int irc_clock_next(struct irc_clock *c, int minute);
