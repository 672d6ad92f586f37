// Writes a file into every directory below argv[3] and following, then below /, where it may, until the file system is full, and
// then makes files of no bytes until it has no more of those either. Prints the directories.
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>

#include "sandboxed.h"

static char block[1 << 20];

static int fill(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)place;
    if (kind != FTW_D && kind != FTW_DP) return 0;
    char name[4096];
    snprintf(name, sizeof name, "%s/fill", path);
    int file = open(name, O_WRONLY | O_CREAT, 0600);
    if (file < 0) return 0;
    puts(path);
    fflush(stdout);
    while (write(file, block, sizeof block) > 0) {
    }
    close(file);
    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "%s/fill-%d", path, i);
        file = open(name, O_WRONLY | O_CREAT, 0600);
        if (file < 0) return 0;
        close(file);
    }
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (int i = 3; i < argc; i++) nftw(argv[i], fill, 64, FTW_PHYS);
    nftw("/", fill, 64, FTW_PHYS);
    return 0;
}
