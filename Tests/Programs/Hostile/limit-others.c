// Takes from every process that it may the right to open files, to write, to have memory, and
// processor time. Prints the number of each other process that it has reached.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    static const int resources[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA,
                                    RLIMIT_NPROC};
    struct rlimit none = {0, 0};
    for (pid_t process = 1; process < 64; process++) {
        if (process == getpid()) continue;
        for (unsigned i = 0; i < sizeof resources / sizeof *resources; i++) {
            if (prlimit(process, resources[i], &none, NULL) == 0) printf("%d\n", process);
        }
    }
    fflush(stdout);
    return 0;
}
