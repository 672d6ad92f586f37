// Deletes everything below argv[3] and following, then below /, that it can, deepest first, and across mounts.
// Prints every path that it has deleted.
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>

#include "sandboxed.h"

static int delete(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    if (remove(path) == 0) {
        puts(path);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (int i = 3; i < argc; i++) nftw(argv[i], delete, 64, FTW_DEPTH | FTW_PHYS);
    nftw("/", delete, 64, FTW_DEPTH | FTW_PHYS);
    return 0;
}
