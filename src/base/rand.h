/* Random bytes from the kernel (getrandom). Any thread; never fails (aborts where the kernel has
 * none). */
#pragma once

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *p, size_t n);
uint64_t rand_u64(void);
