// Waits in sigsuspend for five signals of an interval timer, one at a time.
// The timer is armed anew for each, so that none comes outside of it.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int alarms;

static void count(int signal) {
    (void)signal;
    alarms++;
}

int main(void) {
    sigset_t blocked, none;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGALRM, count);
    for (int i = 0; i < 5; i++) {
        struct itimerval once = {{0, 0}, {0, 2000}};
        setitimer(ITIMER_REAL, &once, NULL);
        while (alarms <= i) sigsuspend(&none);
    }
    return 0;
}
