/* Pictures of people, of rooms and of the server itself, once they have been made (src/media): who
 * may put them where, and who may see them.
 *
 * They stand in the database, not in files beside it: a picture and the name that points to it
 * change in one transaction, a backup is one file and whole, and three squares of a person weigh
 * less than a hundred of their messages. (docs/decisions) */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/limits.h"
#include "domain/access.h"
#include "domain/view.h"

#define PICTURE_SERVER 0 /* owner of the server's own: the id of nobody */
#define NAME_BYTES 12    /* of a hash: nobody meets another picture by chance */

static const int sides[PICTURE_SIZES] = PICTURE_SIDES;

/* A name for what is shown: the same picture has the same one. */
static struct str name_of(struct arena *a, const struct str *data) {
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash_state state;
    char *text = arena_alloc(a, NAME_BYTES * 2 + 1);
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (int i = 0; i < PICTURE_SIZES; i++)
        crypto_generichash_update(&state, (const unsigned char *)data[i].p, data[i].n);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(text, NAME_BYTES * 2 + 1, hash, NAME_BYTES);
    return str_make(text, NAME_BYTES * 2);
}

static void put(struct run *r, id64 owner, const struct str *data) {
    if (!data)
        data_pictures_delete(r->tx, owner);
    for (int i = 0; data && i < PICTURE_SIZES; i++)
        data_picture_put(r->tx, owner, sides[i], data[i]);
}

static bool is_same(struct str a, struct str b) {
    return !a.p == !b.p && str_eq(a, b);
}

/* Before anything is decoded for somebody: may they, and not too often? */
void run_picture_ask(struct run *r) {
    struct access_row a;
    struct user_row me;
    enum picture_of of = r->op->in.picture.of;
    if (of == PICTURE_OF_ROOM         ? access_room(r, r->op->in.picture.owner, ACT_NAME, &a)
            : of == PICTURE_OF_SERVER ? access_server(r)
                                      : true)
        user_begin_change(r, r->domain->picture_change, &me);
}

/* `data` NULL: takes it away. */
static void set_mine(struct run *r, const struct str *data) {
    struct user_row me;
    struct str picture = data ? name_of(r->op->arena, data) : (struct str){0};
    /* One that was made was counted when it was asked for. */
    if (!user_begin_change(r, r->domain->profile_change, &me))
        return;
    if (!is_same(picture, me.picture)) {
        me.picture = picture;
        put(r, me.id, data);
        data_user_set_picture(r->tx, &me);
        tell_me(r, &me);
    }
    user_answer(r, &me);
}

static void set_rooms(struct run *r, id64 id, const struct str *data) {
    struct access_row a;
    struct user_row me;
    struct str picture = data ? name_of(r->op->arena, data) : (struct str){0};
    if (!access_room(r, id, ACT_NAME, &a) || !user_begin_change(r, r->domain->profile_change, &me))
        return;
    if (!is_same(picture, a.room.picture)) {
        a.room.picture = picture;
        put(r, id, data);
        data_room_set_picture(r->tx, id, picture);
        notice_add(r, &a.room, &a.user, NOTICE_KIND_PICTURE, NULL, picture, -1);
    }
    struct p_room view = view_room(&a.room);
    ANSWER(r, p_room_put, &view);
}

static void set_servers(struct run *r, const struct str *data) {
    struct user_row me;
    if (!access_server(r) || !user_begin_change(r, r->domain->profile_change, &me))
        return;
    struct p_settings before = settings_read(r->domain, r->tx, r->op->arena), after = before;
    after.picture = data ? name_of(r->op->arena, data) : (struct str){0};
    if (!is_same(before.picture, after.picture))
        put(r, PICTURE_SERVER, data);
    settings_change(r, &before, &after);
    ANSWER(r, p_settings_put, &after);
}

static void set(struct run *r, const struct str *data) {
    switch (r->op->in.picture.of) {
    case PICTURE_OF_PERSON:
        set_mine(r, data);
        break;
    case PICTURE_OF_ROOM:
        set_rooms(r, r->op->in.picture.owner, data);
        break;
    case PICTURE_OF_SERVER:
        set_servers(r, data);
        break;
    }
}

void run_picture_set(struct run *r) {
    set(r, r->op->in.picture.data);
}

void run_picture_clear(struct run *r) {
    set(r, NULL);
}

/* Whether the name is right is asked first: an address of a picture that is gone finds nothing, and
 * a room that may not be seen answers like one without a picture. The server's own is for whoever
 * comes to its door. */
void run_picture_get(struct run *r) {
    struct op *op = r->op;
    struct access_row a;
    struct user_row user;
    struct str picture = {0}, data = {0};
    enum picture_of of = op->in.picture.of;
    id64 owner = of == PICTURE_OF_SERVER ? PICTURE_SERVER : op->in.picture.owner;
    if (of == PICTURE_OF_SERVER) {
        picture = settings_now(r->domain, op->arena).picture;
    } else if (!op->who.user) {
        op_fail(op, FAIL_SIGNED_OUT, NULL, NULL);
        return;
    } else if (of == PICTURE_OF_ROOM) {
        if (!access_room(r, owner, ACT_SEE, &a))
            return;
        picture = a.room.picture;
    } else if (data_user_get(r->tx, owner, &user)) {
        picture = user.picture;
    }
    if (picture.p && str_eq(picture, op->in.picture.name)
        && data_picture_get(r->tx, owner, op->in.picture.side, &data))
        op->out = blob_new(data);
    else
        op_fail(op, FAIL_NOT_FOUND, NULL, NULL);
}
