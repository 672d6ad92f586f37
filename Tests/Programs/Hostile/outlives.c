// Leaves a daemon behind that ignores signals, closes what it has inherited and appends a byte to
// the file argv[3] a hundred times a second for ever. The parent leaves at once.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>

#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    if (argc < 4 || fork() > 0) return 0;
    setsid();
    if (fork() > 0) return 0;
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    close_range(0, ~0U, 0);
    for (;;) {
        int file = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (file >= 0 && write(file, "x", 1) > 0) close(file);
        usleep(10000);
    }
}
