/* An operation: one thing that somebody asks of the domain, from decoding to the answer.
 *
 * Life: a loop thread makes it (op_new), fills `who` or `token` and `in`, and gives it away with
 * domain_submit. Depending on its kind it is run on a reader thread (one read transaction), on the
 * writer (a savepoint of the next group commit), and for passwords on a worker before or between.
 * When all is durable it comes back to its loop through `home`, which calls on_done; from there it
 * is the loop's again, which frees it (op_free).
 *
 * Everything it points to lives in its arena, or in `out`, which is counted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/id.h"
#include "domain/fail.h"
#include "loop/mailbox.h"

enum op_kind {
    /* accounts and sessions (src/auth) */
    OP_SERVER_GET,     /* out: Server */
    OP_ACCOUNT_CREATE, /* in.account; out: SignedIn */
    OP_SIGN_IN,        /* in.account; out: SignedIn */
    OP_SIGN_OUT,
    OP_SESSION_GET,     /* out: SignedIn; also fills `who`: what a new live connection asks first */
    OP_SESSIONS_LIST,   /* out: {"items": [Session]} */
    OP_SESSION_END,     /* in.id */
    OP_SESSIONS_END,    /* all but this one */
    OP_PASSWORD_CHANGE, /* in.password */
    OP_ME_PATCH,        /* in.profile; out: User */
    OP_STATUS_SET,      /* in.profile.status_*; out: User */
    OP_STATUS_CLEAR,    /* out: User */
    OP_PROFILE_GET,     /* in.id, 0 for oneself; out: Profile */
    OP_ROOMS_SHARED,    /* in.list (user, limit, cursor); out: {"items": [Room], "next"?} */
    OP_PICTURE_ASK,     /* in.picture.of, .owner (a room); may they give it a picture? */
    OP_PICTURE_SET,     /* in.picture.of, .owner, .data; out: User, Room or Settings */
    OP_PICTURE_CLEAR,   /* in.picture.of, .owner; out: the same */
    OP_PICTURE_GET,     /* in.picture.of, .owner, .name, .side; out: WebP */
    OP_SEEN_NOW,        /* last_seen of `who`, when the last device goes */
    /* people */
    OP_USERS_LIST, /* in.list; out: {"items": [User], "next"?} */
    OP_USER_GET,   /* in.id */
    /* rooms */
    OP_ROOMS_LIST,    /* out: {"items": [RoomEntry]} */
    OP_ROOMS_OPEN,    /* in.list; out: {"items": [Room], "next"?} */
    OP_ROOM_CREATE,   /* in.room; out: RoomEntry; `created` */
    OP_ROOM_GET,      /* in.id; out: Room */
    OP_ROOM_ENTRY,    /* in.id; out: RoomEntry */
    OP_ROOM_PATCH,    /* in.room */
    OP_ROOM_DELETE,   /* in.id */
    OP_MEMBERS_LIST,  /* in.list with in.list.room */
    OP_MEMBER_ADD,    /* in.member; out: Member */
    OP_MEMBER_PATCH,  /* in.member; out: Member */
    OP_MEMBER_REMOVE, /* in.member */
    /* messages */
    OP_MESSAGES_PAGE,  /* in.page; out: Page */
    OP_MESSAGE_SEND,   /* in.message; out: Message */
    OP_MESSAGE_GET,    /* in.message.room, .message; out: Message */
    OP_MESSAGE_EDIT,   /* in.message.room, .message, .text; out: Message */
    OP_MESSAGE_DELETE, /* in.message.room, .message */
    OP_MESSAGE_EDITS,  /* in.message.room, .message; out: {"items": [Edit]} */
    OP_REACT,          /* in.mark with emoji, on */
    OP_REACTED_LIST,   /* in.list with room, message, emoji; out: {"items": [Reacted], "next"?} */
    OP_PIN,            /* in.mark with on */
    OP_PINS_LIST,      /* in.id; out: {"items": [Pinned]} */
    OP_STAR,           /* in.mark with on */
    OP_MENTIONS_LIST,  /* in.list (limit, cursor); out: {"items": [Mentioned], "next"?} */
    OP_STARS_LIST,     /* in.list (limit, cursor); out: {"items": [Starred], "next"?} */
    OP_HIDE,           /* in.mark */
    OP_READ,           /* in.read; out: ReadMarker */
    OP_UNREAD,         /* in.read; out: ReadMarker */
    OP_BLOCK,          /* in.block */
    OP_BLOCKED_LIST,   /* out: {"items": [Blocked]} */
    OP_NOTIFY,         /* in.own with level */
    OP_DRAFT,          /* in.own with text, reply_to, age_ms; out: Draft */
    OP_WHISPER,        /* in.message with to; out: Whisper */
    OP_WHISPER_GET,    /* in.message.room, .message: the whisper; out: Whisper */
    OP_WHISPER_EDIT,   /* the same with text; out: Whisper */
    OP_WHISPER_DELETE, /* in.message.room, .message */
    OP_WHISPERS_READ,  /* in.read with seq: how many */
    OP_SEEN_LIST,      /* in.id; out: {"items": [Seen]} */
    OP_REPORT,         /* in.report */
    OP_WHISPER_REPORT, /* in.report.room, .message: the whisper; .reason */
    /* passing rooms */
    OP_PASSING_LIST,     /* out: {"items": [PassingRoom]} */
    OP_PASSING_MAKE,     /* in.passing.name, .listed; out: PassingRoom; `created` */
    OP_PASSING_ENTER,    /* in.passing.room, .connection, .after */
    OP_PASSING_SAY,      /* in.message with room, client_id, text, kind; out: PassingMessage */
    OP_PASSING_EXIT,     /* in.passing.room, .connection */
    OP_PASSING_UNSAY,    /* in.passing.room, .seq */
    OP_PASSING_TURN_OUT, /* in.passing.room, .user */
    /* invite links: to a room, or (room 0) to the server */
    OP_INVITE_LIST,   /* in.invite.room; out: {"items": [Invite]} */
    OP_INVITE_MAKE,   /* in.invite; out: Invite */
    OP_INVITE_REVOKE, /* in.invite.room, .invite */
    OP_INVITE_LOOK,   /* in.invite.token; out: Invitation */
    OP_INVITE_ACCEPT, /* in.invite.token; out: Accepted */
    /* links for setting a new password */
    OP_RESET_LOOK, /* in.reset.token; out: User */
    OP_RESET_USE,  /* in.reset; out: SignedIn */
    OP_SEARCH,     /* in.search; out: Search */
    /* live connections */
    OP_SYNC_ROOMS, /* `sync.rooms`: ids of the rooms that `who` is in */
    OP_SYNC,       /* in.sync; `sync.frames`, `sync.heads` */
    /* for the shell and the operator (never from the network; `who` is not looked at) */
    OP_ADMIN_USERS,    /* in.list (limit, cursor, q); out: {"items": [User], "next"?} */
    OP_ADMIN_ADD,      /* in.admin; out: User; without password nobody can sign in with it */
    OP_ADMIN_PASSWORD, /* in.admin.name, .password; every session of the account ends */
    OP_ADMIN_DISABLE,  /* in.admin.name, .disabled (false: enables again); out: User */
    OP_ADMIN_TOKEN,    /* in.admin.name; new_token: bearer of a new session; out: SignedIn */
    OP_IMPORT_ROOM,    /* in.import.room_name: finds the open room or makes it; out: Room,
                          `imported.room`, `created` */
    OP_IMPORT_LINES,   /* in.import; `imported` */
    /* for the server's owner and admins, and for the shell (`operator_name`); audited */
    OP_SETTINGS_GET,   /* out: Settings */
    OP_SETTINGS_PATCH, /* in.settings; out: Settings */
    OP_AUDIT_LIST,   /* in.audit (cursor, limit, act, user); out: {"items": [AuditLine], "next"?} */
    OP_AUDIT_CHECK,  /* in.audit.line and .hash where something was noted; out: AuditCheck */
    OP_FIGURES,      /* out: Figures */
    OP_MANAGE_USERS, /* in.manage (q, sort, limit, cursor); out: {"items": [ManagedUser], "next"?}
                      */
    OP_MANAGE_USER_ADD,     /* in.manage.name, .display_name, .role; out: ResetLink */
    OP_MANAGE_USER_GET,     /* in.manage.user; out: ManagedUser */
    OP_MANAGE_USER_PATCH,   /* in.manage.user, .name, .display_name, .role, .disabled; out:
                               ManagedUser */
    OP_MANAGE_RESET,        /* in.manage.user; out: ResetLink */
    OP_MANAGE_SESSIONS,     /* in.manage.user; out: {"items": [Session]} */
    OP_MANAGE_SESSIONS_END, /* in.manage.user, .session (0: all) */
    OP_MANAGE_ROOMS, /* in.manage (q, kind, limit, cursor); out: {"items": [ManagedRoom], "next"?}
                      */
    OP_MANAGE_ROOM_GET,    /* in.manage.room; out: ManagedRoom */
    OP_MANAGE_ROOM_PATCH,  /* in.manage.room, .name, .topic, .archived, .owner; out: ManagedRoom */
    OP_MANAGE_ROOM_DELETE, /* in.manage.room */
    OP_MANAGE_MEMBERS,     /* in.list with room */
    OP_MANAGE_MESSAGES,    /* in.search: in what they may moderate; nothing asked for: the newest;
                              out: Search with the rooms of its messages */
    OP_MANAGE_REPORTS,     /* in.manage (limit, cursor); out: {"items": [Report], "next"?} */
    OP_MANAGE_REPORT_SETTLE, /* in.manage.report, and all of its message */
    OP_MANAGE_REMOVE,        /* in.manage.room, .message, .reason; reports of it are settled */
    OP_EXPORT,               /* in.export; out: the last line, which has the counts */
    OP_AUDIT_NOTE, /* in.audit.act, .what and .room_handle: of what was done outside the domain */
    OP_LAST_SEEN,  /* in.people; `last_seen`: when each was last connected */
    OP_KIND_COUNT
};

/* A line of an imported history. */
struct import_line {
    struct str author,
        subject; /* handles as in the source; made as imported people where unknown */
    struct str text;
    struct str key; /* unique for ever in its room: a line whose key is there already is skipped */
    int64_t at_us;
    int kind;   /* enum MessageKind */
    int notice; /* enum NoticeKind, for notices: joined, left, nick, described (text: the topic),
                   text, … */
};

struct op_setting {
    struct str key, value; /* as settings.c writes them: numbers in decimal, yes, no */
};

enum picture_of { PICTURE_OF_PERSON, PICTURE_OF_ROOM, PICTURE_OF_SERVER };

/* Who asks. */
struct who {
    id64 user;    /* 0: nobody is signed in */
    id64 session; /* 0: from the shell */
    int role;     /* enum ServerRole of protocol_gen.h */
};

struct op_cursor {
    id64 room;
    int64_t seq;
};

struct domain;

struct op {
    struct letter letter; /* first member: travels to the home mailbox */
    enum op_kind kind;
    struct arena *arena;
    struct mailbox *home;
    void (*on_done)(struct op *); /* on the home thread */
    void *data;                   /* the asker's own */
    uint64_t request;             /* id, for logs */
    struct domain *domain;        /* filled by domain_submit */

    struct who who; /* known already (live connections), or filled from `token` when the op runs */
    struct str token; /* secret of a session, as the client sent it; resolved first, FAIL_SIGNED_OUT
                         when wrong */
    bool stranger;    /* who can't be told by `token` may ask all the same, as nobody */
    struct str address;       /* of the client, for sessions and rate limits */
    struct str agent;         /* its User-Agent, for sessions */
    struct str operator_name; /* from the shell: its user, who may do everything; .p NULL: not from
                                 the shell */

    union {
        id64 id;
        struct {
            struct str name, password, display_name, label; /* display_name.p NULL: not given */
            struct str invite;                              /* .p NULL: comes without */
            bool want_token;                                /* bearer instead of cookie */
        } account;
        struct {
            struct str current, fresh;
        } password;
        struct {
            struct str display_name, about, email; /* .p NULL: not given */
            struct str status_emoji, status_text;
            int64_t status_until_ms;
            bool has_email_visible, email_visible, has_until;
        } profile;
        struct {
            enum picture_of of;
            id64 owner; /* the room, or the person where one looks; a person sets their own */
            struct str name;
            int side;
            struct str data[3]; /* by PICTURE_SIDES; borrowed until on_done */
        } picture;
        struct {
            id64 room, message;
            struct str q, cursor, emoji;
            int limit;
            id64 user;
        } list;
        struct {
            id64 room;              /* patch */
            int kind;               /* enum RoomKind */
            struct str name, topic; /* .p NULL: not given */
            id64 user;              /* direct */
            const id64 *members;
            size_t member_count;
        } room;
        struct {
            id64 room, user;
            int role; /* enum RoomRole */
        } member;
        struct {
            id64 room;
            int64_t before, after, around; /* at most one is above 0; -1 when not given */
            id64 whisper; /* with before and after: a whisper's at that place; 0: not given */
            int limit;
        } page;
        struct {
            id64 room, message, to;
            struct str client_id, text;
            int kind;         /* enum MessageKind */
            int64_t reply_to; /* 0: none */
        } message;
        struct {
            id64 room, message;
            struct str emoji;
            bool on;
        } mark;
        struct {
            id64 room;
            int64_t seq;
        } read;
        struct {
            id64 room, message;
            struct str reason;
        } report;
        struct {
            id64 user;
            bool on;
        } block;
        struct {
            id64 room;
            int level; /* enum NotifyLevel */
            struct str text;
            int64_t reply_to, age_ms; /* 0: none */
        } own;
        struct {
            struct str q, cursor; /* cursor.p NULL: the first page */
            id64 room;            /* 0: anywhere */
            int limit, only;      /* enum SearchKind */
            int zone_min;         /* the reader's clock is so much ahead of UTC */
        } search;
        struct {
            struct str epoch; /* empty: everything anew */
            int64_t useq;
            const struct op_cursor *cursors;
            size_t cursor_count;
            struct str connection; /* to be told in `ready` */
        } sync;
        struct {
            struct str name, display_name, password; /* .p NULL: not given */
            int role; /* enum ServerRole, for ADD; the first account is owner all the same */
            bool disabled;
        } admin;
        struct {
            id64 room;            /* LINES */
            struct str room_name; /* ROOM */
            const struct import_line *lines;
            size_t line_count;
        } import;
        struct {
            struct str handle; /* a room's name or id; .p NULL: the whole server */
            /* Takes a line, with its end, on the reader thread. False: no more. */
            bool (*write)(void *arg, struct str line);
            void *arg;
        } export;
        struct {
            const id64 *users; /* at most LIMIT_WATCH */
            size_t count;
        } people;
        struct {
            const struct op_setting *items;
            size_t n;
        } settings;
        struct {
            struct str cursor; /* .p NULL: from the newest */
            int limit, act;    /* enum AuditAct; -1: any */
            id64 user;         /* 0: anybody */
            int64_t line;      /* 0: nothing noted */
            struct str hash, what;
            struct str room_handle; /* name or id; .p NULL: of no room */
        } audit;
        struct {
            id64 room, connection, user;
            int64_t after, seq; /* after -1: not given */
            struct str name;
            bool listed;
        } passing;
        struct {
            id64 user, session, room, message, owner, report;
            /* The shell has names where the API has ids: of the account or the room (also its id),
             * and of who is to own it. Looked at where `user`, `room` or `owner` is 0. */
            struct str handle, owner_handle;
            struct str name, display_name, topic, reason; /* .p NULL: not given */
            struct str q, cursor;
            int limit, sort;        /* enum UserSort */
            int role, kind;         /* -1: not given */
            int disabled, archived; /* -1: not given */
        } manage;
        struct {
            id64 room, invite;
            struct str token;
            int64_t expires_in_s, uses_most; /* 0: without end */
            bool shows;
        } invite;
        struct {
            struct str token, password;
        } reset;
    } in;

    /* What is wrong with how something was asked that only administrators may ask: told to them
     * alone, nobody else learns that it can be asked. */
    struct {
        enum fail fail; /* FAIL_NONE: nothing */
        const char *field;
        struct str detail;
    } wrong;

    /* --- the answer */
    enum fail fail;
    const char *field;    /* static; which field was wrong */
    struct str detail;    /* in the arena; what was wrong, in words */
    int retry_after;      /* seconds, for FAIL_RATE_LIMITED */
    bool created;         /* a new thing was made (201 instead of 200) */
    struct blob *out;     /* JSON as the kind says; NULL for none */
    struct str new_token; /* secret of a new session: cookie or bearer */
    int64_t seq;          /* of the event that a command made, 0 for none */
    struct {
        id64 *rooms; /* OP_SYNC_ROOMS */
        size_t room_count;
        struct blob **frames; /* OP_SYNC: JSON frames in order: `ready`, then what was missed, then
                                 `synced` */
        size_t frame_count;
        struct op_cursor *heads; /* OP_SYNC: per room, the seq up to which the frames tell: drop
                                    live events up to it */
        size_t head_count;
        int64_t useq;
        uint64_t commit; /* events of commits up to this one may be told by the frames already, and
                            still be on their way */
    } sync;
    struct {
        id64 room;
        size_t added, skipped,
            users; /* lines written, lines that were there already, people made */
    } imported;
    bool *apart;           /* OP_LAST_SEEN: by place; one of the two has blocked the other */
    int64_t *last_seen_ms; /* OP_LAST_SEEN: by place in in.people; 0: never, or nobody */
    int64_t *revs;         /* likewise */
    unsigned queries;      /* statements run for it; tests assert the numbers */
};

struct op *op_new(enum op_kind kind);
void op_free(struct op **op); /* accepts NULL; unrefs `out` and frames */
bool op_is_write(enum op_kind kind);
const char *op_name(enum op_kind kind);
/* Says no; the first one counts. `detail` is formatted into the arena, may be NULL. */
void op_fail(struct op *op, enum fail fail, const char *field, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
