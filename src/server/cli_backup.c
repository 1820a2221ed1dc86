#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "domain/domain.h"
#include "protocol_gen.h"
#include "server/cli.h"
#include "store/store.h"

int cli_backup(const struct cli_command *command, int argc, char **argv) {
    _cleanup_buf_ struct buf error = {0};
    struct config config;
    struct cli_data data;
    bool replace = cli_take_flag(&argc, argv, "--force");
    if (!cli_load(command, argc, argv, 1, 1, &config))
        return CLI_USAGE;
    int status = CLI_FAILED;
    const char *path = config.words.items[0];
    if (cli_open(&config, CLI_SHARED, false, &data)) {
        struct stat st;
        int r = store_backup(data.store, path, replace, &error);
        if (r < 0)
            cli_complain("%s%s", buf_z(&error), r == -EEXIST ? CLI_FORCE : "");
        else {
            status = CLI_DONE;
            cli_note(&data, AUDIT_ACT_DATA_COPIED, NULL, path); /* the deed is done already */
            printf("%s: %lld bytes\n", path, stat(path, &st) == 0 ? (long long)st.st_size : 0);
        }
        cli_close(&data);
    }
    config_fini(&config);
    return status;
}

int cli_restore(const struct cli_command *command, int argc, char **argv) {
    _cleanup_buf_ struct buf error = {0};
    struct config config;
    if (!cli_load(command, argc, argv, 1, 1, &config))
        return CLI_USAGE;
    int status = CLI_DONE;
    if (store_restore(config.data, config.words.items[0], &error) < 0)
        status = cli_complain("%s", buf_z(&error));
    else {
        printf("restored %s into %s\n", config.words.items[0], config.data);
        struct cli_data data;
        if (cli_open(&config, CLI_ALONE, false, &data)) {
            cli_note(&data, AUDIT_ACT_DATA_RESTORED, NULL, config.words.items[0]);
            cli_close(&data);
        }
    }
    config_fini(&config);
    return status;
}
