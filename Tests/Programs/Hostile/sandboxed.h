// Keeps the programs of this folder from doing harm outside of a sandbox. argv[1] and argv[2] are
// the starter's own /proc/self/ns/pid and /proc/self/ns/mnt links; the program must be elsewhere.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The machine's first PID namespace has the same number on every Linux.
#define FIRST_PID_NAMESPACE "pid:[4026531836]"
enum { REFUSED = 99 };

static void require_other_namespace(const char *link, const char *starter) {
    char own[64] = "";
    ssize_t length = readlink(link, own, sizeof own - 1);
    if (length <= 0 || !strchr(starter, '[')) _exit(REFUSED);
    if (strcmp(own, starter) == 0 || strcmp(own, FIRST_PID_NAMESPACE) == 0) _exit(REFUSED);
}

// Ends the process with status 99 unless it is in a PID and a mount namespace of its own.
static void require_sandbox(int argc, char **argv) {
    if (argc < 3 || strncmp(argv[1], "pid:", 4) != 0 || strncmp(argv[2], "mnt:", 4) != 0) {
        _exit(REFUSED);
    }
    require_other_namespace("/proc/self/ns/pid", argv[1]);
    require_other_namespace("/proc/self/ns/mnt", argv[2]);
}
