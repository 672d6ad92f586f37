// Makes folders in folders, with the longest names there are, far deeper than a path can say, and
// files of no permissions in them. Prints the Unix sockets among argv[3] and following that answer.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sandboxed.h"

enum { LEVELS = 500 };

static void try_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(end, (struct sockaddr *)&address, sizeof address) == 0) puts(path);
    close(end);
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (int i = 3; i < argc; i++) try_socket(argv[i]);
    fflush(stdout);
    char name[256] = "";
    memset(name, 'x', 255);
    for (int level = 0; level < LEVELS; level++) {
        close(open("nobody", O_WRONLY | O_CREAT, 0));
        if (mkdir(name, 0777) < 0 || chdir(name) < 0) return 1;
        chmod("..", 0);
    }
    return 0;
}
