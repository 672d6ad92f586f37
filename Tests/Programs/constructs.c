// Calls the kernel before main, and leaves a pointer to a function that does so later.

#define _GNU_SOURCE
#include <unistd.h>

static int (*volatile later)(void);

static int nameDomain(void) { return setdomainname("", 0); }

__attribute__((constructor)) static void begin(void) {
    sethostname("", 0);
    later = nameDomain;
}

int main(void) { return later(); }
