// Stops itself, as the terminal's Ctrl-Z does, and a child too that a third process wakes for ever.
// Nobody wakes the first.
#include <signal.h>

#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    pid_t child = fork();
    if (child == 0) {
        for (;;) raise(SIGSTOP);
    }
    if (fork() == 0) {
        for (;;) kill(child, SIGCONT);
    }
    raise(SIGSTOP);
    return 0;
}
