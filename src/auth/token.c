#include "auth/token.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "base/rand.h"

void token_new(char ret_text[static TOKEN_TEXT]) {
    unsigned char secret[32];
    char text[TOKEN_TEXT + 1];
    rand_bytes(secret, sizeof secret);
    sodium_bin2base64(
        text, sizeof text, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    memcpy(ret_text, text, TOKEN_TEXT);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
}

bool token_hash(struct str text, unsigned char ret_hash[static TOKEN_HASH]) {
    if (text.n != TOKEN_TEXT)
        return false;
    token_digest(text, ret_hash, TOKEN_HASH);
    return true;
}

void token_digest(struct str bytes, unsigned char *ret, size_t n) {
    unsigned char digest[32];
    CHECK(n <= sizeof digest);
    crypto_generichash(digest, sizeof digest, (const unsigned char *)bytes.p, bytes.n, NULL, 0);
    memcpy(ret, digest, n);
}
