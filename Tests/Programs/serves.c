// A server in several manners, by argv[1]: "select" (one process), "threads", "forks", "daemon"
// (one process in the background), "keeper" (one process, with a thread that keeps time),
// "slow-keeper" (the same with longer pauses), "udp",
// "unix", "unix-datagram", "both" (one process, by TCP, and by UDP, where each message is answered
// with getsid). TCP and UDP ports are left to
// the kernel; argv[2] is the path of a UNIX socket, relative to the directory it starts in.
//
// It handles each byte of a message: 'p' or 'P' getppid, 'u' or 'U' umask, '$' computes for a while
// and then getpriority, '~' sleeps 30 ms before it does the same, '!' exits with 3. SIGUSR1 is answered with
// sched_get_priority_max, SIGTERM with exit
// status 7.
#include <poll.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t ends;

static void on_end(int signal) {
    (void)signal;
    ends = 1;
}

static void on_user(int signal) {
    (void)signal;
    sched_get_priority_max(SCHED_OTHER);
}

static void handle(const char *message, ssize_t size) {
    for (ssize_t i = 0; i < size; i++) {
        if (message[i] == 'p' || message[i] == 'P') getppid();
        if (message[i] == 'u' || message[i] == 'U') umask(022);
        if (message[i] == '!') _exit(3);
        if (message[i] == '~') {
            usleep(30000);
            getpriority(PRIO_PROCESS, 0);
        }
        if (message[i] == '$') {
            for (volatile long count = 0; count < 20000000; count++) {
            }
            getpriority(PRIO_PROCESS, 0);
        }
    }
}

// Whether there may be more.
static int serve(int client) {
    char message[4096];
    ssize_t size = read(client, message, sizeof message);
    if (size <= 0) return 0;
    handle(message, size);
    return write(client, message, (size_t)size) == size;
}

static void *serve_all(void *argument) {
    int client = (int)(long)argument;
    while (serve(client)) {
    }
    close(client);
    return NULL;
}

static int listening(const char *manner, const char *path) {
    int is_unix = strncmp(manner, "unix", 4) == 0;
    int is_datagram = strcmp(manner, "udp") == 0 || strcmp(manner, "unix-datagram") == 0;
    int server = socket(is_unix ? AF_UNIX : AF_INET, is_datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in internet = {.sin_family = AF_INET};
    if (is_unix) strncpy(local.sun_path, path, sizeof local.sun_path - 1);
    int result = is_unix ? bind(server, (struct sockaddr *)&local, sizeof local)
                         : bind(server, (struct sockaddr *)&internet, sizeof internet);
    if (result < 0 || (!is_datagram && listen(server, 8) < 0)) exit(1);
    return server;
}

static void serve_datagrams(int server) {
    while (!ends) {
        char message[4096];
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        ssize_t size = recvfrom(server, message, sizeof message, 0, (struct sockaddr *)&peer, &length);
        if (size < 0) continue;
        handle(message, size);
        sendto(server, message, (size_t)size, 0, (struct sockaddr *)&peer, length);
    }
}

static void serve_many(int server) {
    struct pollfd polled[64] = {{.fd = server, .events = POLLIN}};
    nfds_t count = 1;
    while (!ends) {
        if (poll(polled, count, -1) < 0) continue;
        for (nfds_t i = count - 1; i > 0; i--) {
            if (!polled[i].revents || serve(polled[i].fd)) continue;
            close(polled[i].fd);
            polled[i] = polled[--count];
        }
        if (polled[0].revents && count < 64) {
            polled[count++] = (struct pollfd){.fd = accept(server, NULL, NULL), .events = POLLIN};
        }
    }
}

static void serve_both(int server, int datagrams) {
    struct pollfd polled[2] = {{.fd = server, .events = POLLIN}, {.fd = datagrams, .events = POLLIN}};
    while (!ends) {
        if (poll(polled, 2, -1) < 0) continue;
        char message[4096];
        if (polled[1].revents && recvfrom(datagrams, message, sizeof message, 0, NULL, NULL) > 0) {
            getsid(0);
        }
        if (polled[0].revents) serve_all((void *)(long)accept(server, NULL, NULL));
    }
}

static void serve_each(int server, int forks) {
    while (!ends) {
        int client = accept(server, NULL, NULL);
        if (client < 0) continue;
        if (!forks) {
            pthread_t thread;
            pthread_create(&thread, NULL, serve_all, (void *)(long)client);
            pthread_detach(thread);
            continue;
        }
        if (fork() == 0) {
            serve_all((void *)(long)client);
            _exit(0);
        }
        close(client);
    }
}

static void *keep_time(void *argument) {
    for (;;) usleep((useconds_t)(long)argument);
    return NULL;
}

static void start_keeper(long pause) {
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_create(&thread, NULL, keep_time, (void *)pause);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(int argc, char **argv) {
    const char *manner = argc > 1 ? argv[1] : "select";
    struct sigaction end = {.sa_handler = on_end}, user = {.sa_handler = on_user};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGUSR1, &user, NULL);
    signal(SIGCHLD, SIG_IGN);
    if (strcmp(manner, "daemon") == 0 && fork() > 0) return 0;
    if (strcmp(manner, "keeper") == 0) start_keeper(20000);
    if (strcmp(manner, "slow-keeper") == 0) start_keeper(190000);
    int server = listening(manner, argc > 2 ? argv[2] : "");
    if (strcmp(manner, "udp") == 0 || strcmp(manner, "unix-datagram") == 0) {
        serve_datagrams(server);
    } else if (strcmp(manner, "both") == 0) {
        serve_both(server, listening("udp", ""));
    } else if (strcmp(manner, "threads") == 0 || strcmp(manner, "forks") == 0) {
        serve_each(server, strcmp(manner, "forks") == 0);
    } else {
        serve_many(server);
    }
    return 7;
}
