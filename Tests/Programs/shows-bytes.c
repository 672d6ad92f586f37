// Prints its arguments and the variables of its environment, byte by byte.
#include <stdio.h>

extern char **environ;

static void show(const char *text) {
    for (; *text; text++) printf("%02x", (unsigned char)*text);
    putchar('\n');
}

int main(int count, char **arguments) {
    for (int i = 0; i < count; i++) {
        printf("argument %d ", i);
        show(arguments[i]);
    }
    for (char **next = environ; *next; next++) {
        printf("variable ");
        show(*next);
    }
    return 0;
}
