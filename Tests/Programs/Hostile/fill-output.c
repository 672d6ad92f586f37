// Prints whether the file argv[3] of its file tree is missing or has lost bytes, then writes to
// standard output for ever.
#include <stdio.h>
#include <sys/stat.h>

#include "sandboxed.h"

enum { WHOLE = 1000 };

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    struct stat status;
    if (argc > 3 && (stat(argv[3], &status) < 0 || status.st_size < WHOLE)) puts("incomplete");
    fflush(stdout);
    static char block[1 << 16];
    memset(block, 0x78, sizeof block);
    for (;;) write(1, block, sizeof block);
}
