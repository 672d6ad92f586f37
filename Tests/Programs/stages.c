// One call of its own for each stage of a program's life.
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void handle(int signal) {
    getpgid(signal);
}

static void *run(void *argument) {
    getppid();
    return argument;
}

__attribute__((constructor)) static void construct(void) {
    getsid(0);
}

__attribute__((destructor)) static void destruct(void) {
    getpriority(PRIO_PROCESS, 0);
}

int main(void) {
    struct sigaction action;
    pthread_t thread;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    sigaction(SIGUSR1, &action, 0);
    sethostname("", 0);
    pthread_create(&thread, 0, run, 0);
    pthread_join(thread, 0);
    return 0;
}
