// Prints what a program can know of how it was started, then does what its first argument says.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void show_file(const char *path) {
    char bytes[4096];
    int file = open(path, O_RDONLY);
    ssize_t size = read(file, bytes, sizeof bytes);
    close(file);
    printf("%s:", path);
    for (ssize_t i = 0; i < size; i++) putchar(bytes[i] ? bytes[i] : '|');
    putchar('\n');
}

static void show_descriptors(void) {
    for (int number = 0; number < 1024; number++) {
        int flags = fcntl(number, F_GETFL);
        if (flags < 0) continue;
        long offset = lseek(number, 0, SEEK_CUR);
        printf("descriptor %d flags %x %d offset %ld\n", number, flags, fcntl(number, F_GETFD),
               offset);
    }
}

static void show_maps(void) {
    // Without the stack, whose size depends on what is on it.
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        if (!strstr(line, "[stack]")) fputs(line, stdout);
    }
    fclose(maps);
}

static void *run_thread(void *argument) {
    // Whoever waits for the thread is to wait.
    usleep(50000);
    *(int *)argument = (int)syscall(SYS_gettid) != getpid();
    return NULL;
}

static void misbehave(const char *how) {
    struct rlimit none = {0, 0};
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "undumpable")) prctl(PR_SET_DUMPABLE, 0);
    if (!strcmp(how, "strict")) prctl(PR_SET_SECCOMP, 1);
    if (!strcmp(how, "close")) close_range(0, ~0U, 0);
    if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(how, "trace")) ptrace(PTRACE_TRACEME, 0, 0, 0);
    if (!strcmp(how, "stop")) raise(SIGSTOP);
    if (!strcmp(how, "unmap")) munmap((void *)0x10000, 0x7fffffff0000 - 0x10000);
    if (!strcmp(how, "terminate-all")) kill(0, SIGTERM);
    if (!strcmp(how, "limits")) {
        for (int resource = 0; resource < 16; resource++) setrlimit(resource, &none);
    }
    if (!strcmp(how, "overwrite")) {
        for (char **v = environ; *v; v++) memset(*v, 'x', strlen(*v));
        environ = NULL;
    }
    if (!strcmp(how, "nonblocking")) {
        for (int number = 0; number < 3; number++) fcntl(number, F_SETFL, O_NONBLOCK | O_APPEND);
    }
}

int main(int argc, char **argv, char **envp) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    for (int i = 0; i <= argc; i++) printf("argument %s\n", argv[i] ? argv[i] : "-");
    for (char **v = environ; *v; v++) printf("variable %s\n", *v);
    printf("same environment %d, contiguous %d\n", environ == envp, envp == argv + argc + 1);
    printf("named %s\n", program_invocation_short_name);
    char directory[4096];
    printf("directory %s\n", getcwd(directory, sizeof directory));
    printf("leads %d %d\n", getsid(0) == getpid(), getpgid(0) == getpid());
    printf("thread %d parent %d\n", syscall(SYS_gettid) == getpid(), getppid() > 0);
    printf("auxiliary %lx %lx %lx\n", getauxval(AT_ENTRY), getauxval(AT_PHDR),
           getauxval(AT_BASE));
    for (int resource = 0; resource < 16; resource++) {
        struct rlimit limit;
        getrlimit(resource, &limit);
        printf("limit %d %lx %lx\n", resource, (long)limit.rlim_cur, (long)limit.rlim_max);
    }
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int signal = 1; signal < 32; signal++) {
        struct sigaction action;
        sigaction(signal, NULL, &action);
        if (action.sa_handler != SIG_DFL || sigismember(&blocked, signal)) {
            printf("signal %d\n", signal);
        }
    }
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    void *head;
    size_t length;
    syscall(SYS_get_robust_list, 0, &head, &length);
    printf("robust %d %zu\n", head != NULL, length);
    printf("stack %d\n", (int)((unsigned long)__builtin_frame_address(0) % 16));
    show_descriptors();
    show_file("/proc/self/cmdline");
    show_file("/proc/self/environ");
    show_file("/proc/self/comm");
    show_maps();
    int other = 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_thread, &other) == 0) pthread_join(thread, NULL);
    printf("other thread %d\n", other);
    pid_t child = fork();
    if (child == 0) _exit(getpid() == syscall(SYS_gettid) ? 3 : 4);
    int status = 0;
    printf("child %d %d\n", child > 0, (int)syscall(SYS_wait4, child, &status, 0, NULL) == child);
    printf("left with %x\n", status);
    fflush(stdout);
    if (argc > 1) misbehave(argv[1]);
    return argc;
}
