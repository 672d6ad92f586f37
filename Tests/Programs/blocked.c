// Sleeps for ever: in pause, in a read from a pipe that it holds both ends of ("pipe"), in a lock
// that a second thread waits for as well ("lock"), stopped ("stop"), or with a timer ("timer").
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock(void *unused) {
    (void)unused;
    pthread_mutex_lock(&mutex);
    return NULL;
}

static void finish(int signal) {
    (void)signal;
    _exit(7);
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "pause";
    if (strcmp(how, "pipe") == 0) {
        int ends[2];
        char byte;
        if (pipe(ends) < 0) return 1;
        return read(ends[0], &byte, 1) == 1;
    }
    if (strcmp(how, "lock") == 0) {
        pthread_t thread;
        pthread_mutex_lock(&mutex);
        pthread_create(&thread, NULL, lock, NULL);
        lock(NULL);
    }
    if (strcmp(how, "stop") == 0) raise(SIGSTOP);
    if (strcmp(how, "timer") == 0) {
        signal(SIGALRM, finish);
        alarm(1);
    }
    for (;;) pause();
}
