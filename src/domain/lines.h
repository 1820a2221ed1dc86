/* What operations about one line share. Inside src/domain only. */
#pragma once

#include "domain/access.h"

/* The line `message` of `room`, for somebody who may do `act` there. False: said no. */
bool line_find(struct run *r, id64 room, id64 message, enum act act, struct access_row *ret_access,
    struct line_row *ret_line);
/* The whisper of `room` that the asker said or heard. False: said no. */
bool whisper_find(struct run *r, id64 room, id64 whisper, enum act act,
    struct access_row *ret_access, struct heard_row *ret);
/* Deletes it for everybody: text, history, reactions and pin go, the place stays. */
void line_delete(struct run *r, struct access_row *a, const struct message_row *m);
/* Numbers a change of a line that stands already; `emoji` .p NULL but for reactions. The room's
 * head moves on. */
int64_t line_change(struct run *r, struct access_row *a, const struct message_row *m,
    enum change_kind kind, struct str emoji);
