// Keeps argv[1] children alive at the same time, each in pause, and then pauses as well.
// A fork bomb with a known end.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 32;
    for (int i = 0; i < count && i < 256; i++) {
        if (fork() == 0) break;
    }
    for (;;) pause();
}
