// Touches argv[1] megabytes of memory (512 at most), then pauses.
// A memory bomb with a known end.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 64;
    for (int i = 0; i < count && i < 512; i++) {
        volatile char *block = malloc(1 << 20);
        if (!block) return 1;
        for (int offset = 0; offset < 1 << 20; offset += 4096) block[offset] = 1;
    }
    for (;;) pause();
}
