// A child forks without end until its parent kills it in the middle; argv[1] rounds.
// Grandchildren leave by themselves after one getpgrp call.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    for (int i = 0; i < rounds; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (;;) {
                pid_t grandchild = fork();
                if (grandchild == 0) {
                    getpgrp();
                    _exit(0);
                }
                waitpid(grandchild, NULL, 0);
            }
        }
        usleep(2000 + i * 37);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return 0;
}
