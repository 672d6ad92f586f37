// Calls getppid for an option of eight characters that its usage does not tell and that no string
// of the file shows.
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    // Every character is one off.
    char option[] = ".yxwvutsr";
    for (char *letter = option; *letter; letter++) (*letter)--;
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], option)) getppid();
    }
    return 0;
}
