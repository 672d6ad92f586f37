// Kills every process that it may, all at once and one by one, and then itself.
// A process that cannot see others can only reach its own.
#include <signal.h>

#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    kill(-1, SIGKILL);
    for (pid_t process = 1; process < 65536; process++) {
        if (process != getpid()) kill(process, SIGKILL);
    }
    kill(0, SIGKILL);
    return 0;
}
