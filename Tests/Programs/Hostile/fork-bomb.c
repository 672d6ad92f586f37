// Forks for ever, in every process, each in a session of its own.
// Nothing but a limit from outside ends it.
#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    for (;;) {
        if (fork() == 0) setsid();
    }
}
