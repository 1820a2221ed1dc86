/* Commands as a peer sends them over a socket: whatever comes must be read or refused, with a code,
 * and nothing else. The other half of the input, after a NUL, is read as the hello of a query. */
#include "api/api_internal.h"
#include "base/check.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_command(struct str text) {
    struct arena *arena = arena_new();
    struct decode d;
    struct command c;
    decode_open(&d, arena, text);
    command_read(&d, &c);
    CHECK(!decode_failed(&d) || !c.op);
    CHECK(d.fail >= FAIL_NONE && d.fail < FAIL_COUNT && fail_status(d.fail) < 500);
    CHECK(utf8_valid(d.detail) && utf8_valid(c.id));
    if (decode_failed(&d)) {
        struct blob *problem = api_problem(d.fail, d.field, d.detail, 0);
        json_t *parsed = json_loadb(problem->p, problem->n, 0, NULL);
        CHECK(parsed);
        json_decref(parsed);
        blob_unref(&problem);
    }
    op_free(&c.op);
    decode_close(&d);
    arena_free(&arena);
}

static void read_hello(struct str text) {
    struct arena *arena = arena_new();
    struct decode d;
    struct command c = {0};
    decode_open(&d, arena, text);
    command_read_hello(&d, &c);
    for (size_t i = 0; !decode_failed(&d) && i < c.n; i++)
        CHECK(c.cursors[i].room > 0 && c.cursors[i].seq >= 0);
    decode_close(&d);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct str whole = str_make((const char *)data, n);
    ptrdiff_t cut = str_find(whole, 0);
    read_command(cut < 0 ? whole : str_make(whole.p, (size_t)cut));
    read_hello(cut < 0 ? whole : str_from_index(whole, (size_t)cut + 1));
    return 0;
}
