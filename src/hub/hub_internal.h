/* What the files of the hub share. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "bus/bus.h"
#include "hub/hub.h"

/* A person with connections on this loop. */
struct hub_user {
    id64 id;
    struct list conns; /* hub_conn.of_user */
    unsigned conn_count;
    int64_t useq; /* greatest seen here */
};

struct room_entry {
    struct hub_conn *conn;
    uint32_t slot; /* of the room in conn->rooms */
};

struct conn_entry {
    struct hub_room *room;
    uint32_t index;   /* of the connection in room->conns */
    int64_t beat_seq; /* head at the last beat */
};

/* A room with connections on this loop. */
struct hub_room {
    id64 id;
    int64_t head; /* greatest seq seen here; 0 before the first */
    struct room_entry *conns;
    uint32_t n, cap;
    bool passing; /* lives in the domain's memory, which must be told who goes */
};

/* An event that waits for the end of a synchronisation. */
struct pending {
    struct frame *frame;
    id64 room; /* 0: the user's own */
    int64_t seq;
};

enum hub_state {
    HUB_NEW,      /* before hello */
    HUB_JOINING,  /* the user's rooms are being read */
    HUB_READING,  /* what was missed is being read */
    HUB_SETTLING, /* synchronised; events that the reading told already may still come */
    HUB_LIVE,
};

/* What only a connection that is not live yet needs. */
struct hub_sync {
    struct hub_conn *conn;
    struct pending *pending;
    size_t n, cap, bytes;
    bool moved; /* membership changed while the rooms were read */
    struct str epoch;
    int64_t useq;
    struct op_cursor *cursors;
    size_t cursor_count;
    /* From HUB_SETTLING on: what the reading told, and until which commit that matters. */
    struct list of_hub;     /* hub.settling */
    struct op_cursor *told; /* by room */
    size_t told_count;
    int64_t told_useq;
    uint64_t commit;
};

struct hub_conn {
    struct list of_user, of_hub;
    struct hub *hub;
    struct hub_user *user;
    struct live *live; /* NULL once it has closed */
    struct who who;
    enum hub_state state;
    bool active;
    uint16_t held;         /* operations on their way that hold the pointer */
    struct hub_sync *sync; /* NULL when HUB_LIVE */
    struct conn_entry *rooms;
    uint32_t room_count, room_cap;
    int64_t beat_us, beat_useq;
    id64 *watched; /* all that were asked for; the first `watch_count` are in hub.watchers */
    uint32_t watch_count, asked_count;
    struct op *watch_op; /* the latest question of whom they may see; only to compare */
    char name[ID_TEXT];
};

struct hub {
    struct hub_config config;
    struct map users, rooms; /* by id */
    struct map watchers;     /* user → struct watch */
    struct map names;        /* connection's id → hub_conn */
    struct list conns;       /* in the order of their next beat */
    struct list settling;    /* hub_sync.of_hub */
    uint64_t commit;         /* latest one whose events came */
    unsigned count;
};

void hub_on_parcel(void *arg, const struct parcel *p);

/* --- registry */
struct hub_room *hub_join(struct hub_conn *c, id64 room); /* idempotent */
void hub_part(struct hub_conn *c, id64 room);
bool hub_is_in(const struct hub_conn *c, id64 room);
void hub_unwatch(struct hub_conn *c);
void hub_watch_again(struct hub_conn *c);
void hub_tell_watchers(struct hub *h, id64 user, struct frame *f);

/* --- sync */
void hub_sync_free(struct hub_sync **s);
/* Keeps an event for later; false when too much waits (the caller closes the connection). */
bool hub_sync_keep(struct hub_conn *c, struct frame *f, id64 room, int64_t seq);
/* Sends an event to a connection that is settling, unless the reading told it. */
void hub_sync_pass(struct hub_conn *c, struct frame *f, id64 room, int64_t seq);
/* The events of all commits up to h->commit have come: who waited for no more is live. */
void hub_sync_settle(struct hub *h);
/* An operation of a connection: holds it until hub_op_back, which says whether the connection is
 * still there. */
struct op *hub_op(struct hub_conn *c, enum op_kind kind, void (*on_done)(struct op *));
bool hub_op_back(struct hub_conn *c);
/* Memory of a connection whose live part is gone and which no op holds any more. */
void hub_conn_release(struct hub_conn *c);
