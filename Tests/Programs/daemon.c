// Becomes a daemon by forking twice with setsid between; the first parent leaves at once.
// The daemon lives argv[1] milliseconds longer (for ever when negative), then makes a umask call.
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    long lifetime = argc > 1 ? atol(argv[1]) : 50;
    pid_t child = fork();
    if (child > 0) {
        waitpid(child, NULL, 0);
        return 0;
    }
    setsid();
    if (fork() > 0) _exit(0);
    if (lifetime < 0) {
        for (;;) pause();
    }
    struct timespec pause = {lifetime / 1000, lifetime % 1000 * 1000000};
    nanosleep(&pause, NULL);
    umask(022);
    return 0;
}
