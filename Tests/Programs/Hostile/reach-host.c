// Tries what its arguments say with things that its starter has made for it, and writes a line for
// each that it came to. Each argument is KIND:PATH.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sandboxed.h"

// How long somebody outside is waited for.
enum { WATCH_MILLISECONDS = 400 };

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return 0;
    strcpy(address.sun_path, path);
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    int reached = connect(end, (struct sockaddr *)&address, sizeof address) == 0;
    close(end);
    return reached;
}

static int write_to(const char *path) {
    int end = open(path, O_WRONLY | O_NONBLOCK);
    return end >= 0 && write(end, "from inside\n", 12) == 12;
}

static int read_from(const char *path) {
    char bytes[64];
    int end = open(path, O_RDONLY | O_NONBLOCK);
    return end >= 0 && read(end, bytes, sizeof bytes) > 0;
}

// Whether a lock that is held outside is in its way.
static int meet_lock(const char *path) {
    int file = open(path, O_RDONLY);
    return file >= 0 && flock(file, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static int watch(const char *path) {
    int watcher = inotify_init1(IN_NONBLOCK);
    if (inotify_add_watch(watcher, path, IN_ALL_EVENTS) < 0) return 0;
    struct pollfd state = {.fd = watcher, .events = POLLIN};
    return poll(&state, 1, WATCH_MILLISECONDS) == 1;
}

static int see(const char *path) { return access(path, F_OK) == 0; }

static const struct {
    const char *name;
    int (*reaches)(const char *path);
} kinds[] = {
    {"connect", connect_to}, {"write", write_to}, {"read", read_from},
    {"lock", meet_lock},     {"watch", watch},    {"see", see},
};

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    puts("inside");
    for (int i = 3; i < argc; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            size_t length = strlen(kinds[k].name);
            if (strncmp(argv[i], kinds[k].name, length) || argv[i][length] != ':') continue;
            const char *path = argv[i] + length + 1;
            const char *name = strrchr(path, '/');
            if (kinds[k].reaches(path)) printf("%s %s\n", kinds[k].name, name ? name + 1 : path);
        }
    }
    return 0;
}
