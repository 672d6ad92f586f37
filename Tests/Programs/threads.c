// Starts argv[1] threads one after another, each of which makes one getppid call.
// They never run at the same time, so that no lock is ever waited for.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *call(void *unused) {
    (void)unused;
    getppid();
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 2;
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, call, NULL) != 0) return 1;
        if (pthread_join(thread, NULL) != 0) return 1;
    }
    return 0;
}
