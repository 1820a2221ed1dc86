/* Who may do what in a room: the one place (law 9). What a person may not see answers as if it were
 * not there, after the same statement. */
#pragma once

#include "domain/core.h"

enum act {
    ACT_SEE,           /* that it exists: members; open rooms: everybody */
    ACT_READ,          /* its timeline, its members: members */
    ACT_WRITE,         /* members; in direct rooms unless one has blocked the other */
    ACT_UNSAY,         /* take back one's own message: members */
    ACT_WHISPER,       /* members, but in direct rooms */
    ACT_NAME,          /* rename, describe: owner and admins */
    ACT_DELETE,        /* the room: its owner */
    ACT_JOIN,          /* oneself: open rooms */
    ACT_ADD,           /* somebody: open rooms: members; groups: owner and admins */
    ACT_LEAVE,         /* members, but of direct rooms */
    ACT_REMOVE,        /* somebody: owner and admins; access_over says whom */
    ACT_ROLE,          /* owner */
    ACT_DELETE_OTHERS, /* somebody else's message: owner and admins */
    ACT_MODERATE,      /* remove what anybody wrote, as the server's administrator: in groups that
                          they are in, and in open rooms; archived or not */
    ACT_INVITE,        /* by link: who may ACT_ADD */
    ACT_CALL_ALL, /* @here, @everyone: owner and admins; in small rooms members; none in direct ones
                   */
    ACT_PIN       /* owner and admins; in direct rooms both */
};

/* Looks room, person and membership up. False: said no. */
bool access_room(struct run *r, id64 room, enum act act, struct access_row *ret);
/* The same question about what is looked up already, without saying anything. */
enum fail access_check(const struct access_row *a, enum act act);
/* struct room_row (id, kind, name, low, high): every room with ACT_READ. */
void access_readable(struct run *r, struct rows *ret);
/* The same: where the asker, an administrator, may look for messages to remove. */
void access_moderated(struct run *r, struct rows *ret);
/* Was it shown to the administrators, of whom the asker is one, in a room where they remove
 * messages? Then they may act on it as if they were in there. Says nothing. */
bool access_reported(struct run *r, id64 room, id64 message, struct access_row *ret);
/* May this administrator remove what the author wrote? */
bool access_removes(const struct user_row *admin, const struct user_row *author);
/* Is it one of the server's administrators (r->user is them from then on), or the shell? False:
 * said no. */
bool access_server(struct run *r);
/* A passing room: the same acts, of which it knows ACT_SEE (that it is listed), ACT_JOIN (entering,
 * with its address), ACT_READ, ACT_WRITE and ACT_LEAVE (whoever is in it), ACT_UNSAY (one's own
 * words), ACT_DELETE_OTHERS and ACT_REMOVE (others' words, and others). */
struct access_passing {
    bool listed, is_in;
    bool out;   /* was removed from it */
    bool rules; /* made it, or is one of the server's administrators */
};
enum fail access_passing(const struct access_passing *a, enum act act);
/* May this person make a passing room? */
enum fail access_passing_make(
    const struct user_row *user, bool listed, const struct p_settings *settings);
/* May they act on this account? The owner on everybody but themselves, admins on plain members, the
 * shell on all. `user` 0: on the one of the name `handle`. False: said no. */
bool access_account(struct run *r, id64 user, struct str handle, struct user_row *ret);
/* May they give roles on the server? The owner, and the shell. False: said no. */
bool access_roles(struct run *r);
/* May they act on the room, or (room 0) on the one of this name or id? On all but private
 * conversations. False: said no. */
bool access_shared_room(struct run *r, id64 room, struct str handle, struct room_row *ret);
/* May they see a person's e-mail address, and may they where nobody else may? */
bool access_email(
    const struct who *who, const struct user_row *of, const struct profile_row *profile);
bool access_email_unseen(const struct who *who, const struct user_row *of);
/* May one of role `mine` remove one of role `theirs`? The owner everybody, admins plain members. */
bool access_over(int mine, int theirs);
