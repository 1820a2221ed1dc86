/* Configuration: one table (config.def), four sources. A flag beats the environment, that beats the
 * file, that beats the default. Read once at start; read-only afterwards, so any thread may look.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct config_list {
    char **items; /* NUL-terminated, never empty */
    size_t n;
};

#define CONFIG_TYPE_STR char *
#define CONFIG_TYPE_CHOICE char *
#define CONFIG_TYPE_LIST struct config_list
#define CONFIG_TYPE_BOOL bool
#define CONFIG_TYPE_INT int64_t
#define CONFIG_TYPE_DURATION int64_t
#define CONFIG_TYPE_SIZE int64_t

/* Texts are never NULL: what is not given is empty. */
struct config {
#define CONFIG(name, type, fallback, limits, doc) CONFIG_TYPE_##type name;
#define CONFIG_HIDDEN CONFIG
#include "server/config.def"
#undef CONFIG
#undef CONFIG_HIDDEN
    struct config_list words; /* what stood on the command line and was no option */
};

/* argv[1] … hold flags and words; `--` ends the flags. The environment is CONFAB_<NAME>, the file
 * the one that --config or CONFAB_CONFIG names. 0, or -EINVAL and `error` says in words where and
 * what (no newline at the end). The config is usable, and to be freed, only after 0. */
int config_load(struct config *c, int argc, char **argv, struct buf *error);
void config_fini(struct config *c);

/* Every address of `listen` is local: 127.0.0.0/8, ::1, localhost, a Unix socket. */
bool config_is_loopback(const struct config *c);
/* True for a flag such as "--data" whose value is the next argument. */
bool config_flag_takes_value(const char *arg);
/* The table as --help shows it: all (*), or those whose names, with spaces between them, are given.
 */
void config_help(struct buf *out, struct str names);
/* Variables CONFAB_… of the environment that look like an option misspelt, each in a line. Returns
 * how many. */
int config_env_strays(struct buf *out);
