/* What one function does is decided by its arguments, which are constant at every call. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <unistd.h>

/* A switch with a table, as sysconf has one. */
__attribute__((noinline)) int choose(int what, const char *path)
{
    switch (what) {
    case 1: return chroot(path);
    case 2: return swapon(path, 0);
    case 3: return swapoff(path);
    case 4: return acct(path);
    case 5: return umount2(path, 0);
    case 6: return sethostname(path, 1);
    case 7: return setdomainname(path, 1);
    default: return -1;
    }
}

/* A few comparisons with a number that differs from the argument by a constant. */
__attribute__((noinline)) int compare(long what, long other)
{
    if (what - 100 == 7)
        return (int)gethostid();
    if (what > 5000)
        return reboot(RB_DISABLE_CAD) + (int)other;
    if (what == -3)
        return vhangup();
    return 0;
}

int main(int count, char **words)
{
    int (*volatile pointer)(int, const char *) = NULL;
#ifdef POINTER
    pointer = choose;
#endif
    int result = choose(2, words[0]) + choose(6, words[0]);
#ifdef VARIABLE
    result += choose(count, words[0]);
#endif
    result += compare(-3, 5) + compare(2000, 4);
    for (int turn = 3; turn < 5; turn++)
        result += compare(1, turn);
    if (pointer)
        result += pointer(count, words[0]);
    return result;
}
