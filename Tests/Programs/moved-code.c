// Moves a page of code with mremap and runs it at the new address.
// The page is a copy of a file's, so that the call has a place in that file.
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
    static const unsigned char code[] = {0xb8, 0x6e, 0, 0, 0, 0x0f, 0x05, 0xc3};
    char page[4096] = {0};
    memcpy(page + 128, code, sizeof code);
    int file = memfd_create("code", 0);
    if (write(file, page, sizeof page) != sizeof page) return 1;
    void *old = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    void *target = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *moved = mremap(old, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    if (moved == MAP_FAILED) return 1;
    return ((int (*)(void))((char *)moved + 128))() == getppid() ? 0 : 1;
}
