// Leaves a process behind that no tracer is told of, and that ignores signals, forks for ever and
// works without a pause. The parent leaves at once.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "sandboxed.h"

static long fork_untraced(void) { return syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0); }

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    if (fork_untraced() > 0) return 0;
    setsid();
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    for (volatile unsigned long i = 0;; i++) {
        if (i % (1 << 16) == 0) fork_untraced();
    }
}
