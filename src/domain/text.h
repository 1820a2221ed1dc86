/* What texts may hold, and the forms they are found by. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct op;

/* Longest message that the server takes now (settings.c). */
int text_message_chars(const struct op *op);
/* Each says no on `op` when the text won't do. */
/* 1 to text_message_chars characters, not all of them blank; newline and tab are the only control
 * characters. Stored as written. */
bool text_check_message(struct op *op, struct str text);
/* Handle: case is folded, the result is in the arena. */
bool text_check_name(struct op *op, struct str name, struct str *ret_name);
/* One line, trimmed, without what hides or turns text around. */
bool text_check_display_name(struct op *op, struct str name, struct str *ret_name);
bool text_check_room_name(struct op *op, struct str name, struct str *ret_name);
bool text_check_server_name(struct op *op, struct str name, struct str *ret_name);
bool text_check_topic(struct op *op, struct str topic, struct str *ret_topic);
/* Why something was done: one line, not empty. */
bool text_check_reason(struct op *op, struct str reason, struct str *ret_reason);
/* Several lines, trimmed; may be empty. */
bool text_check_about(struct op *op, struct str about, struct str *ret_about);
/* Empty, or what looks like an address. */
bool text_check_email(struct op *op, struct str email, struct str *ret_email);
bool text_check_status(struct op *op, struct str text, struct str *ret_text);
bool text_check_client_id(struct op *op, struct str client_id);

/* For finding and sorting regardless of case. */
struct str text_fold(struct arena *a, struct str s);
/* Folded words of both, each after a blank. */
struct str text_search(struct arena *a, struct str name, struct str more);
/* At most `chars` characters, control characters as blanks; never refuses. */
struct str text_cut(struct arena *a, struct str s, size_t chars);
