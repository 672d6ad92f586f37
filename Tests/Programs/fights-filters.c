// Sets itself up and then serves, as `phases` does, and meanwhile fights the filters that it is given, in
// the way that its first argument names. Each line of output is a request and the error it ended with.
// Does no harm to anything but itself, and leaves nothing behind for long.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 256 * 1024, MOST_WORDS = 8192, MOST_PASSES = 1000000 };

static const struct sock_filter pass = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
static char stacks[4][STACK] __attribute__((aligned(64)));
static volatile char *volatile depth;
static volatile uintptr_t kept, kept_end;
static volatile int is_over;
static pid_t self;

static void pause_for(long milliseconds) {
    struct timespec time = {0, milliseconds * 1000000};
    nanosleep(&time, 0);
}

// A filter of its own which answers a call in the kernel's place.
static int install(unsigned call, unsigned answer, unsigned flags) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

// Has whatever is written below the stack of the first thread become one that lets everything pass.
static void scribble(void) {
    volatile uint64_t *end = (volatile uint64_t *)depth;
    for (volatile uint64_t *word = end - 4096; word < end - 16; word++) {
        if ((uint16_t)*word == (BPF_LD | BPF_W | BPF_ABS)) memcpy((void *)word, &pass, sizeof pass);
    }
}

// Answers its own filter: whatever is asked may pass.
static void *let_pass(void *listener) {
    int descriptor = (int)(intptr_t)listener;
    for (;;) {
        struct seccomp_notif asked;
        memset(&asked, 0, sizeof asked);
        if (ioctl(descriptor, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) continue;
        struct seccomp_notif_resp answer = {
            .id = asked.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        ioctl(descriptor, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    return 0;
}

static void *scribble_always(void *nothing) {
    while (!is_over) scribble();
    return nothing;
}

// Where the memory is that filters may be kept in: a mapping of a file without a name.
static void find_kept(void) {
    static char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long start = 0, end = 0;
        if (!strstr(line, "memfd:") || sscanf(line, "%lx-%lx", &start, &end) != 2) continue;
        kept = start;
        kept_end = end;
    }
    if (maps) fclose(maps);
}

// Puts other memory in its place in which each filter lets everything pass, and tries to write there.
static void replace(void) {
    static uint64_t copy[MOST_WORDS];
    size_t size = kept_end - kept;
    if (!kept || size > sizeof copy) return;
    memcpy(copy, (void *)kept, size);
    for (size_t i = 0; i < size / 8; i++) {
        if ((uint16_t)copy[i] == (BPF_LD | BPF_W | BPF_ABS)) memcpy(&copy[i], &pass, sizeof pass);
    }
    void *other = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (other == MAP_FAILED) return;
    memcpy(other, copy, size);
    mprotect(other, size, PROT_READ);
    mremap(other, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)kept);
}

static void *replace_at_once(void *nothing) {
    replace();
    return nothing;
}

static int scribble_beside(void *nothing) {
    (void)nothing;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (long pass = 0; pass < MOST_PASSES && !is_over; pass++) scribble();
    return 0;
}

static int replace_beside(void *nothing) {
    (void)nothing;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pause_for(2);
    replace();
    return 0;
}

// From memory of its own, and through what every user's processes can do to each other.
static void reach_over(void) {
    static uint64_t copy[MOST_WORDS];
    struct iovec mine = {(void *)&pass, sizeof pass};
    while (getppid() == self) {
        uintptr_t places[] = {(uintptr_t)depth - 4096 * 8, kept};
        size_t sizes[] = {4096 * 8 - 128, kept_end - kept};
        for (int i = 0; i < 2; i++) {
            size_t size = sizes[i] < sizeof copy ? sizes[i] : 0;
            struct iovec whole = {copy, size}, theirs = {(void *)places[i], size};
            if (!size || process_vm_readv(self, &whole, 1, &theirs, 1, 0) < 8) continue;
            for (size_t word = 0; word < size / 8; word++) {
                if ((uint16_t)copy[word] != (BPF_LD | BPF_W | BPF_ABS)) continue;
                struct iovec target = {(void *)(places[i] + word * 8), sizeof pass};
                process_vm_writev(self, &mine, 1, &target, 1, 0);
            }
        }
    }
    _exit(0);
}

static void *make_threads(void *nothing) {
    while (!is_over) {
        pthread_t thread;
        if (pthread_create(&thread, 0, replace_at_once, 0) == 0) pthread_join(thread, 0);
    }
    return nothing;
}

static void *make_processes(void *nothing) {
    while (!is_over) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        if (child > 0) waitpid(child, 0, 0);
    }
    return nothing;
}

static void *execute(void *nothing) {
    pause_for(1);
    execl("/bin/true", "true", (char *)0);
    return nothing;
}

static void beside(void *(*run)(void *)) {
    pthread_t thread;
    pthread_create(&thread, 0, run, 0);
}

static void prepare(const char *way) {
    int memory = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;
    if (strcmp(way, "answers") == 0) install(SYS_seccomp, SECCOMP_RET_ERRNO, 0);
    if (strcmp(way, "refuses") == 0) install(SYS_seccomp, SECCOMP_RET_ERRNO | EPERM, 0);
    if (strcmp(way, "traps") == 0) install(SYS_seccomp, SECCOMP_RET_TRAP, 0);
    if (strcmp(way, "traces") == 0) install(SYS_seccomp, SECCOMP_RET_TRACE, 0);
    if (strcmp(way, "listens") == 0)
        install(SYS_seccomp, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (strcmp(way, "lets-pass") == 0) {
        int listener =
            install(SYS_socket, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
        pthread_t thread;
        if (listener >= 0) pthread_create(&thread, 0, let_pass, (void *)(intptr_t)listener);
    }
    if (strcmp(way, "blocks-end") == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, 0);
    }
    if (strcmp(way, "scribbles") == 0) beside(scribble_always);
    if (strcmp(way, "replaces") == 0) beside(replace_at_once);
    if (strcmp(way, "shares") == 0) clone(scribble_beside, stacks[0] + STACK, memory, 0);
    if (strcmp(way, "shares-place") == 0) clone(replace_beside, stacks[1] + STACK, memory, 0);
    if (strcmp(way, "untraced") == 0)
        clone(replace_beside, stacks[2] + STACK, memory | CLONE_UNTRACED, 0);
    if (strcmp(way, "untraced-anew") == 0) {
        struct clone_args arguments = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
        if (syscall(SYS_clone3, &arguments, sizeof arguments) == 0) {
            pause_for(500);
            _exit(0);
        }
    }
    if (strcmp(way, "reaches") == 0 && fork() == 0) reach_over();
    if (strcmp(way, "threads") == 0) beside(make_threads);
    if (strcmp(way, "forks") == 0) beside(make_processes);
    if (strcmp(way, "executes") == 0) beside(execute);
}

// What is said does not go by way of the stack, which may be scribbled over: only by what the call
// returned.
static void serve(const char *request) {
    static volatile int made;
    poll(0, 0, 1);
    int asks = strcmp(request, "socket") == 0;
    if (asks) made = socket(AF_UNIX, SOCK_STREAM, 0);
    const char *line = !asks ? "ok 0\n" : made >= 0 ? "socket 0\n" : "socket 1\n";
    if (write(1, line, strlen(line)) < 0) _exit(5);
}

int main(int count, char **arguments) {
    self = getpid();
    depth = __builtin_frame_address(0);
    // Whoever may not trace it may not write its memory either.
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    find_kept();
    if (count > 1) prepare(arguments[1]);
    for (int i = 2; i < count; i++) serve(arguments[i]);
    is_over = 1;
    return 7;
}
