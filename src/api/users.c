/* /users. */
#include "api/api_internal.h"
#include "base/limits.h"
#include "routes_gen.h"

void api_users_get(struct request *r) {
    struct op *op = api_op(r, OP_USERS_LIST);
    if (api_query_list(r, op, LIMIT_LIST, LIST_DEFAULT))
        api_submit(r, op, 200);
}

void api_user_get(struct request *r) {
    id64 id;
    if (!api_param_id(r, 0, &id))
        return;
    struct op *op = api_op(r, OP_USER_GET);
    op->in.id = id;
    api_submit(r, op, 200);
}
