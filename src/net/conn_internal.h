/* What net.c calls at the end of a turn. */
#pragma once

#include "net/conn.h"

/* Writes what waits, gives what is held to its reader if that was asked for. */
void conn_flush(struct conn *c);
/* on_closed, then frees (when libuv has let go of the handle). */
void conn_reap(struct conn *c);
