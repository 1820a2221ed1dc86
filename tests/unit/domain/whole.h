/* What a test leaves in its store must hold together. */
#pragma once

#include "../base/test.h"
#include "store/store.h"

static inline void assert_whole(struct store *store) {
    struct buf report = {0};
    if (store_check(store, &report) != 0)
        fail_msg("%s", buf_z(&report));
    buf_fini(&report);
}
