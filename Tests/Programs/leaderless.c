// The first thread leaves by pthread_exit and the second goes on, then executes /bin/true.
// The process lives on without its first thread.
#include <pthread.h>
#include <unistd.h>

static void *go_on(void *unused) {
    (void)unused;
    usleep(10000);
    getpgrp();
    execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, go_on, NULL);
    pthread_exit(NULL);
}
