/* Makes clean UTF-8 of a line of an old log; the rules stand in import_irc.h. Pure. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Appends to `out`. Sets the flags where it did something, leaves them else. */
void import_mend(struct str raw, struct buf *out, bool *mended, bool *unformatted);
