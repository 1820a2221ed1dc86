/* Parts of rooms that members.c and import.c use too. */
#pragma once

#include "domain/core.h"

/* name_key and search from name and topic. */
void room_fill_names(struct arena *a, struct room_row *room);
/* Can this account be anybody's company? False: said no. */
bool room_may_belong(struct run *r, const struct user_row *user);
/* And can the one bring them into a room? Whoever follows a link comes by themselves. */
bool room_may_add(struct run *r, const struct user_row *by, const struct user_row *user);
/* How many a room may hold. */
int64_t room_members_most(struct run *r);
/* As a member from the room's present head on. */
void room_put_member(struct run *r, struct room_row *room, id64 user, int role);
void room_tell_added(struct run *r, id64 user, id64 room);
/* A page of who is in it, as in.list asks. */
void members_answer(struct run *r, id64 room);
/* Gone with all that is in it, for everybody. */
void room_remove(struct run *r, id64 room);
/* The asker's RoomEntry. */
void room_answer_entry(struct run *r, id64 room);
