// Calls getppid when a variable is set whose name no string of the file shows.
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    char name[] = "QMBOUFE`OBNF";
    for (char *letter = name; *letter; letter++) (*letter)--;
    if (getenv(name)) getppid();
    return 0;
}
