/* What a client makes of frames, in the plainest form: the measure for the state law. The
 * TypeScript client has its own (web/src/model); both are checked on the same fixtures. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* State: {"me": User, "useq": n, "rooms": {id: RoomEntry}, "lines": {id: {seq: Message}}} */
json_t *model_new(const json_t *ready, const json_t *pages);
/* Aborts the test by returning false when the frame breaks the order of its sequence. `ret_fresh`
 * gets the ids of rooms whose timeline must be paged anew (JSON array, appended to). */
bool model_apply(json_t *state, const json_t *frame, json_t *ret_fresh);
void model_add_page(json_t *state, const json_t *page);
/* The form in which two states are compared: people within rooms only by id, for others' names
 * travel lazily. */
json_t *model_comparable(const json_t *state);
