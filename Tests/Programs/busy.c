// Uses the processor for ever, without a call; with an argument, with calls ("calls"), or in a
// chain of forked processes that each leave as soon as they have forked the next ("chain").
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    volatile unsigned long count = 0;
    for (;;) {
        count++;
        if (strcmp(how, "calls") == 0) getppid();
        if (strcmp(how, "chain") == 0 && count % 10000000 == 0 && fork() > 0) _exit(0);
    }
}
