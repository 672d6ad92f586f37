// Leaves keys in the keyrings of its session and its user. Prints the keyrings in which it has
// found one that somebody else, or an earlier run, has left.
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "sandboxed.h"

static void leave(const char *name, long ring) {
    if (syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", "fathom-canary", 0) > 0) puts(name);
    syscall(SYS_add_key, "user", "fathom-canary", "x", 1, ring);
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    leave("session", KEY_SPEC_SESSION_KEYRING);
    leave("user", KEY_SPEC_USER_KEYRING);
    leave("user-session", KEY_SPEC_USER_SESSION_KEYRING);
    fflush(stdout);
    return 0;
}
