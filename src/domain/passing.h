/* Passing rooms: see passing.c. Inside src/domain only. */
#pragma once

struct domain;
struct passing;

struct passing *passing_new(void);
void passing_free(struct passing **p);
/* Once a second: who did not come back is gone, and with the last one the room; what was said is
 * forgotten. */
void passing_tick(struct domain *d);
