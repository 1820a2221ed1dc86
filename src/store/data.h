/* Typed access to what is stored, within a job's transaction. Plain facts only: who may do what,
 * and what follows from what, is the domain's. Texts that are returned live in the job's arena.
 * Times are microseconds.
 *
 * Database errors stick to the tx (store.h): reads then find nothing, and the job is undone; so a
 * result of `false` means "not there" only once the job has ended well. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/str.h"

struct tx;

struct user_row {
    id64 id;
    struct str name, display_name, sort_key, search;
    int kind, role; /* enum UserKind, ServerRole */
    bool disabled;
    int64_t created_us, last_seen_us;
    int64_t head;                         /* of the person's own sequence */
    struct str picture;                   /* .p NULL: none */
    struct str status_emoji, status_text; /* status_text.p NULL: no status */
    int64_t status_until_us;              /* 0: until it is changed */
    int64_t rev;                          /* one more with each change that others see */
    int64_t blocks;                       /* how many people they have blocked */
};

struct session_row {
    id64 id, user;
    bool bearer;
    struct str label, address;
    int64_t created_us, used_us, expires_us;
};

struct room_row {
    id64 id;
    int kind; /* enum RoomKind */
    struct str name, name_key, topic, search;
    id64 low, high; /* the pair of a direct room */
    id64 created_by;
    int64_t created_us, head, count, last_seq, member_count, pins;
    bool archived;
    struct str picture; /* .p NULL: none */
};

struct member_row {
    id64 room, user;
    int role; /* enum RoomRole */
    int64_t joined_us, joined_seq, read_seq, read_ordinal;
    int notify;          /* enum NotifyLevel */
    int64_t unread_head; /* the room's head when the marker was moved back; 0: it was not */
    int64_t whispers, whispers_read; /* to the member */
    bool whispering;                 /* there are some, to or from the member */
};

/* What a member has begun to write. */
struct draft_row {
    struct str text; /* empty: nothing */
    int64_t reply_to, at_us;
};

struct message_row {
    id64 id, room;
    int64_t seq, ordinal;
    int kind; /* enum MessageKind */
    id64 author;
    int64_t at_us;
    struct str text, client_id;              /* client_id.p NULL: none */
    int64_t reply_to, edited_us, deleted_us; /* 0: none */
    int notice;                              /* enum NoticeKind, -1: none */
    id64 subject;
    struct str value;    /* new name or topic */
    int role;            /* enum RoomRole, -1: none */
    struct str mentions; /* "name:id,name:id", id 0: everyone in the room; .p NULL: nobody */
};

/* A line with the people in it. */
struct line_row {
    struct message_row message;
    struct user_row author, subject; /* subject.id 0: none */
};

/* What one member said to another, for the two of them. */
struct whisper_row {
    id64 id, room;
    int64_t place;   /* the room's head when it was said: it stands after that number */
    int64_t ordinal; /* how many the peer was whispered in the room, with this one */
    int kind;        /* enum MessageKind */
    id64 author, peer;
    int64_t at_us;
    struct str text, client_id;
    int64_t edited_us, deleted_us; /* 0: none */
};

struct heard_row {
    struct whisper_row whisper;
    struct user_row author, peer;
};

/* A room as its member has it. */
struct entry_row {
    struct room_row room;
    struct member_row member;
    struct user_row peer; /* id 0: none */
    struct line_row last; /* message.id 0: none */
    struct draft_row draft;
    struct whisper_row whisper; /* the newest to or from the member; id 0: none */
    struct user_row whisperer;  /* the other one of it */
    struct str mentioned; /* lines after the read marker that call the member, newest first, and
                             their authors: "9:12,7:34,3:12"; .p NULL: none */
    struct str gone; /* seqs after the read marker of deleted messages, newest first: "9,7,3" */
};

/* Growing list in an arena. */
struct rows {
    void *p;
    size_t n, cap;
};
void *rows_add(struct rows *rows, struct arena *a, size_t size); /* zeroed; moves those before */

struct str data_epoch(struct tx *tx);

/* --- people */
bool data_user_get(struct tx *tx, id64 user, struct user_row *ret);
/* ret_hash.p NULL: nobody can sign in. */
bool data_user_by_name(struct tx *tx, struct str name, struct user_row *ret, struct str *ret_hash);
bool data_user_hash(struct tx *tx, id64 user, struct str *ret_hash);
bool data_users_any_person(struct tx *tx);
bool data_user_owner(struct tx *tx, struct user_row *ret); /* of the server */
/* struct user_row: the owner and the admins, as far as they are not disabled. */
void data_users_managing(struct tx *tx, struct rows *ret);
/* False when the name is taken. hash.p NULL: can't sign in. */
bool data_user_add(struct tx *tx, const struct user_row *user, struct str hash);
void data_user_set_names(
    struct tx *tx, const struct user_row *user); /* display_name, sort_key, search */
void data_user_set_hash(struct tx *tx, id64 user, struct str hash);
bool data_user_set_name(struct tx *tx, id64 user, struct str name); /* false: taken */
void data_user_set_role(struct tx *tx, id64 user, int role);
void data_user_set_disabled(struct tx *tx, id64 user, bool disabled);
void data_user_set_seen(struct tx *tx, id64 user, int64_t at_us);

/* Place in a list of people; `sort_key` .p NULL: from the start. */
struct user_place {
    int kind, rank;
    struct str sort_key;
    id64 id;
};
/* struct user_row, by kind and sort key. */
void data_users_list(struct tx *tx, const struct user_place *after, int limit, struct rows *ret);

enum user_event_kind {
    USER_EVENT_ROOM_ADDED = 1,
    USER_EVENT_ROOM_REMOVED,
    USER_EVENT_READ,
    USER_EVENT_ME,
    USER_EVENT_STAR, /* room, read_seq: the line */
    USER_EVENT_UNSTAR,
    USER_EVENT_HIDDEN,
    USER_EVENT_NOTIFY, /* room, read_seq: the level */
    USER_EVENT_UNREAD, /* room: the marker is what it is now */
    USER_EVENT_DRAFT,
    USER_EVENT_REMOVED,
    USER_EVENT_WHISPER,       /* room, read_seq: the whisper's id; it is what it is now */
    USER_EVENT_WHISPERS_READ, /* room, read_seq: how many */
    USER_EVENT_BLOCKED,       /* room: the person */
    USER_EVENT_UNBLOCKED
};
struct user_event_row {
    int64_t seq;
    int kind;
    id64 room;
    int64_t read_seq, read_ordinal;
};
/* Gives the person's sequence its next number and keeps the newest `keep` events. Returns the
 * number. */
int64_t data_user_event_add(struct tx *tx, id64 user, const struct user_event_row *event, int keep);
void data_user_events(struct tx *tx, id64 user, int64_t after, struct rows *ret);

/* --- profiles and pictures */
struct profile_row {
    struct str about, email;
    bool email_visible;
};
void data_profile_get(struct tx *tx, id64 user, struct profile_row *ret); /* empty where none is */
void data_profile_set(struct tx *tx, id64 user, const struct profile_row *profile);
void data_user_set_status(struct tx *tx, const struct user_row *user);  /* status_* */
void data_user_set_picture(struct tx *tx, const struct user_row *user); /* picture */
int64_t data_user_changed(struct tx *tx, id64 user);                    /* returns its `rev` now */
void data_room_set_picture(struct tx *tx, id64 room, struct str picture);
/* `owner`: a person or a room. */
void data_picture_put(struct tx *tx, id64 owner, int side, struct str data);
void data_pictures_delete(struct tx *tx, id64 owner);
bool data_picture_get(struct tx *tx, id64 owner, int side, struct str *ret_data);
/* struct room_row, groups and open rooms that both are in, latest made first; before 0: from the
 * start. */
void data_rooms_shared(
    struct tx *tx, id64 user, id64 other, id64 before, int limit, struct rows *ret);

/* --- blocking */
bool data_block_add(struct tx *tx, id64 user, id64 whom, int64_t at_us); /* false: is already */
bool data_block_remove(struct tx *tx, id64 user, id64 whom);             /* false: was not */
struct blocked_row {
    struct user_row user;
    int64_t at_us;
};
void data_blocked_list(struct tx *tx, id64 user, struct rows *ret); /* last one first */
/* Has one of the two blocked the other? */
bool data_is_apart(struct tx *tx, id64 a, id64 b);
void data_apart(struct tx *tx, id64 user, struct rows *ret); /* id64: all for whom that holds */

/* --- sessions */
/* Session and its user by the hash of its secret, unless expired or the user disabled. */
bool data_session_by_token(
    struct tx *tx, struct str hash, struct session_row *ret, struct user_row *ret_user);
bool data_session_get(struct tx *tx, id64 session, struct session_row *ret);
void data_session_add(struct tx *tx, const struct session_row *session, struct str hash);
void data_sessions_list(struct tx *tx, id64 user, struct rows *ret); /* latest used first */
bool data_session_delete(struct tx *tx, id64 session, id64 user);
void data_session_touch(
    struct tx *tx, id64 session, int64_t used_us, int64_t expires_us, struct str address);
void data_sessions_delete_expired(struct tx *tx, int64_t before_us, int limit);

/* --- rooms and members */
struct access_row {
    struct room_row room;
    struct user_row user;
    bool is_member;
    bool apart;               /* of a direct room: one of the two has blocked the other */
    struct member_row member; /* where is_member */
};
/* Room, person, and the person's membership in one statement. False: no such room, or no such
 * person. */
bool data_access(struct tx *tx, id64 room, id64 user, struct access_row *ret);
bool data_room_get(struct tx *tx, id64 room, struct room_row *ret);
/* False: an open room of this name, or the room of the pair, is there already. */
bool data_room_add(struct tx *tx, const struct room_row *room);
bool data_room_set_names(
    struct tx *tx, const struct room_row *room); /* name, name_key, topic, search; false: taken */
bool data_room_find_direct(struct tx *tx, id64 low, id64 high, id64 *ret_room);
bool data_room_find_open(struct tx *tx, struct str name_key, struct room_row *ret);
/* Moves head from room->head to `head`, and count and last_seq with it. */
void data_room_advance(
    struct tx *tx, id64 room, int64_t old_head, int64_t head, int64_t count, int64_t last_seq);
/* struct room_row, largest first; after_id 0: from the start. */
void data_rooms_open(
    struct tx *tx, struct str q, int64_t after_members, id64 after_id, int limit, struct rows *ret);
void data_room_set_archived(struct tx *tx, id64 room, bool archived);
/* Members go, the name is free, nobody can see it any more. */
void data_room_delete(struct tx *tx, id64 room);
id64 data_room_deleted(struct tx *tx); /* one whose rows are still there; 0: none */
/* Removes up to `limit` rows of a deleted room; true when nothing is left of it. */
bool data_room_purge(struct tx *tx, id64 room, int limit);

bool data_member_get(
    struct tx *tx, id64 room, id64 user, struct member_row *ret, struct user_row *ret_user);
bool data_member_add(
    struct tx *tx, const struct member_row *member); /* false: is one already; counts */
void data_member_remove(struct tx *tx, id64 room, id64 user);
void data_member_set_role(struct tx *tx, id64 room, id64 user, int role);
void data_member_set_read(struct tx *tx, id64 room, id64 user, int64_t seq, int64_t ordinal);
/* Back, by hand. What others see of one's reading stays where it was. */
/* The marker of the entry's member, back; the entry's `mentioned` and `gone` follow from it. */
void data_member_set_unread(struct tx *tx, struct entry_row *entry);
/* False: never written anything there. */
bool data_draft_get(struct tx *tx, id64 room, id64 user, struct draft_row *ret);
void data_draft_put(struct tx *tx, id64 room, id64 user, const struct draft_row *draft);
void data_member_set_notify(struct tx *tx, id64 room, id64 user, int level);
/* Who becomes owner when the owner goes: the longest-serving admin, or else member. */
bool data_member_heir(struct tx *tx, id64 room, id64 but, struct user_row *ret);
int data_rooms_count(struct tx *tx, id64 user);
struct listed_member {
    struct member_row member;
    struct user_row user;
};
void data_members_list(struct tx *tx, id64 room, struct str q, const struct user_place *after,
    int limit, struct rows *ret);
void data_member_ids(struct tx *tx, id64 room, struct rows *ret); /* id64 */
struct seen_row {
    id64 user;
    int64_t seq;
};
void data_seen_list(struct tx *tx, id64 room, int limit, struct rows *ret);

/* struct entry_row: all rooms of a person in one statement, latest line first; or one. */
void data_entries(struct tx *tx, id64 user, struct rows *ret);
bool data_entry(struct tx *tx, id64 user, id64 room, struct entry_row *ret);
struct head_row {
    id64 room;
    int64_t head, pins;
};
void data_heads(
    struct tx *tx, id64 user, struct rows *ret); /* struct head_row, of all rooms of a person */

/* --- messages */
/* False: the author has used this client_id. */
bool data_message_add(struct tx *tx, const struct message_row *message);
bool data_message_by_client(struct tx *tx, id64 author, struct str client_id, struct line_row *ret);
bool data_message_get(struct tx *tx, id64 room, id64 message, struct line_row *ret);
/* The line at `seq` or the next before it. */
bool data_message_at(struct tx *tx, id64 room, int64_t seq, struct message_row *ret);
bool data_message_after(struct tx *tx, id64 room, int64_t seq);
/* Puts the old text into the history (at most `keep` stay) and the new one into its place. */
void data_message_edit(struct tx *tx, const struct message_row *message, int64_t seq,
    struct str text, struct str mentions, int64_t at_us, int keep);
/* Text and history go. `m` as it stands. */
void data_message_delete(struct tx *tx, const struct message_row *m, int64_t at_us);
struct edit_row {
    struct str text;
    int64_t at_us;
};
void data_message_edits(struct tx *tx, id64 message, struct rows *ret);
/* struct line_row with seq in [from, to], nearest to `from` first when forward, nearest to `to`
 * first when not. */
void data_lines(
    struct tx *tx, id64 room, int64_t from, int64_t to, bool forward, int limit, struct rows *ret);
/* struct line_row: those answered by lines in [from, to] that stand outside it, but for those that
 * `user` has hidden. */
void data_lines_quoted(
    struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret);

/* --- whispers */
/* False: the author has used this client_id for another one. Both members follow. */
bool data_whisper_add(struct tx *tx, const struct whisper_row *whisper);
bool data_whisper_by_client(
    struct tx *tx, id64 author, struct str client_id, struct heard_row *ret);
/* One that `user` said or heard. */
bool data_whisper_get(struct tx *tx, id64 room, id64 user, id64 whisper, struct heard_row *ret);
void data_whisper_edit(struct tx *tx, id64 whisper, struct str text, int64_t at_us);
void data_whisper_delete(struct tx *tx, id64 whisper, int64_t at_us);
/* struct heard_row: those of `user` after (forward) or before the place (place, whisper), nearest
 * first. */
void data_whispers(struct tx *tx, id64 room, id64 user, int64_t place, id64 whisper, bool forward,
    int limit, struct rows *ret);
void data_whispers_set_read(struct tx *tx, id64 room, id64 user, int64_t count);

enum change_kind {
    CHANGE_EDIT = 1,
    CHANGE_DELETE,
    CHANGE_REACTION_ON,
    CHANGE_REACTION_OFF,
    CHANGE_PIN_ON,
    CHANGE_PIN_OFF
};
struct change_row {
    int64_t seq;
    int kind;
    int64_t target;
    id64 actor;
    int64_t at_us;
    struct str emoji;          /* of reactions; .p NULL: none */
    struct str text, mentions; /* of the target now */
};
void data_change_add(struct tx *tx, id64 room, const struct change_row *change);
void data_changes(struct tx *tx, id64 room, int64_t after, int limit, struct rows *ret);
/* False: this line is there already. */
bool data_import_key_add(struct tx *tx, id64 room, struct str key);

/* --- what people put on lines: `target` is a line's seq */
/* False: it is there already. Counts stand apart. */
bool data_reaction_add(struct tx *tx, id64 room, int64_t target, struct str emoji, id64 user,
    int64_t seq, int64_t at_us);
bool data_reaction_remove(struct tx *tx, id64 room, int64_t target, struct str emoji, id64 user);
/* Returns how many there are now; `seq` counts where this one is the first. */
int64_t data_reaction_count_up(
    struct tx *tx, id64 room, int64_t target, struct str emoji, int64_t seq);
void data_reaction_count_down(struct tx *tx, id64 room, int64_t target, struct str emoji);
int64_t data_reaction_kinds(struct tx *tx, id64 room, int64_t target); /* different emoji */
struct reacted_row {
    int64_t seq, at_us;
    struct user_row user;
};
void data_reacted_list(struct tx *tx, id64 room, int64_t target, struct str emoji, int64_t after,
    int limit, struct rows *ret); /* struct reacted_row, in order, with seq > after */
/* False: it was so already. The room's `pins` follows. */
bool data_pin_add(struct tx *tx, id64 room, int64_t target, id64 user, int64_t seq, int64_t at_us);
bool data_pin_remove(struct tx *tx, id64 room, int64_t target);
struct pinned_row {
    int64_t at_us;
    struct user_row by;
    struct line_row line;
};
/* struct pinned_row, latest pin first, without what `user` has hidden. */
void data_pins_list(struct tx *tx, id64 room, id64 user, struct rows *ret);
bool data_star_is(struct tx *tx, id64 room, id64 user, int64_t target);
void data_star_add(
    struct tx *tx, id64 room, id64 user, int64_t target, int64_t useq, int64_t at_us);
bool data_star_remove(struct tx *tx, id64 room, id64 user, int64_t target); /* false: was none */
struct starred_row {
    int64_t useq, at_us;
    struct line_row line;
};
/* struct starred_row with useq < before, latest star first, in the rooms that the person is in,
 * without deleted lines. */
void data_stars_list(struct tx *tx, id64 user, int64_t before, int limit, struct rows *ret);
/* Why an administrator removed a line. */
void data_removal_add(struct tx *tx, id64 room, int64_t target, id64 author, struct str reason);
struct str data_removal(struct tx *tx, id64 room, int64_t target);         /* .p NULL: none */
bool data_hidden_add(struct tx *tx, id64 room, id64 user, int64_t target); /* false: is already */

/* --- whom lines call; `user` 0: everyone in the room */
void data_mention_add(struct tx *tx, const struct message_row *message, id64 user);
void data_mention_remove(struct tx *tx, const struct message_row *message, id64 user);
/* struct line_row with id < before, newest first: lines of others that call the person, in the
 * rooms that they are in, without what they have hidden. */
void data_mentions_list(struct tx *tx, id64 user, id64 before, int limit, struct rows *ret);

enum mark_kind { MARK_REACTION = 1, MARK_PIN, MARK_STAR, MARK_HIDDEN, MARK_REMOVED };
struct mark_row {
    int64_t target;
    int kind;
    struct str emoji; /* of reactions, as are count and mine; of MARK_REMOVED: why */
    int64_t count;
    bool mine;
};
/* struct mark_row: all that `user` sees on lines in [from, to], by line, and reactions in their
 * order; or what is their own alone: stars and hidden. */
void data_marks(struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret);
void data_marks_own(
    struct tx *tx, id64 room, id64 user, int64_t from, int64_t to, struct rows *ret);
/* Reactions and pin of a line go. True: it was pinned. */
bool data_marks_clear(struct tx *tx, id64 room, int64_t target);
