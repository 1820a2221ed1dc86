#include <string.h>

#include "media/media.h"
#include "server/cli.h"

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], MEDIA_CHILD) == 0)
        media_child_main();
    return cli_main(argc, argv);
}
