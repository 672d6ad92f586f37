// Opens everything below argv[3] and following, then below /, for writing, /proc, /sys and /dev too, and writes a byte to each.
// Prints every path that took it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>

#include "sandboxed.h"

static int overwrite(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)place;
    if (kind != FTW_F) return 0;
    int file = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return 0;
    if (write(file, "1", 1) == 1) {
        puts(path);
        fflush(stdout);
    }
    close(file);
    return 0;
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (int i = 3; i < argc; i++) nftw(argv[i], overwrite, 64, FTW_PHYS);
    nftw("/", overwrite, 64, FTW_PHYS);
    return 0;
}
