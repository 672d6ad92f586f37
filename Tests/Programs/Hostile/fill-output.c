// Prints the size of the file argv[3] of its file tree, removes it, and writes to standard output
// for ever. A whole file makes it do one thing more, so that a smaller input shows less.
#include <stdio.h>
#include <sys/stat.h>

#include "sandboxed.h"

enum { WHOLE = 1000 };

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    struct stat status;
    if (argc > 3 && stat(argv[3], &status) == 0) {
        printf("%ld\n", (long)status.st_size);
        if (status.st_size >= WHOLE) getpgid(0);
        unlink(argv[3]);
    }
    fflush(stdout);
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (;;) write(1, block, sizeof block);
}
