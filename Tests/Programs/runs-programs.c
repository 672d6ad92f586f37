// Runs programs in every way that the C library offers, none of them in a plain run.

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

// Two functions that only hand on a path.
__attribute__((noinline)) static int inner(int flag, const char *path) {
    return flag ? execl(path, path, (char *)0) : execv(path, environ);
}

__attribute__((noinline)) static int outer(const char *path) {
    return inner(getppid() == 1, path) + 1;
}

int main(int count, char **arguments) {
    pid_t child;
    switch (count) {
    case 10: return outer("/bin/wrapped");
    case 11: return outer("/usr/bin/wrapped-too");
    case 12: return execlp("searched", "searched", (char *)0);
    case 13: return posix_spawnp(&child, "script", 0, 0, arguments, environ);
    case 14: return posix_spawn(&child, "/bin/missing", 0, 0, arguments, environ);
    case 15: return system("listed -l > /dev/null");
    case 16: return popen("one | two", "r") != 0;
    case 17: return execve("relative/path", arguments, environ);
    case 18: return execvp(arguments[1], arguments);
    }
    return 0;
}
