/* What the child takes from itself. Each line is for the case that somebody else's code runs in it
 * a moment later.
 *
 * The filter is last and lets through what an allocator, a reader of descriptor 0 and a writer to
 * descriptor 1 need; whatever else is called kills the process. Memory can't be made executable. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "media/media_internal.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static bool limit(int resource, rlim_t most) {
    return setrlimit(resource, &(struct rlimit){most, most}) == 0;
}

static bool allow(scmp_filter_ctx filter, int call) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
}

/* Only where none of `bits` is set in argument `argument`. */
static bool allow_without(scmp_filter_ctx filter, int call, unsigned argument, uint64_t bits) {
    return seccomp_rule_add(
               filter, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, 0))
        == 0;
}

static bool allow_descriptor(scmp_filter_ctx filter, int call, int descriptor) {
    return seccomp_rule_add(
               filter, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)descriptor))
        == 0;
}

static bool filter_calls(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    static const int calls[] = {SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk),
        SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(sched_yield), SCMP_SYS(clock_gettime)};
    bool good = filter != NULL;
    for (size_t i = 0; good && i < sizeof calls / sizeof *calls; i++)
        good = allow(filter, calls[i]);
    good = good && allow_descriptor(filter, SCMP_SYS(read), STDIN_FILENO)
        && allow_descriptor(filter, SCMP_SYS(write), STDOUT_FILENO)
        && allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC)
        && allow_without(filter, SCMP_SYS(mmap), 2, PROT_EXEC) && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    return good;
}

bool media_confine(void) {
    bool good = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0
        && close_range(STDERR_FILENO + 1, ~0U, 0) == 0 && chdir("/") == 0;
    good = good && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0)
        && limit(RLIMIT_CPU, LIMIT_PICTURE_SECONDS);
    /* Sanitizers map terabytes that they never touch. */
    if (!SANITIZED)
        good = good && limit(RLIMIT_AS, LIMIT_PICTURE_MEMORY_BYTES);
    return good && filter_calls();
}
