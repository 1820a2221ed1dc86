/* What the files of the domain share. Inside src/domain only. */
#pragma once

#include <pthread.h>

#include "auth/limit.h"
#include "auth/password.h"
#include "domain/domain.h"
#include "domain/op.h"
#include "domain/settings.h"
#include "protocol_gen.h"
#include "store/data.h"
#include "store/store.h"

struct domain {
    struct domain_config config;
    struct store *store;
    struct password_pool *passwords;
    struct limit *sign_in_pair, *sign_in_address, *sign_up, *password_change, *links,
        *profile_change, *picture_change, *search, *reports;
    /* Rows of deleted rooms are removed piece by piece; writer thread only. */
    bool purging, purge_again;
    pthread_mutex_t lock; /* under_way; taken alone */
    pthread_cond_t idle;
    unsigned under_way; /* operations submitted and not answered */
    struct settings settings;
    struct passing *passing;
    _Atomic(uint64_t) messages; /* sent since the start */
    atomic_bool looking;        /* domain_tick has asked and not heard yet */
};

/* Who waits in domain_run; the lock is taken alone. */
struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

enum stage { STAGE_RUN, STAGE_LOOKUP };

/* An operation under way, in the operation's arena. Whichever thread has it owns it. */
struct run {
    struct store_job job; /* first member */
    struct password_job password;
    struct domain *domain;
    struct op *op;
    struct waiter *waiter; /* NULL: post it home */
    struct tx *tx;         /* while it runs in the store */
    enum stage stage;
    bool identified; /* `session` and `user` are those of op->token */
    struct session_row session;
    struct user_row user;
    struct str known_hash; /* of the account at lookup */
    bool room_deleted;     /* there is something to purge once this is durable */
    /* Once this is durable: */
    const struct p_settings *settings; /* hold from then on; NULL: as before */
    struct audited *audited;           /* audit.c */
};

/* Each kind's work in the store: checks first, then writes. Says no with op_fail. */
typedef void (*run_fn)(struct run *r);
struct rule {
    const char *name;
    bool write, user; /* user: somebody must be signed in */
    run_fn run;
};
extern const struct rule rules[OP_KIND_COUNT];

void run_server_get(struct run *r);
void run_account_create(struct run *r);
void run_sign_in(struct run *r);
void run_sign_out(struct run *r);
void run_session_get(struct run *r);
void run_sessions_list(struct run *r);
void run_session_end(struct run *r);
void run_sessions_end(struct run *r);
void run_password_change(struct run *r);
void run_me_patch(struct run *r);
void run_status_set(struct run *r);
void run_status_clear(struct run *r);
void run_profile_get(struct run *r);
void run_rooms_shared(struct run *r);
void run_picture_ask(struct run *r);
void run_picture_set(struct run *r);
void run_picture_clear(struct run *r);
void run_picture_get(struct run *r);
void run_seen_now(struct run *r);
void run_last_seen(struct run *r);
void run_users_list(struct run *r);
void run_user_get(struct run *r);
void run_rooms_list(struct run *r);
void run_rooms_open(struct run *r);
void run_room_create(struct run *r);
void run_room_get(struct run *r);
void run_room_entry(struct run *r);
void run_room_patch(struct run *r);
void run_room_delete(struct run *r);
void run_members_list(struct run *r);
void run_member_add(struct run *r);
void run_member_patch(struct run *r);
void run_member_remove(struct run *r);
void run_messages_page(struct run *r);
void run_message_send(struct run *r);
void run_message_get(struct run *r);
void run_message_edit(struct run *r);
void run_message_delete(struct run *r);
void run_message_edits(struct run *r);
void run_react(struct run *r);
void run_reacted_list(struct run *r);
void run_pin(struct run *r);
void run_pins_list(struct run *r);
void run_star(struct run *r);
void run_stars_list(struct run *r);
void run_mentions_list(struct run *r);
void run_hide(struct run *r);
void run_read(struct run *r);
void run_unread(struct run *r);
void run_block(struct run *r);
void run_blocked_list(struct run *r);
void run_notify(struct run *r);
void run_draft(struct run *r);
void run_whisper(struct run *r);
void run_whisper_get(struct run *r);
void run_whisper_edit(struct run *r);
void run_whisper_delete(struct run *r);
void run_whispers_read(struct run *r);
void run_seen_list(struct run *r);
void run_report(struct run *r);
void run_whisper_report(struct run *r);
void run_passing_list(struct run *r);
void run_passing_make(struct run *r);
void run_passing_enter(struct run *r);
void run_passing_say(struct run *r);
void run_passing_exit(struct run *r);
void run_passing_unsay(struct run *r);
void run_passing_turn_out(struct run *r);
void run_search(struct run *r);
void run_sync_rooms(struct run *r);
void run_sync(struct run *r);
void run_admin_users(struct run *r);
void run_admin_add(struct run *r);
void run_admin_password(struct run *r);
void run_admin_disable(struct run *r);
void run_admin_token(struct run *r);
void run_settings_get(struct run *r);
void run_settings_patch(struct run *r);
void run_audit_list(struct run *r);
void run_audit_check(struct run *r);
void run_export(struct run *r);
void run_audit_note(struct run *r);
void run_figures(struct run *r);
void run_manage_users(struct run *r);
void run_manage_user_add(struct run *r);
void run_manage_user_get(struct run *r);
void run_manage_user_patch(struct run *r);
void run_manage_reset(struct run *r);
void run_manage_sessions(struct run *r);
void run_manage_sessions_end(struct run *r);
void run_manage_rooms(struct run *r);
void run_manage_room_get(struct run *r);
void run_manage_room_patch(struct run *r);
void run_manage_room_delete(struct run *r);
void run_manage_members(struct run *r);
void run_manage_messages(struct run *r);
void run_manage_reports(struct run *r);
void run_manage_report_settle(struct run *r);
void run_manage_remove(struct run *r);
void run_invite_list(struct run *r);
void run_invite_make(struct run *r);
void run_invite_revoke(struct run *r);
void run_invite_look(struct run *r);
void run_invite_accept(struct run *r);
void run_reset_look(struct run *r);
void run_reset_use(struct run *r);
void run_import_room(struct run *r);
void run_import_lines(struct run *r);

/* Before anything is hashed or looked up, on the submitting thread. False: said no. */
bool account_create_check(struct run *r);
bool sign_in_check(struct run *r);
bool password_change_check(struct run *r);
bool admin_password_check(struct run *r);
bool reset_use_check(struct run *r);
/* On a reader: what the password is compared with. */
void sign_in_lookup(struct run *r);
void password_change_lookup(struct run *r);
void reset_use_lookup(struct run *r);

/* Takes one of what the limit allows. False: said no. */
bool rate_take(struct run *r, struct limit *limit, struct str key);
/* The one who asks, about to change what others see of them. False: said no. */
bool user_begin_change(struct run *r, struct limit *limit, struct user_row *ret);
void user_answer(struct run *r, const struct user_row *user);

/* Resolves op->token. False: said no. */
bool run_identify(struct run *r);

/* --- answering and telling (tell.c) */
struct blob *blob_take(struct buf *b); /* copies, and frees the buffer */
#define ANSWER(r, put, value)                                                             \
    do {                                                                                  \
        struct buf b_ = {0};                                                              \
        buf_reserve(&b_, 512); /* most answers fit, and need not be moved as they grow */ \
        struct json j_ = json_into(&b_);                                                  \
        put(&j_, value);                                                                  \
        (r)->op->out = blob_take(&b_);                                                    \
    } while (0)

/* Adds a line to the room's timeline, numbers it, tells it. `room` moves on. `m` gets id, place and
 * time (unless at_us is given). False: the author has used this client_id; nothing was written. */
bool line_add(struct run *r, struct room_row *room, const struct user_row *author,
    const struct user_row *subject, struct message_row *m);
/* A notice. `value` .p NULL, role -1: none. */
void notice_add(struct run *r, struct room_row *room, const struct user_row *author,
    enum NoticeKind kind, const struct user_row *subject, struct str value, int role);
void tell_room(struct run *r, id64 room, int64_t seq, struct buf *frame);
void tell_room_added(struct run *r, id64 user, const struct entry_row *entry);
void tell_room_removed(struct run *r, id64 user, id64 room);
void tell_read(struct run *r, id64 user, id64 room, const struct p_read_marker *read);
/* Marker and mentions of the entry are looked at. */
void tell_unread(struct run *r, id64 user, id64 room, const struct entry_row *entry);
void tell_draft(struct run *r, id64 user, id64 room, const struct draft_row *draft);
/* To one of the two. */
void tell_whisper(struct run *r, id64 user, const struct heard_row *heard);
void tell_whispers_read(struct run *r, id64 user, id64 room, int64_t read);
void tell_blocked(struct run *r, id64 user, const struct user_row *whom, bool on);
void tell_notify(struct run *r, id64 user, id64 room, int level);
/* Returns its number. */
int64_t tell_star(struct run *r, id64 user, id64 room, int64_t seq, bool on);
/* `last`: of the entry, where it may have been this line; NULL where not. */
void tell_hidden(struct run *r, id64 user, id64 room, int64_t seq, const struct line_row *last);
/* One's own account changed: numbered for oneself, and as tell_changed. */
void tell_me(struct run *r, struct user_row *user);
/* What others see of the person changed: its `rev` grows, and who has them before their eyes is
 * told. */
void tell_changed(struct run *r, struct user_row *user);
void tell_removed(struct run *r, id64 user, id64 room, int64_t seq, struct str reason);
/* How many reports wait, to the owner and the admins. */
void tell_reports(struct run *r);
void tell_session_ended(struct run *r, id64 session);
void tell_gone(struct run *r, id64 user);
