/* How many connections each address has, over all loops. Any thread; the lock is a leaf. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct peers;

/* `most` per address. */
struct peers *peers_new(unsigned most);
void peers_free(struct peers **p);

/* Whom an address stands for: itself, of IPv6 its /64, for that is what one customer is given. 0:
 * nobody that is counted (a Unix socket, no address). */
uint64_t peers_key(struct str address); /* as address_text writes it */
/* False: that one has as many as it may. A connection that came in goes out with peers_leave. */
bool peers_enter(struct peers *p, uint64_t key);
void peers_leave(struct peers *p, uint64_t key);
