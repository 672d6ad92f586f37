// An ordinary program on the C library that makes one call by number and looks at a user's name.

#include <stdio.h>
#include <unistd.h>
#include <sys/syscall.h>

int main(int count, char **arguments) {
    long id = syscall(SYS_gettid);
    printf("%ld %d %s\n", id, count, arguments[0]);
    if (count > 5) sethostname(arguments[1], 1);
    return 0;
}
