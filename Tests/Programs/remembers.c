// A server that takes up one connection after another and remembers what it was told on those
// before: "open" is answered with sched_get_priority_max when "know" was said on an earlier one.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_end(int signal) {
    (void)signal;
    _exit(0);
}

int main(void) {
    struct sigaction end = {.sa_handler = on_end};
    sigaction(SIGTERM, &end, NULL);
    int server = socket(AF_INET, SOCK_STREAM, 0), knows = 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 8) < 0) {
        return 1;
    }
    for (;;) {
        char message[256];
        int client = accept(server, NULL, NULL), is_told = 0;
        ssize_t size;
        while ((size = read(client, message, sizeof message)) > 0) {
            if (memmem(message, (size_t)size, "open", 4) && knows) {
                sched_get_priority_max(SCHED_OTHER);
            }
            if (memmem(message, (size_t)size, "know", 4)) is_told = 1;
        }
        close(client);
        if (is_told) knows = 1;
    }
}
