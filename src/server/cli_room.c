/* `confab room`: groups and open rooms, as administrators see them. What is said in them is not
 * shown here either. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_archived(const json_t *room) {
    return json_is_true(json_object_get(room, "archived"));
}

static struct op *manage(enum op_kind kind, const char *room) {
    struct op *op = cli_op(kind);
    op->in.manage.handle = str_from(room);
    op->in.manage.kind = op->in.manage.archived = -1;
    return op;
}

/* --- all of them */

struct listed {
    const char *q;
    bool json;
};

static bool print_room(void *arg, const json_t *managed) {
    const json_t *room = json_object_get(managed, "room");
    const struct listed *listed = arg;
    if (listed->json)
        cli_print_json(managed);
    else
        printf("%s %-5s %-8s %6" JSON_INTEGER_FORMAT " %-16s %s\n", text_of(room, "id"),
            text_of(room, "kind"), is_archived(room) ? "archived" : "",
            json_integer_value(json_object_get(room, "member_count")),
            text_of(json_object_get(managed, "owner"), "name"), text_of(room, "name"));
    return true;
}

static struct op *ask_rooms(void *arg, struct str cursor) {
    const struct listed *listed = arg;
    struct op *op = manage(OP_MANAGE_ROOMS, NULL);
    op->in.manage.q = str_from(listed->q);
    op->in.manage.limit = LIMIT_LIST;
    if (cursor.p)
        op->in.manage.cursor = arena_str(op->arena, cursor);
    return op;
}

static int list(struct domain *domain, const char *q, bool json) {
    struct listed listed = {q, json};
    return cli_each(domain, &(struct cli_list){ask_rooms, print_room, &listed});
}

/* --- one of them */

struct members {
    id64 room;
    json_t *all;
};

static bool keep_member(void *arg, const json_t *member) {
    struct members *members = arg;
    json_array_append(members->all, (json_t *)member);
    return true;
}

static struct op *ask_members(void *arg, struct str cursor) {
    const struct members *members = arg;
    struct op *op = cli_op(OP_MANAGE_MEMBERS);
    op->in.list.room = members->room;
    if (cursor.p)
        op->in.list.cursor = arena_str(op->arena, cursor);
    return op;
}

static void print_shown(const json_t *managed) {
    const json_t *room = json_object_get(managed, "room"), *member;
    char at[CLI_TIME];
    size_t i;
    cli_time(at, json_integer_value(json_object_get(room, "created_at")));
    printf("id       %s\nname     %s\ntopic    %s\nkind     %s\nowner    %s\nmade     %s\n"
           "archived %s\nmembers  %" JSON_INTEGER_FORMAT "\n",
        text_of(room, "id"), text_of(room, "name"), text_of(room, "topic"), text_of(room, "kind"),
        text_of(json_object_get(managed, "owner"), "name"), at, is_archived(room) ? "yes" : "no",
        json_integer_value(json_object_get(room, "member_count")));
    json_array_foreach (json_object_get(managed, "members"), i, member)
        printf("  %-32s %-6s %s\n", text_of(json_object_get(member, "user"), "name"),
            text_of(member, "role"), text_of(json_object_get(member, "user"), "display_name"));
}

static int show(struct domain *domain, const char *name, bool json) {
    struct op *op = manage(OP_MANAGE_ROOM_GET, name);
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
    if (status == CLI_DONE) {
        json_t *managed = json_loadb(op->out->p, op->out->n, 0, NULL);
        struct members members = {.all = json_array()};
        id_parse(str_from(text_of(json_object_get(managed, "room"), "id")), &members.room);
        json_object_set_new(managed, "members", members.all);
        status = cli_each(domain, &(struct cli_list){ask_members, keep_member, &members});
        if (status == CLI_DONE && json)
            cli_print_json(managed);
        else if (status == CLI_DONE)
            print_shown(managed);
        json_decref(managed);
    }
    op_free(&op);
    return status;
}

enum deed {
    DEED_LIST,
    DEED_SHOW,
    DEED_RENAME,
    DEED_TOPIC,
    DEED_ARCHIVE,
    DEED_RESTORE,
    DEED_DELETE,
    DEED_OWNER,
    DEED_COUNT
};

static const struct verb {
    const char *verb, *done;
    size_t least, most; /* words, with the verb */
} verbs[DEED_COUNT] = {
    [DEED_LIST] = {"list", NULL, 1, 2},
    [DEED_SHOW] = {"show", NULL, 2, 2},
    [DEED_RENAME] = {"rename", "renamed", 3, 3},
    [DEED_TOPIC] = {"topic", "topic set", 3, 3},
    [DEED_ARCHIVE] = {"archive", "archived", 2, 2},
    [DEED_RESTORE] = {"restore", "restored", 2, 2},
    [DEED_DELETE] = {"delete", "deleted", 2, 2},
    [DEED_OWNER] = {"owner", "handed over", 3, 3},
};

static int change(struct domain *domain, enum deed deed, const char *name, const char *value) {
    struct op *op =
        manage(deed == DEED_DELETE ? OP_MANAGE_ROOM_DELETE : OP_MANAGE_ROOM_PATCH, name);
    if (deed == DEED_RENAME)
        op->in.manage.name = str_from(value);
    else if (deed == DEED_TOPIC)
        op->in.manage.topic = str_from(value);
    else if (deed == DEED_OWNER)
        op->in.manage.owner_handle = str_from(value);
    else
        op->in.manage.archived = deed == DEED_ARCHIVE;
    domain_run(domain, op);
    int status = op->fail == FAIL_NONE ? CLI_DONE : cli_complain_op(op);
    if (status == CLI_DONE)
        printf("%s: %s\n", name, verbs[deed].done);
    op_free(&op);
    return status;
}

/* False: told. */
static bool are_right(char **words, size_t n, bool sure, enum deed *ret_deed) {
    int deed = 0;
    while (deed < DEED_COUNT && strcmp(words[0], verbs[deed].verb) != 0)
        deed++;
    *ret_deed = (enum deed)deed;
    if (deed == DEED_COUNT)
        cli_complain("room %s: list, show, rename, topic, archive, restore, delete or owner was "
                     "expected",
            words[0]);
    else if (n > verbs[deed].most)
        cli_complain("room %s: “%s” is one word too many", words[0], words[verbs[deed].most]);
    else if (n < verbs[deed].least)
        cli_complain("room %s: %s", words[0],
            n == 1 ? "which room? Its name or id must follow" : "one more word must follow");
    else if (deed == DEED_DELETE && !sure)
        cli_complain("room delete: the room and all that was said in it go, for everybody and for "
                     "ever; --yes says that you mean it");
    else
        return true;
    return false;
}

int cli_room(const struct cli_command *command, int argc, char **argv) {
    struct config config;
    struct cli_data data;
    enum deed deed;
    bool json = cli_take_flag(&argc, argv, "--json"), sure = cli_take_flag(&argc, argv, "--yes");
    if (!cli_load(command, argc, argv, 1, 3, &config))
        return CLI_USAGE;
    char **words = config.words.items;
    size_t n = config.words.n;
    int status = CLI_USAGE;
    if (!are_right(words, n, sure, &deed)) {
        /* told */
    } else if (!cli_open(&config, CLI_SHARED, false, &data))
        status = CLI_FAILED;
    else {
        const char *name = n > 1 ? words[1] : NULL;
        status = deed == DEED_LIST ? list(data.domain, name, json)
            : deed == DEED_SHOW    ? show(data.domain, name, json)
                                   : change(data.domain, deed, name, n > 2 ? words[2] : NULL);
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}
