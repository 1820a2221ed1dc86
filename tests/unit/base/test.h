/* cmocka and what it needs before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#define assert_str(got, expected)                              \
    do {                                                       \
        struct str got_ = (got), expected_ = (expected);       \
        assert_int_equal(got_.n, expected_.n);                 \
        assert_memory_equal(got_.p, expected_.p, expected_.n); \
    } while (0)
