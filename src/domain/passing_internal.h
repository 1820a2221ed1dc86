/* What the files of passing rooms share: the registry (passing.c), being in one (passing_people.c),
 * speaking (passing_said.c). All of it under the registry's lock, unless it says otherwise. */
#pragma once

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "domain/access.h"
#include "domain/core.h"

#define IDLE (-1)

struct said {
    struct list node; /* passing_room.said, oldest first */
    int64_t seq, at_us, said_us;
    id64 author;
    enum MessageKind kind;
    struct str text, client_id; /* in `bytes` */
    size_t size;
    bool unsaid; /* was taken back: its text is gone, and a retry is not said anew */
    char bytes[];
};

/* Whose words stand where, so that they can be taken back when the words themselves are forgotten
 * here and stand on screens alone. */
struct spoken {
    int64_t seq, unsaid_seq; /* 0: it was not taken back */
    id64 author;
};

/* Someone in a room. */
struct passer {
    id64 user;
    struct blob *json; /* the User, as others are told */
    id64 conns[LIMIT_SOCKETS_PER_USER];
    unsigned n;
    int64_t lost_us;   /* since when none of their connections is there; IDLE while one is */
    int64_t spoken_us; /* rate of speaking (GCRA): when all of it is theirs again */
    int64_t asked_us;  /* the same for being told the state, which is the dearest thing here */
};

struct passing_room {
    struct list of_all;
    id64 id, maker;
    char *name;
    bool listed;
    int64_t made_us;  /* wall clock */
    int64_t fresh_us; /* since when it waits for the first to enter; IDLE from then on */
    int64_t seq;
    struct passer **people; /* in the order in which they came */
    unsigned n, cap;
    struct list said;
    size_t bytes;
    int64_t forgot_seq;    /* up to here what was said is gone */
    struct spoken *spoken; /* the last ones: a ring once it is full */
    unsigned spoken_n, spoken_first;
    id64 *out; /* who was removed, oldest first */
    unsigned out_n;
};

/* What a person has of them. */
struct share {
    unsigned made, in;
};

struct passing {
    pthread_mutex_t lock; /* a leaf */
    struct map rooms;     /* by id */
    struct list all;
    struct map shares; /* by user */
    size_t bytes;
    bool over; /* nothing is told any more */
};

/* Creates what is not there; passing_share_drop frees it where nothing is left. */
struct share *passing_share(struct passing *p, id64 user);
void passing_share_drop(struct passing *p, id64 user);
/* Its place among the people; -1: not in. */
int passing_find_passer(const struct passing_room *r, id64 user);
/* Reads who asks, as they are now, into r->user; no lock is held. False: said no. */
bool passing_asker(struct run *r);
/* NULL: said no. */
struct passing_room *passing_find(struct run *r, id64 id, enum act act, int *ret_at);
/* True, and one is taken: `burst` at once, refilled with `per_second`. */
bool passing_take_turn(
    const struct domain *d, int64_t *full_us, int64_t now, int burst, int per_second);
/* They are gone, and it is told, with who removed them (0: nobody); with the last one the room is
 * no more. */
void passing_leave_at(struct domain *d, struct passing_room *r, int at, id64 by);
bool passing_is_out(const struct passing_room *r, id64 user);
void passing_spoken(struct passing_room *r, int64_t seq, id64 author);
/* The one at `i`, oldest first. */
struct spoken *passing_spoken_at(const struct passing_room *r, unsigned i);

/* Takes the references in `events`. */
void passing_publish(struct domain *d, struct event *events, unsigned n);
/* Takes `json`. */
struct event passing_event(const struct passing_room *r, struct blob *json);
struct p_passing_room passing_view(const struct passing_room *r);
struct p_passing_message passing_view_said(const struct said *s);

/* A blob with what `put` writes. */
#define ENCODED(put, ...)                \
    __extension__({                      \
        struct buf b_ = {0};             \
        struct json j_ = json_into(&b_); \
        put(&j_, &__VA_ARGS__);          \
        blob_take(&b_);                  \
    })
