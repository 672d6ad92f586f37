// Makes a process by clone3, and one by clone without a signal on exit, without the C library.
// Each makes one getppid call.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int finish(long child) {
    if (child < 0) return 1;
    if (child == 0) {
        getppid();
        _exit(0);
    }
    return waitpid((pid_t)child, NULL, __WALL) == child ? 0 : 1;
}

int main(void) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    int failures = finish(syscall(SYS_clone3, &arguments, sizeof arguments));
    failures += finish(syscall(SYS_clone, 0, 0, 0, 0, 0));
    return failures;
}
