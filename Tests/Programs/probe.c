// Makes ordinary calls, or such as a learned policy must deny, one for each word, and says how each
// went.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

static void attempt(const char *what) {
    errno = 0;
    if (strcmp(what, "dumpable") == 0)
        prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    if (strcmp(what, "ptrace") == 0)
        ptrace(PTRACE_TRACEME, 0, 0, 0);
    if (strcmp(what, "mount") == 0)
        mount("none", "/nowhere", "tmpfs", 0, 0);
    // The same call with another argument.
    if (strcmp(what, "keepcaps") == 0)
        prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0);
    printf("%s %d\n", what, errno);
}

int main(int count, char **arguments) {
    if (count < 2) attempt("plain");
    for (int i = 1; i < count; i++) attempt(arguments[i]);
    return 0;
}
