/* From exec to the first 200 of /readyz.
 *
 *   start --port N --server-core C -- PROGRAM ARGUMENT…   starts it, waits, measures its memory,
 * ends it with SIGTERM */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"
#include "load.h"

#define LOOK_NS (100 * 1000)
#define SETTLE_NS (300 * MS_NS)

static void rest(int64_t ns) {
    struct timespec t = {ns / SECOND_NS, ns % SECOND_NS};
    nanosleep(&t, NULL);
}

static pid_t launch(char **command, int core) {
    pid_t pid = fork();
    if (pid < 0)
        kit_fail("can't start a process: %s", strerror(errno));
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a server never outlives its benchmark */
    kit_pin(core);
    execv(command[0], command);
    kit_fail("can't run %s: %s", command[0], strerror(errno));
}

static bool is_ready(int port) {
    struct buf body = {0};
    int status = client_ask(port, -1, "/readyz", &body);
    buf_fini(&body);
    return status == 200;
}

void load_start(struct load *l) {
    int at = 0, status;
    while (at < l->argc && !str_eq(str_from(l->argv[at]), STR("--")))
        at++;
    if (at + 1 >= l->argc)
        kit_fail("load start --port N -- PROGRAM ARGUMENT…");
    int64_t start = kit_now_ns();
    pid_t pid = launch(l->argv + at + 1, (int)kit_int(at, l->argv, "server-core", -1));
    while (!is_ready(l->port)) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            kit_fail("the server ended before it was ready");
        rest(LOOK_NS);
    }
    int64_t took = kit_now_ns() - start, cpu = kit_cpu_ns(pid);
    rest(SETTLE_NS); /* what it does after saying so */
    struct kit_memory memory = kit_memory_of(pid);
    kill(pid, SIGTERM);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        kit_fail("the server ended with status 0x%x", status);
    printf("{\"ready_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64 ",\"rss\":%" PRId64
           ",\"private\":%" PRId64 "}\n",
        took, cpu, memory.rss, memory.private);
}
