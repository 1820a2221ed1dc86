/* Processes beside the server. The shell (`confab user disable …`) opens the same database while a
 * server runs. What its commands have to tell can't reach that server's loops by memory: so their
 * events are written into the table `told`, in the transaction that they tell of, and the server
 * takes them out and tells them as if they were its own (domain_tick asks each second). Sessions
 * that were ended lose their connections, members see rooms change, all by the events that say so.
 *
 * Where the server has itself written to the same room meanwhile, its event comes first: clients
 * see the gap and come back with their cursors, and that is well too. Where no server runs, nobody
 * is connected who could miss anything: a server that starts forgets what it finds. */
#include "store/core.h"

void beside_tell(struct tx *tx, const struct event *e) {
    tx_exec(tx,
        "INSERT INTO told (audience, effect, target, room_id, seq, json) VALUES ($1, $2, $3, $4, "
        "$5, $6)",
        "iiiiis", (int64_t)e->audience, (int64_t)e->effect, e->target, e->room, e->seq,
        e->json ? blob_str(e->json) : (struct str){0});
}

int beside_forget(struct db *db) {
    return db_script(db, "DELETE FROM told");
}

bool tx_any_told(struct tx *tx) {
    if (tx->store->beside)
        return false; /* what another shell told is the server's to take */
    struct query q;
    query_open(&q, tx, "SELECT 1 FROM told LIMIT 1", "");
    bool any = query_next(&q);
    query_close(&q);
    return any;
}

void tx_take_told(struct tx *tx) {
    struct query q;
    int64_t last = 0;
    query_open(&q, tx,
        "SELECT id, audience, effect, target, room_id, seq, json FROM told ORDER BY id", "");
    while (query_next(&q)) {
        struct str json = query_str(&q, 6);
        last = query_int(&q, 0);
        tx_event(tx,
            (struct event){.audience = (enum event_audience)query_int(&q, 1),
                .effect = (enum event_effect)query_int(&q, 2),
                .target = query_int(&q, 3),
                .room = query_int(&q, 4),
                .seq = query_int(&q, 5),
                .json = json.p ? blob_new(json) : NULL});
    }
    query_close(&q);
    tx_exec(tx, "DELETE FROM told WHERE id <= $1", "i", last);
}
