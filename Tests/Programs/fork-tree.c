// Forks a binary tree of argv[1] levels; each process waits for one child before the next.
// A leaf makes one getpgrp call.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void grow(int levels) {
    if (levels == 0) {
        getpgrp();
        return;
    }
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            grow(levels - 1);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

int main(int argc, char **argv) {
    grow(argc > 1 ? atoi(argv[1]) : 2);
    return 0;
}
