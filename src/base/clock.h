/* Time in microseconds. Tests replace it: nothing else in Confab asks the system for the time. */
#pragma once

#include <stdint.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

int64_t clock_now_us(void);  /* since 1970-01-01 UTC; for display and expiry, never for order */
int64_t clock_mono_us(void); /* monotonic; for timeouts and measures */
/* For tests: freeze both at a value (0 thaws), and move them on. */
void clock_freeze_us(int64_t now_us);
void clock_advance_us(int64_t by_us);
