/* What is a mention: any bytes give the same names again, each a handle that stands in them behind
 * an
 * @, folded, once. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/limits.h"
#include "domain/mentions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_new();
    struct rows rows = {0}, again = {0};
    struct str text = str_make((const char *)data, size);
    mentions_scan(arena, text, &rows);
    mentions_scan(arena, text, &again);
    const struct str *name = rows.p;
    CHECK(rows.n <= LIMIT_MENTIONS && rows.n == again.n);
    for (size_t i = 0; i < rows.n; i++) {
        CHECK(name[i].n >= 2 && name[i].n <= LIMIT_NAME_CHARS);
        bool found = false;
        for (size_t at = 0; at + name[i].n < size && !found; at++)
            found = text.p[at] == '@' && strncasecmp(text.p + at + 1, name[i].p, name[i].n) == 0;
        CHECK(found);
        for (size_t k = 0; k < i; k++)
            CHECK(!str_eq(name[i], name[k]));
        for (size_t k = 0; k < name[i].n; k++)
            CHECK(strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name[i].p[k]));
    }
    arena_free(&arena);
    return 0;
}
