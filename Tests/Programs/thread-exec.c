// Executes the program argv[1] from a thread that is not the first, while the first waits for it.
// The program's arguments follow its path.
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

// Set when pthread_create has made its last call: whether one that execve ends counts would depend
// on which of the two threads is faster.
static atomic_int is_created;

static void *execute(void *arguments) {
    while (!atomic_load(&is_created)) {
    }
    execv(((char **)arguments)[0], arguments);
    _exit(127);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    pthread_t thread;
    if (pthread_create(&thread, NULL, execute, argv + 1) != 0) return 1;
    atomic_store(&is_created, 1);
    pthread_join(thread, NULL);
    return 1;
}
