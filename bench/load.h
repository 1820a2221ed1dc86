/* The parts of `load`, one benchmark each. They print one JSON object of bare measurements on
 * standard output; bench/run makes figures of them. */
#pragma once

#include <sys/types.h>

#include "client.h"

/* Arguments that all of them know. */
struct load {
    int argc;
    char **argv;
    int port;
    pid_t pid;         /* of the server, for its CPU time and memory */
    int64_t from_user; /* first of prepare's people that take part */
    int64_t from_room;
    double seconds; /* how long the measured part goes on */
};

void load_fanout(struct load *l);
void load_post(struct load *l);
void load_page(struct load *l);
void load_search(struct load *l);
void load_sockets(struct load *l);
void load_start(struct load *l);
void load_commit(struct load *l);
void load_versions(struct load *l);
