// Sleeps argv[1] milliseconds.
// Leaves with status 0 when the sleep was not interrupted.
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    long time = argc > 1 ? atol(argv[1]) : 10;
    struct timespec pause = {time / 1000, time % 1000 * 1000000};
    return nanosleep(&pause, NULL) == 0 ? 0 : 1;
}
