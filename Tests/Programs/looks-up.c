// Looks up a user, which is the name service's work.

#include <pwd.h>

int main(int count, char **arguments) { return count > 5 && getpwnam(arguments[1]); }
