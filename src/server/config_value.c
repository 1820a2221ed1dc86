#include "server/config_value.h"

#include <errno.h>

#include "base/clock.h"

struct unit {
    struct str name;
    int64_t factor;
};

static int scaled(struct str s, const struct unit *units, size_t n, int64_t bare, int64_t *ret) {
    size_t digits = 0;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    int64_t value, factor = bare;
    if (str_to_i64(str_make(s.p, digits), &value) < 0)
        return -EINVAL;
    struct str unit = str_trim(str_from_index(s, digits));
    if (unit.n) {
        factor = 0;
        for (size_t i = 0; i < n; i++)
            if (str_eq_nocase(unit, units[i].name))
                factor = units[i].factor;
        if (!factor)
            return -EINVAL;
    }
    return __builtin_mul_overflow(value, factor, ret) ? -EINVAL : 0;
}

int config_value_duration(struct str s, int64_t *ret_us) {
    static const struct unit units[] = {{STR("ms"), 1000}, {STR("s"), SECOND_US},
        {STR("m"), MINUTE_US}, {STR("h"), HOUR_US}, {STR("d"), DAY_US}};
    int64_t us;
    int r = scaled(s, units, sizeof units / sizeof *units, SECOND_US, &us);
    if (r == 0)
        *ret_us = us;
    return r;
}

int config_value_size(struct str s, int64_t *ret_bytes) {
    static const struct unit units[] = {{STR("K"), 1 << 10}, {STR("M"), 1 << 20},
        {STR("G"), 1 << 30}, {STR("KB"), 1 << 10}, {STR("MB"), 1 << 20}, {STR("GB"), 1 << 30},
        {STR("B"), 1}};
    int64_t bytes;
    int r = scaled(s, units, sizeof units / sizeof *units, 1, &bytes);
    if (r == 0)
        *ret_bytes = bytes;
    return r;
}

int config_value_bool(struct str s, bool *ret_value) {
    static const struct {
        struct str word;
        bool value;
    } words[] = {{STR("yes"), true}, {STR("no"), false}, {STR("true"), true}, {STR("false"), false},
        {STR("on"), true}, {STR("off"), false}, {STR("1"), true}, {STR("0"), false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(s, words[i].word)) {
            *ret_value = words[i].value;
            return 0;
        }
    return -EINVAL;
}

#define DISTANCE_MAX 48

size_t config_value_distance(struct str a, struct str b) {
    size_t row[DISTANCE_MAX + 1];
    if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.n];
}
