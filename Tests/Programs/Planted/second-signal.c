// Calls getppid when SIGUSR1 comes for the second time.
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void count(int signal) {
    (void)signal;
    received++;
}

int main(void) {
    signal(SIGUSR1, count);
    for (int turn = 0; turn < 20; turn++) {
        char byte = 0;
        if (read(0, &byte, 1) < 0) break;
        if (received == 2) {
            getppid();
            break;
        }
    }
    return 0;
}
