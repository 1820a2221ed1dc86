#include "api/api.h"

#include <stdlib.h>

#include "api/api_internal.h"
#include "api/openapi.h"
#include "base/check.h"
#include "routes_gen.h"

#define ROUTE(method, pattern, handler, access, body_bytes) \
    {method, pattern, handler, access, body_bytes},
static const struct web_route routes[] = {API_ROUTES(ROUTE)};

struct api_shared *api_shared_new(unsigned loops) {
    struct api_shared *s = xcalloc(1, sizeof *s);
    CHECK(loops <= API_LOOPS);
    s->loops = loops;
    return s;
}

void api_shared_free(struct api_shared **s) {
    free(*s);
    *s = NULL;
}

struct api *api_new(const struct api_config *config) {
    struct api *a = xcalloc(1, sizeof *a);
    a->config = *config;
    CHECK(config->loop < config->shared->loops);
    config->shared->apis[config->loop] = a;
    return a;
}

void api_free(struct api **a) {
    free(*a);
    *a = NULL;
}

static void api_openapi(struct request *r) {
    request_respond(
        r, 200, STR("application/json"), str_make((const char *)openapi_json, openapi_json_n));
}

static const struct web_route documents[] = {
    {METHOD_GET, "/api/v1/openapi.json", api_openapi, ACCESS_PUBLIC},
    {METHOD_GET, "/manifest.webmanifest", api_manifest, ACCESS_PUBLIC}};

void api_routes(struct api *a, struct web *w) {
    (void)a;
    web_routes(w, STR(""), routes, sizeof routes / sizeof *routes);
    web_routes(w, STR(""), api_live_routes, api_live_routes_n);
    web_routes(w, STR(""), documents, sizeof documents / sizeof *documents);
}
