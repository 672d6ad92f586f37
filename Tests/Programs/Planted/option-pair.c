// Calls getppid when two of its thirty options are given together.
#include <getopt.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int option, seen[256] = {0};
    while ((option = getopt(count, arguments, "abcdefghijklmnopqrstuvwxyzABCD")) != -1) {
        seen[option & 255] = 1;
    }
    if (seen['k'] && seen['T' - 'Q' + 'A'] && !seen['a']) getppid();
    return 0;
}
