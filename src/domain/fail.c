#include "domain/fail.h"

#include "base/check.h"

static const struct {
    int status;
    struct str code, title;
} table[FAIL_COUNT] = {
#define FAIL(name, status, code, title) \
    [FAIL_##name] = {status, {code, sizeof code - 1}, {title, sizeof title - 1}},
#include "domain/fail.def"
#undef FAIL
};

int fail_status(enum fail f) {
    CHECK(f < FAIL_COUNT);
    return table[f].status;
}

struct str fail_code(enum fail f) {
    CHECK(f < FAIL_COUNT);
    return table[f].code;
}

struct str fail_title(enum fail f) {
    CHECK(f < FAIL_COUNT);
    return table[f].title;
}
