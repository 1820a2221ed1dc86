/* What the files of the API share. */
#pragma once

#include <jansson.h>

#include "api/api.h"
#include "api/decode.h"
#include "hub/hub.h"

#define API_LOOPS 256

struct api_shared {
    unsigned loops;
    struct api *apis[API_LOOPS]; /* by index; filled before the loops start */
};

struct api {
    struct api_config config;
};

static inline struct api *api_of(const struct request *r) {
    return web_data(r->web);
}

/* --- call.c */

/* The session's secret that came with the request: bearer first, then cookie; empty when there is
 * none. */
struct str api_token(const struct request *r);
/* Starts an operation for a request: token, address and agent are filled in. Give it to api_submit.
 */
struct op *api_op(struct request *r, enum op_kind kind);
/* Submits; when it is done the request is answered: `ok` with the op's JSON (200 instead of 201
 * where nothing was made), or the problem that the failure's table gives. */
void api_submit(struct request *r, struct op *op, int ok);
/* Answers for an op that is done; frees it. For handlers that have their own on_done. */
void api_answer(struct request *r, struct op *op, int ok);
/* Says no by the table of failures. `field` and `detail` may be NULL or empty. */
void api_refuse(
    struct request *r, enum fail fail, const char *field, struct str detail, int retry_after);
/* The problem as JSON, for error frames too. */
struct blob *api_problem(enum fail fail, const char *field, struct str detail, int retry_after);

/* A query parameter that is a whole number of at least `least`; `otherwise` when absent. False:
 * refused already. */
bool api_query_int(struct request *r, const char *name, int64_t least, int64_t most,
    int64_t otherwise, int64_t *ret_value);
/* The parameter of the route as an id. False: refused already (not found: it is the id of nothing).
 */
bool api_param_id(struct request *r, unsigned i, id64 *ret_id);
/* q, limit and cursor of a list, into op->in.list. False: refused already, and the op is freed. */
bool api_query_list(struct request *r, struct op *op, int most, int otherwise);
/* False when `d` failed: then the request is refused and the op (may be NULL) freed. Closes `d` in
 * any case. */
bool api_decoded(struct request *r, struct decode *d, struct op *op);

/* The same where only administrators may ask: what is wrong is told to them alone (op->wrong), so
 * the op is submitted all the same. */
void api_submit_checked(struct request *r, struct decode *d, struct op *op, int ok);
void api_wrong(struct op *op, enum fail fail, const char *field, struct str detail);

/* --- commands.c */

/* One command, decoded. */
struct command {
    int kind;      /* enum command_kind */
    struct str id; /* empty: none given */
    struct op *op; /* what it asks of the domain; NULL: of the connection (watch, typing, active,
                      hello, ping) */
    struct str epoch;
    int64_t useq;
    const struct op_cursor *cursors;
    const id64 *users; /* watch */
    size_t n;          /* of cursors or users */
    id64 room;
    bool active;
};

/* Reads a command. What is wrong stands in `d` afterwards (decode_failed); then there is no op.
 * Views live in d->arena. */
void command_read(struct decode *d, struct command *ret_command);
/* The `level` of notify, for its route too. */
int command_read_level(struct decode *d);
/* The fields of draft but `room`, likewise. */
void command_read_draft(struct decode *d, struct op *op);
/* The fields of hello alone, which SSE and long poll carry in their query. */
void command_read_hello(struct decode *d, struct command *c);
/* What a command asks of the connection itself, for all but hello. */
enum fail command_apply(struct hub_conn *c, const struct command *command);

/* --- manifest.c */
void api_manifest(struct request *r);

/* --- live.c */
extern const struct web_route api_live_routes[];
extern const size_t api_live_routes_n;
