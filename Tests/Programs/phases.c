// Sets itself up and then serves, one wait before each request, which the arguments are. With
// `tree` first a forked worker serves, with `threads` a thread sleeps beside.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void sleep_for(int seconds) {
    struct timespec time = {seconds, 0};
    nanosleep(&time, 0);
}

static void *idle(void *nothing) {
    sleep_for(30);
    return nothing;
}

static void set_up(void) {
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    close(open("/etc/passwd", O_RDONLY));
}

static void serve(const char *request) {
    poll(0, 0, 1);
    errno = 0;
    if (strcmp(request, "socket") == 0) socket(AF_UNIX, SOCK_STREAM, 0);
    if (strcmp(request, "execute") == 0) execl("/bin/true", "true", (char *)0);
    if (strcmp(request, "sleep") == 0) sleep_for(20);
    if (strcmp(request, "nap") == 0) sleep_for(0);
    if (strcmp(request, "flags") == 0) fcntl(1, F_GETFD);
    if (strcmp(request, "mode") == 0) fcntl(1, F_GETFL);
    // Nothing that allocates: it would set itself up here.
    char line[64];
    int length = snprintf(line, sizeof line, "%s %d\n", request, errno);
    if (write(1, line, (size_t)length) < 0) _exit(5);
}

int main(int count, char **arguments) {
    int first = 1;
    set_up();
    if (count > 1 && strcmp(arguments[1], "slow") == 0) {
        first = 2;
        sleep_for(20);
    }
    if (count > 1 && strcmp(arguments[1], "threads") == 0) {
        first = 2;
        pthread_t thread;
        if (pthread_create(&thread, 0, idle, 0)) return 3;
    }
    if (count > 1 && strcmp(arguments[1], "tree") == 0) {
        first = 2;
        pid_t worker = fork();
        if (worker != 0) {
            int status = 1;
            waitpid(worker, &status, 0);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
        }
        chdir("/");
        set_up();
    }
    for (int i = first; i < count; i++) serve(arguments[i]);
    return 7;
}
