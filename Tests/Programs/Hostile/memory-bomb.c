// Touches memory for ever: private, shared and in memfd files.
// Goes on when an allocation is refused.
#define _GNU_SOURCE
#include <sys/mman.h>

#include "sandboxed.h"

enum { BLOCK = 16 << 20 };

static void touch(int flags, int descriptor) {
    volatile char *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    if ((void *)block == MAP_FAILED) return;
    for (long i = 0; i < BLOCK; i += 4096) block[i] = 1;
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (;;) {
        touch(MAP_PRIVATE | MAP_ANONYMOUS, -1);
        touch(MAP_SHARED | MAP_ANONYMOUS, -1);
        int file = memfd_create("bomb", 0);
        if (file >= 0 && ftruncate(file, BLOCK) == 0) touch(MAP_SHARED, file);
    }
}
