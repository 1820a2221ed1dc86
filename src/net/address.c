#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

size_t address_text(const struct sockaddr *sa, char out[static ADDRESS_TEXT]) {
    out[0] = '\0';
    if (sa->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, out, ADDRESS_TEXT);
    } else if (sa->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)sa)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(v6))
            inet_ntop(AF_INET, v6->s6_addr + 12, out, ADDRESS_TEXT);
        else
            inet_ntop(AF_INET6, v6, out, ADDRESS_TEXT);
    } else {
        snprintf(out, ADDRESS_TEXT, "unix");
    }
    return strlen(out);
}

static int parse_ip(struct str text, sa_family_t *ret_family, uint8_t out[static 16]) {
    char z[ADDRESS_TEXT];
    if (text.n == 0 || text.n >= sizeof z || memchr(text.p, '\0', text.n))
        return -EINVAL;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    memset(out, 0, 16);
    *ret_family = str_find(text, ':') >= 0 ? AF_INET6 : AF_INET;
    return inet_pton(*ret_family, z, out) == 1 ? 0 : -EINVAL;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits) {
    unsigned bytes = bits / 8, rest = bits % 8;
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || ((a[bytes] ^ b[bytes]) & (0xFF << (8 - rest))) == 0;
}

int address_range_parse(struct str text, struct address_range *ret_range) {
    struct address_range range = {.family = AF_UNIX};
    if (str_eq(text, STR("unix"))) {
        *ret_range = range;
        return 0;
    }
    ptrdiff_t slash = str_find(text, '/');
    struct str ip = slash < 0 ? text : str_make(text.p, (size_t)slash);
    if (parse_ip(ip, &range.family, range.address) < 0)
        return -EINVAL;
    uint64_t most = range.family == AF_INET ? 32 : 128, bits = most;
    if (slash >= 0
        && (str_to_u64(str_from_index(text, (size_t)slash + 1), &bits) < 0 || bits > most))
        return -EINVAL;
    range.bits = (uint8_t)bits;
    for (unsigned i = (unsigned)bits; i < most; i++)
        if (range.address[i / 8] & (0x80 >> (i % 8)))
            return -EINVAL;
    *ret_range = range;
    return 0;
}

bool address_in_range(struct str address, const struct address_range *range) {
    if (range->family == AF_UNIX)
        return str_eq(address, STR("unix"));
    uint8_t ip[16];
    sa_family_t family;
    if (parse_ip(address, &family, ip) < 0 || family != range->family)
        return false;
    return same_prefix(ip, range->address, range->bits);
}
