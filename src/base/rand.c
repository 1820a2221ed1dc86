#include "base/rand.h"

#include <errno.h>
#include <sys/random.h>

#include "base/check.h"

void rand_bytes(void *p, size_t n) {
    for (size_t done = 0; done < n;) {
        ssize_t r = getrandom((char *)p + done, n - done, 0);
        CHECK(r > 0 || errno == EINTR);
        if (r > 0)
            done += (size_t)r;
    }
}

uint64_t rand_u64(void) {
    uint64_t v;
    rand_bytes(&v, sizeof v);
    return v;
}
