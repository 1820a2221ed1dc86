/* Secrets of sessions: 32 random bytes as 43 characters of base64url. Only their BLAKE2b stands in
 * the database, so that whoever reads it can't sign in with it. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

#define TOKEN_TEXT 43
#define TOKEN_HASH 32

void token_new(char ret_text[static TOKEN_TEXT]);
/* False when it can't be a token at all. */
bool token_hash(struct str text, unsigned char ret_hash[static TOKEN_HASH]);
/* Short digest of anything, for keys. */
void token_digest(struct str bytes, unsigned char *ret, size_t n);
