/* A store and a domain in a directory of their own, and short words for what tests ask of them. */
#pragma once

#include <jansson.h>
#include <pthread.h>

#include "domain/domain.h"
#include "protocol_gen.h"
#include "store/store.h"

struct kit {
    char dir[64];
    struct store *store;
    struct domain *domain;
    pthread_mutex_t lock; /* what on_commit fills */
    struct commit **commits;
    size_t commit_count, commit_cap;
    struct event *passing; /* what passing rooms told, in order; blobs referenced */
    size_t passing_count;
    bool rate_limits; /* from the next kit_reopen on */
    bool deaf;        /* drop commits: for measuring */
    unsigned queries; /* of the operation before */
};

void kit_open(struct kit *k);
void kit_reopen(struct kit *k); /* store and domain anew, on the same data */
void kit_close(struct kit *k);  /* and removes the directory */
/* Forgets the commits so far. */
void kit_forget(struct kit *k);
/* Removes a directory of plain files. */
void kit_remove_dir(const char *dir);

/* Runs and frees; returns how it ended. `ret_out` (may be NULL) gets its answer, to be
 * json_decref'ed. */
enum fail kit_run(struct kit *k, struct op *op, json_t **ret_out);
struct op *kit_op(enum op_kind kind, id64 user);

id64 kit_person(struct kit *k, const char *name);
enum fail kit_room(struct kit *k, id64 user, int kind, const char *name, const id64 *members,
    size_t n, id64 *ret_room);
id64 kit_direct(struct kit *k, id64 user, id64 other);
enum fail kit_send(
    struct kit *k, id64 user, id64 room, const char *client_id, const char *text, json_t **ret_out);
enum fail kit_read(struct kit *k, id64 user, id64 room, int64_t seq);
enum fail kit_unread(struct kit *k, id64 user, id64 room, int64_t seq);
enum fail kit_notify(struct kit *k, id64 user, id64 room, int level);
/* Written `age_ms` ago. */
enum fail kit_draft(
    struct kit *k, id64 user, id64 room, const char *text, int64_t age_ms, json_t **ret_out);
enum fail kit_block(struct kit *k, id64 user, id64 whom, bool on);
enum fail kit_add(struct kit *k, id64 user, id64 room, id64 other);
enum fail kit_remove(struct kit *k, id64 user, id64 room, id64 other);
enum fail kit_role(struct kit *k, id64 user, id64 room, id64 other, int role);
enum fail kit_patch(struct kit *k, id64 user, id64 room, const char *name, const char *topic);
enum fail kit_delete_room(struct kit *k, id64 user, id64 room);
enum fail kit_edit(struct kit *k, id64 user, id64 room, id64 message, const char *text);
enum fail kit_delete(struct kit *k, id64 user, id64 room, id64 message);
enum fail kit_react(struct kit *k, id64 user, id64 room, id64 message, const char *emoji, bool on);
/* OP_PIN, OP_STAR, OP_HIDE. */
enum fail kit_mark(struct kit *k, enum op_kind kind, id64 user, id64 room, id64 message, bool on);
/* before, after, around: -1 when not asked. */
enum fail kit_page(struct kit *k, id64 user, id64 room, int64_t before, int64_t after,
    int64_t around, int limit, json_t **ret_out);
/* The same from a place on that may be a whisper's: `whisper` 0: that of the line. */
enum fail kit_page_from(struct kit *k, id64 user, id64 room, bool forward, int64_t seq,
    id64 whisper, int limit, json_t **ret_out);
enum fail kit_whisper(struct kit *k, id64 user, id64 room, id64 to, const char *client_id,
    const char *text, json_t **ret_out);
enum fail kit_whisper_edit(
    struct kit *k, id64 user, id64 room, id64 whisper, const char *text, json_t **ret_out);
enum fail kit_whisper_delete(struct kit *k, id64 user, id64 room, id64 whisper);
enum fail kit_whispers_read(struct kit *k, id64 user, id64 room, int64_t read);
/* ready, …, synced as a JSON array. */
json_t *kit_sync(struct kit *k, id64 user, const char *epoch, int64_t useq,
    const struct op_cursor *cursors, size_t n);

/* How many statements of those prepared so far read a whole table and should not; each is printed.
 * The domain takes no more work afterwards. */
int kit_scans(struct kit *k);

id64 kit_id(const json_t *object, const char *key);
int64_t kit_int(const json_t *object, const char *key);
const char *kit_text(const json_t *object, const char *key);
