// Closes everything it has inherited and waits for what never comes, with every signal blocked.
// A thread beside the first does the same.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "sandboxed.h"

static void *hang(void *unused) {
    for (;;) pause();
    return unused;
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close_range(0, ~0U, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, hang, NULL);
    hang(NULL);
}
