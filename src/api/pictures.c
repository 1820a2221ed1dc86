/* Pictures in and out: /me/avatar, /users/{user}/avatar, /rooms/{room}/picture, /admin/picture.
 *
 * In, in three steps: the domain is asked whether the asker may (nothing is decoded for strangers),
 * the picture is made in its confined child (src/media), and the domain is given what came of it,
 * where it is asked once more, now that it counts. The request waits meanwhile, and holds the
 * bytes.
 *
 * Out: the address has a hash of what is at it, so it may be kept for as long as anybody likes; but
 * only by the browser of whoever asked, for its next user may be one who may not see it. The
 * server's own picture is for anybody. */
#include "api/api_internal.h"
#include "base/list.h"
#include "domain/domain.h"
#include "loop/mailbox.h"
#include "media/media.h"
#include "routes_gen.h"

/* A picture on its way in, in the request's arena. The loop's, but for the time between
 * media_submit and the letter. */
struct upload {
    struct media_job job;
    struct letter letter;
    struct request *request;
    enum picture_of of;
    id64 room;
    struct who who;
    struct mailbox *home;
};

static void on_set(struct op *op) {
    struct upload *u = op->data;
    for (int i = 0; i < PICTURE_SIZES; i++)
        blob_unref(&u->job.pictures[i]);
    api_answer(u->request, op, 200);
}

static enum fail fail_of(enum media_result result) {
    switch (result) {
    case MEDIA_GOOD:
        return FAIL_NONE;
    case MEDIA_UNREADABLE:
        return FAIL_PICTURE_UNREADABLE;
    case MEDIA_TOO_LARGE:
        return FAIL_PICTURE_TOO_LARGE;
    case MEDIA_UNAVAILABLE:
        break;
    }
    return FAIL_UNAVAILABLE;
}

static void on_made(struct letter *letter) {
    struct upload *u = container_of(letter, struct upload, letter);
    struct request *r = u->request;
    if (u->job.result != MEDIA_GOOD) {
        api_refuse(r, fail_of(u->job.result), NULL, (struct str){0}, 0);
        return;
    }
    struct op *op = api_op(r, OP_PICTURE_SET);
    op->who = u->who;
    op->in.picture.of = u->of;
    op->in.picture.owner = u->room;
    for (int i = 0; i < PICTURE_SIZES; i++)
        op->in.picture.data[i] = blob_str(u->job.pictures[i]);
    op->data = u;
    op->on_done = on_set;
    domain_submit(api_of(r)->config.domain, op);
}

/* On a thread of the pool's. */
static void on_end(struct media_job *job) {
    struct upload *u = container_of(job, struct upload, job);
    u->letter.on_arrive = on_made;
    mailbox_post(u->home, &u->letter);
}

static void on_asked(struct op *op) {
    struct upload *u = op->data;
    struct request *r = u->request;
    if (op->fail != FAIL_NONE) {
        api_answer(r, op, 200);
        return;
    }
    u->who = op->who;
    op_free(&op);
    u->home = api_of(r)->config.home;
    u->job.bytes = r->body;
    u->job.on_end = on_end;
    if (media_submit(api_of(r)->config.media, &u->job) < 0)
        api_refuse(r, FAIL_UNAVAILABLE, NULL, (struct str){0}, 0);
}

static bool is_picture(struct str type) {
    static const struct str known[] = {
        {"image/jpeg", 10}, {"image/png", 9}, {"image/webp", 10}, {"image/gif", 9}};
    struct str rest = type, essence;
    if (!str_next(&rest, ';', &essence))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq_nocase(str_trim(essence), known[i]))
            return true;
    return false;
}

static void take(struct request *r, enum picture_of of, id64 room) {
    bool good = is_picture(request_header(r, STR("content-type")));
    if (!good && of != PICTURE_OF_SERVER) {
        api_refuse(r, FAIL_PICTURE_TYPE, NULL, (struct str){0}, 0);
        return;
    }
    struct upload *u = arena_new_of(r->arena, struct upload);
    u->request = r;
    u->of = of;
    u->room = room;
    struct op *op = api_op(r, OP_PICTURE_ASK);
    op->in.picture.of = of;
    op->in.picture.owner = room;
    if (!good)
        api_wrong(op, FAIL_PICTURE_TYPE, NULL, (struct str){0});
    op->data = u;
    op->on_done = on_asked;
    domain_submit(api_of(r)->config.domain, op);
}

static void clear(struct request *r, enum picture_of of, id64 room) {
    struct op *op = api_op(r, OP_PICTURE_CLEAR);
    op->in.picture.of = of;
    op->in.picture.owner = room;
    api_submit(r, op, 200);
}

void api_me_avatar_put(struct request *r) {
    take(r, PICTURE_OF_PERSON, 0);
}

void api_me_avatar_delete(struct request *r) {
    clear(r, PICTURE_OF_PERSON, 0);
}

void api_room_picture_put(struct request *r) {
    id64 room;
    if (api_param_id(r, 0, &room))
        take(r, PICTURE_OF_ROOM, room);
}

void api_room_picture_delete(struct request *r) {
    id64 room;
    if (api_param_id(r, 0, &room))
        clear(r, PICTURE_OF_ROOM, room);
}

void api_admin_picture_put(struct request *r) {
    take(r, PICTURE_OF_SERVER, 0);
}

void api_admin_picture_delete(struct request *r) {
    clear(r, PICTURE_OF_SERVER, 0);
}

/* --- out */

static void on_got(struct op *op) {
    struct request *r = op->data;
    if (op->fail != FAIL_NONE) {
        api_answer(r, op, 200);
        return;
    }
    bool of_server = op->in.picture.of == PICTURE_OF_SERVER;
    struct str etag =
        arena_printf(r->arena, "\"%.*s-%d\"", STR_ARG(op->in.picture.name), op->in.picture.side);
    struct blob *picture = blob_ref(op->out);
    op_free(&op);
    request_add_header(r, STR("cache-control"),
        of_server ? STR("public, max-age=31536000, immutable")
                  : STR("private, max-age=31536000, immutable"));
    if (!of_server)
        request_add_header(r, STR("vary"), STR("cookie, authorization"));
    request_add_header(r, STR("content-security-policy"),
        STR("default-src 'none'; sandbox; frame-ancestors 'none'"));
    request_add_header(r, STR("cross-origin-resource-policy"), STR("same-origin"));
    if (!request_not_modified(r, etag))
        request_respond_ranges(r, STR("image/webp"), etag, picture);
    blob_unref(&picture);
}

/* "<name>-<side>" */
static bool parse_picture(struct str text, struct str *ret_name, int *ret_side) {
    static const int sides[PICTURE_SIZES] = PICTURE_SIDES;
    ptrdiff_t dash = str_find(text, '-');
    int64_t side;
    if (dash < 1 || str_to_i64(str_from_index(text, (size_t)dash + 1), &side) < 0)
        return false;
    *ret_name = str_make(text.p, (size_t)dash);
    for (int i = 0; i < PICTURE_SIZES; i++)
        if (side == sides[i]) {
            *ret_side = sides[i];
            return true;
        }
    return false;
}

static void show(struct request *r, enum picture_of of, id64 owner, struct str picture) {
    struct str name;
    int side;
    if (!parse_picture(picture, &name, &side)) {
        api_refuse(r, FAIL_NOT_FOUND, NULL, (struct str){0}, 0);
        return;
    }
    struct op *op = api_op(r, OP_PICTURE_GET);
    if (of == PICTURE_OF_SERVER)
        op->token = (struct str){0}; /* for whoever asks, with a stale cookie too */
    op->in.picture.of = of;
    op->in.picture.owner = owner;
    op->in.picture.name = arena_str(op->arena, name);
    op->in.picture.side = side;
    op->data = r;
    op->on_done = on_got;
    domain_submit(api_of(r)->config.domain, op);
}

void api_user_avatar_get(struct request *r) {
    id64 user;
    if (api_param_id(r, 0, &user))
        show(r, PICTURE_OF_PERSON, user, r->param[1]);
}

void api_room_picture_get(struct request *r) {
    id64 room;
    if (api_param_id(r, 0, &room))
        show(r, PICTURE_OF_ROOM, room, r->param[1]);
}

void api_server_picture_get(struct request *r) {
    show(r, PICTURE_OF_SERVER, 0, r->param[0]);
}
