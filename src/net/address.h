/* Addresses as text and as ranges. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

#define ADDRESS_TEXT 64

/* Without port; v4 in v6 (::ffff:…) as v4. Returns the length; NUL-terminated. */
size_t address_text(const struct sockaddr *sa, char out[static ADDRESS_TEXT]);

/* A range of addresses. */
struct address_range {
    sa_family_t family; /* AF_INET, AF_INET6, AF_UNIX (any local peer) */
    uint8_t bits;
    uint8_t address[16];
};

/* "10.0.0.0/8", "::1", "unix"; 0 or -EINVAL (also for bits set beyond the prefix). */
int address_range_parse(struct str text, struct address_range *ret_range);
/* `address` as address_text writes it, or "unix". */
bool address_in_range(struct str address, const struct address_range *range);
