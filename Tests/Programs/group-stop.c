// Stops itself with SIGSTOP; a child sends SIGCONT as soon as it sees its parent stopped.
// Leaves with status 0 when it was continued.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_stopped(pid_t process) {
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    int descriptor = open(path, O_RDONLY);
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    char *state = length > 0 ? strstr(text, ") ") : NULL;
    return state && (state[2] == 'T' || state[2] == 't');
}

int main(void) {
    pid_t self = getpid();
    pid_t child = fork();
    if (child == 0) {
        while (!is_stopped(self)) usleep(1000);
        // A tracer's stop looks the same for a moment; the second look tells them apart.
        usleep(20000);
        while (!is_stopped(self)) usleep(1000);
        kill(self, SIGCONT);
        _exit(0);
    }
    raise(SIGSTOP);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}
