// Is stopped and continued by a child during a sleep, which the kernel restarts.
// The sleep is long enough for the child to come in between.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    pid_t self = getpid();
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        kill(self, SIGSTOP);
        usleep(20000);
        kill(self, SIGCONT);
        _exit(0);
    }
    struct timespec pause = {0, 100000000};
    int result = nanosleep(&pause, NULL);
    waitpid(child, NULL, 0);
    return result == 0 ? 0 : 1;
}
