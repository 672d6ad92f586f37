// Sends itself the signal whose number is argv[1], SIGKILL by default.
// Leaves with status 1 when it survives.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    kill(getpid(), argc > 1 ? atoi(argv[1]) : SIGKILL);
    return 1;
}
