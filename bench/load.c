/* load WHAT --port N --pid N …: see load.h and bench/README.md. */
#include "load.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <uv.h>

#include "kit.h"

static const struct {
    const char *name;
    void (*run)(struct load *l);
} parts[] = {
    {"fanout", load_fanout},
    {"post", load_post},
    {"page", load_page},
    {"search", load_search},
    {"sockets", load_sockets},
    {"start", load_start},
    {"commit", load_commit},
    {"versions", load_versions},
};

void load_versions(struct load *l) {
    printf("{\"sqlite\":\"%s\",\"libuv\":\"%s\",\"compiler\":\"%s %s\"}\n", sqlite3_libversion(),
        uv_version_string(),
#ifdef __clang__
        "clang", __clang_version__);
#else
        "gcc", __VERSION__);
#endif
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    struct load l = {
        .argc = argc,
        .argv = argv,
        .port = (int)kit_int(argc, argv, "port", 0),
        .pid = (pid_t)kit_int(argc, argv, "pid", 0),
        .from_user = kit_int(argc, argv, "from-user", 0),
        .from_room = kit_int(argc, argv, "from-room", 0),
        .seconds = (double)kit_int(argc, argv, "ms", 1000) / 1000,
    };
    signal(SIGPIPE, SIG_IGN);
    kit_pin((int)kit_int(argc, argv, "core", -1));
    kit_raise_descriptors();
    kit_deadline((int)kit_int(argc, argv, "deadline", 120));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, what) == 0) {
            parts[i].run(&l);
            return 0;
        }
    kit_fail("load fanout|post|page|search|sockets|start|commit|versions");
}
