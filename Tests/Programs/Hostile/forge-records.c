// With an argument, appends calls that it never makes to what it is to write down of its calls.
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// Where a page of the recorder's tells how far it has written, and the layout of a record.
static const unsigned long cell = 0x20000ffff000;
enum { recordSize = 80, placeOffset = 56, resultIndex = 8 };

static sigjmp_buf away;
static void leave(int number) {
    (void)number;
    siglongjmp(away, 1);
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1) {
        static const int forged[] = {SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_mount, SYS_bpf};
        signal(SIGSEGV, leave);
        if (!sigsetjmp(away, 1)) {
            unsigned long log = *(volatile unsigned long *)cell;
            unsigned long *end = (void *)log;
            for (unsigned i = 0; i < sizeof forged / sizeof *forged; i++) {
                unsigned long *record = (void *)end[0];
                record[0] = forged[i];
                *(int *)((char *)record + placeOffset) = 0;
                record[resultIndex] = 0;
                end[0] += recordSize;
            }
        }
    }
    for (int i = 0; i < 20; i++) close(open("/etc/hostname", O_RDONLY));
    return 0;
}
