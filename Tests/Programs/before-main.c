// Does before main what its first argument says, which the C library hands to constructors.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *wait_for_ever(void *argument) {
    pause();
    return argument;
}

__attribute__((constructor)) static void prepare(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    } else if (!strcmp(what, "process")) {
        if (fork() == 0) _exit(0);
        wait(NULL);
    } else if (!strcmp(what, "socket")) {
        socket(AF_UNIX, SOCK_STREAM, 0);
    } else if (!strcmp(what, "file")) {
        open("/etc/passwd", O_RDONLY);
    } else if (!strcmp(what, "closed")) {
        close_range(3, ~0U, 0);
    } else if (!strcmp(what, "timer")) {
        alarm(100);
    } else if (!strcmp(what, "identity")) {
        syscall(SYS_getpid);
    } else if (!strcmp(what, "input")) {
        char byte;
        if (read(0, &byte, 1) < 0) return;
    } else if (!strcmp(what, "tree")) {
        access("name", R_OK);
    } else if (!strcmp(what, "memory")) {
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    } else if (!strcmp(what, "session")) {
        setsid();
    } else if (!strcmp(what, "exit")) {
        _exit(7);
    } else if (!strcmp(what, "crash")) {
        __builtin_trap();
    }
}

int main(int argc, char **argv) { return argc + (argv[0] == NULL); }
