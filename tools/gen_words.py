#!/usr/bin/env python3
"""Make src/base/words_table.h: which characters are parts of words, and what they are folded to (src/base/words.h).

Python's own Unicode decides; its version stands in the file. A newer one would fold a few characters otherwise than texts that
are indexed already: make the table anew only together with a migration that makes the index anew.
"""

import sys
import unicodedata as u
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "src/base/words_table.h"
# Scripts written without blanks between words, and Hangul, whose words carry their particles with them: every character counts.
DENSE = [(0x0E01, 0x0E4E), (0x0E81, 0x0ECD), (0x1000, 0x109F), (0x1780, 0x17D3), (0x3005, 0x3007), (0x3041, 0x3096), (0x309D, 0x30FF),
         (0x3105, 0x312F), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x1B000, 0x1B16F),
         (0x20000, 0x323AF)]
# Marks that people leave out, and those that only say how something is drawn.
DROPPED = [(0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
           (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06E8),
           (0x06EA, 0x06ED), (0x08D3, 0x08FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE0F),
           (0xFE20, 0xFE2F), (0x1F3FB, 0x1F3FF), (0xE0000, 0xE01EF)]
# Only what people write; the rest of Unicode's compatibility forms stands for itself.
FOLDED = [(0x80, 0x6FF), (0x10A0, 0x10FF), (0x13A0, 0x13F5), (0x1C80, 0x1C8F), (0x1E00, 0x1FFF), (0x2070, 0x209F), (0x2C00, 0x2D2F),
          (0xA640, 0xA7FF), (0xFB00, 0xFB06), (0xFF10, 0xFF5A), (0x3041, 0x30FF), (0x1D400, 0x1D7FF)]
OTHERS = {0xDF: "ss", 0xE6: "ae", 0x153: "oe", 0xF8: "o", 0x142: "l", 0x111: "d", 0xF0: "d", 0xFE: "th", 0x131: "i", 0x127: "h", 0x167: "t"}


def within(code, ranges):
    return any(a <= code <= b for a, b in ranges)


def folded(code):
    """What stands for it in a word, as text; itself where nothing changes."""
    if not within(code, FOLDED):
        return chr(code)
    if code in (0x419, 0x439):  # a letter of its own, which happens to be composed
        return "\u0439"
    text = u.normalize("NFKD", u.normalize("NFKD", chr(code)).casefold())
    if within(code, DENSE):
        return u.normalize("NFC", text)
    text = "".join(c for c in text if not within(ord(c), DROPPED))
    text = "".join(OTHERS.get(ord(c), c) for c in text)
    return text if text and all(is_word(ord(c)) for c in text) else chr(code)


def is_word(code):
    return u.category(chr(code))[0] in "LNM" and not within(code, DROPPED)


def is_sign(code):
    return u.category(chr(code)) in ("Sm", "Sc", "So") or 0x1F000 <= code <= 0x1FBFF


def ranges_of(codes):
    out = []
    for c in codes:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def main():
    codes = [c for c in range(0x80, 0x32400) if not 0xD800 <= c <= 0xDFFF]
    words = [c for c in codes if is_word(c) and not within(c, DENSE) and not is_sign(c)]
    signs = [c for c in codes if is_sign(c) and not within(c, DROPPED) and not within(c, DENSE)]
    runs, odd = [], []
    for c in words + [c for c in codes if within(c, DENSE) and is_word(c)]:
        to = folded(c)
        if to == chr(c):
            continue
        if len(to) > 1:
            odd.append((c, to))
            continue
        by = ord(to) - c
        for step in (1, 2):
            if runs and runs[-1][3] == by and c - runs[-1][1] == step and runs[-1][2] in (0, step):
                runs[-1][1], runs[-1][2] = c, step
                break
        else:
            runs.append([c, c, 0, by])
    runs.sort()
    odd.sort()

    def rows(items):
        lines, line = [], "   "
        for item in items:
            if len(line) + len(item) + 2 > 120:
                lines.append(line)
                line = "   "
            line += " " + item + ","
        return "\n".join([*lines, line])

    def pairs(ranges):
        return rows(f"{{{a:#x}, {b:#x}}}" for a, b in ranges)

    def quoted(text):
        return "".join(f"\\x{b:02x}" for b in text.encode())

    OUT.write_text(f"""/* Made by tools/gen_words.py from Unicode {u.unidata_version}. Inside base/words.c only. */
/* clang-format off */
static const struct range words[] = {{ /* letters, digits, and marks that words keep */
{pairs(ranges_of(words))}
}};
static const struct range dense[] = {{ /* scripts without blanks between words */
{pairs(ranges_of([c for c in codes if within(c, DENSE) and is_word(c)]))}
}};
static const struct range dropped[] = {{ /* marks that do not count */
{pairs(DROPPED)}
}};
static const struct range signs[] = {{ /* symbols and emoji */
{pairs(ranges_of(signs))}
}};
static const struct fold folds[] = {{ /* first, last, every which, by how much */
{rows(f"{{{a:#x}, {b:#x}, {s or 1}, {by}}}" for a, b, s, by in runs)}
}};
static const struct spelt spelt[] = {{ /* what becomes several */
{rows(f'{{{c:#x}, "{quoted(t)}"}}' for c, t in odd)}
}};
""")
    print(len(runs), len(odd), file=sys.stderr)


main()
