/* The HTTP API and the live endpoints of one loop: from a request to a domain operation, and from
 * its answer to a response.
 *
 * Owner: the loop's thread; one `struct api` per loop is the web_data of its `struct web`. Nothing
 * here reads the database or hashes: operations go to the domain and come back through the loop's
 * mailbox. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/list.h"
#include "domain/op.h"
#include "web/web.h"

struct api;
struct hub;
struct media;

/* Who may call a route. */
enum api_access {
    ACCESS_PUBLIC, /* nobody need be signed in */
    ACCESS_USER,
    ACCESS_ADMIN, /* the server's owner and admins */
};

struct api_shared; /* what the loops' APIs share: who runs where */

struct api_config {
    struct domain *domain; /* borrowed, like all here */
    struct hub *hub;
    struct media *media;
    struct mailbox *home;
    struct api_shared *shared;
    unsigned loop;       /* index of this loop */
    bool command_limits; /* LIMIT_COMMANDS_PER_SECOND holds; off only for benchmarks */
};

struct api_shared *api_shared_new(unsigned loops);
void api_shared_free(struct api_shared **s);

struct api *api_new(const struct api_config *config);
void api_free(struct api **a);
/* Adds all routes: /api/v1/…, the live endpoints, the OpenAPI document. */
void api_routes(struct api *a, struct web *w);
/* For web_config.on_request: refuses what came from another site (CSRF). */
bool api_on_request(struct request *r);
