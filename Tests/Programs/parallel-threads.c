// Starts argv[1] threads that make argv[2] getppid calls each, all at the same time.
// Only the number of getppid calls is the same in every run.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int calls;

static void *call(void *unused) {
    (void)unused;
    for (int i = 0; i < calls; i++) getppid();
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 4;
    calls = argc > 2 ? atoi(argv[2]) : 100;
    pthread_t threads[64];
    if (count > 64) return 2;
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, call, NULL) != 0) return 1;
    }
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    return 0;
}
