/* How Confab says no: one table (fail.def) gives the code, the HTTP status and the words. */
#pragma once

#include "base/str.h"

enum fail {
#define FAIL(name, status, code, title) FAIL_##name,
#include "domain/fail.def"
#undef FAIL
    FAIL_COUNT
};

int fail_status(enum fail f);
struct str fail_code(enum fail f);
struct str fail_title(enum fail f);
