// Makes calls that a copy writes down itself, and disturbs that in the way that its argument names.
// Prints how often it did what a trace is to show.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int handled;

// Handlers make a call of their own, and another that fails.
static void handle(int number) {
    (void)number;
    int saved = errno;
    getuid();
    close(-1);
    handled++;
    errno = saved;
}

// Makes the segments of shared memory that it executes code of writable, and spoils the places in
// them; 0 if there were some.
static int spoil_segments(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int spoiled = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        int segment;
        // The kernel prints its number where a file has that of its inode.
        if (!strstr(line, "/SYSV") || sscanf(line, "%*s r-xs %*s %*s %d", &segment) != 1) continue;
        struct shmid_ds state;
        if (shmctl(segment, IPC_STAT, &state) == 0) {
            state.shm_perm.mode = 0777;
            shmctl(segment, IPC_SET, &state);
        }
        unsigned char *code = shmat(segment, NULL, 0);
        if (code == (void *)-1) continue;
        for (size_t at = 0; at < 64 * 256; at += 256) {
            // What makes the call, so that others who come here would not come back.
            if (code[at + 177] == 0x0f) code[at + 178] = 0x0b, spoiled++;
        }
        shmdt(code);
    }
    return spoiled > 0 ? 0 : 77;
}

static void *work(void *unused) {
    for (int i = 0; i < 20; i++) getegid();
    return unused;
}

// Children with memory of their own, one of them with a thread, and one that runs in its parent's.
static void raise_family(void) {
    for (int i = 0; i < 3; i++) {
        if (fork() != 0) continue;
        for (int j = 0; j < 2000; j++) getppid();
        if (i == 2) {
            pthread_t thread;
            pthread_create(&thread, NULL, work, NULL);
            for (int j = 0; j < 500; j++) getuid();
            pthread_join(thread, NULL);
        }
        _exit(i);
    }
    for (int i = 0; i < 300; i++) getegid();
    if (vfork() == 0) {
        getuid(), getuid(), getuid();
        _exit(0);
    }
    for (int i = 0; i < 300; i++) getegid();
    while (wait(NULL) > 0) continue;
}

// More processes at a time than there are logs, some of which are dead before others are born.
static void raise_crowd(void) {
    int gate[2];
    if (pipe(gate) < 0) exit(1);
    for (int i = 0; i < 40; i++) {
        if (fork() != 0) continue;
        char byte;
        for (int j = 0; j < 50; j++) getppid();
        close(gate[1]);
        if (i % 2 == 0 && read(gate[0], &byte, 1) != 0) _exit(1);
        for (int j = 0; j < 50; j++) getuid();
        _exit(0);
    }
    close(gate[1]);
    while (wait(NULL) > 0) continue;
}

// The first bytes of the memory that copies write to, and of the code that writes: see record.c.
static uint64_t *const log_head = (uint64_t *)0x200010000000UL;

static char *code_area(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    char *found = NULL;
    while (maps && fgets(line, sizeof line, maps)) {
        if (strstr(line, " r-xs ") || strstr(line, "r-xs")) found = (char *)strtoul(line, NULL, 16);
    }
    if (maps) fclose(maps);
    return found;
}

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    // What is called once here is written down by the next copy.
    getuid(), getegid(), getppid(), close(-1);
    int failures = 0;
    if (!strcmp(how, "interrupted")) {
        struct sigaction action = {.sa_handler = handle};
        sigaction(SIGALRM, &action, NULL);
        action.sa_flags = SA_RESTART;
        sigaction(SIGPROF, &action, NULL);
        struct itimerval often = {{0, 300}, {0, 300}};
        setitimer(ITIMER_REAL, &often, NULL);
        setitimer(ITIMER_PROF, &often, NULL);
        for (int i = 0; i < 30000; i++) {
            if (getppid() < 0 || close(-1) != -1 || errno != EBADF) failures++;
        }
        memset(&often, 0, sizeof often);
        setitimer(ITIMER_REAL, &often, NULL);
        setitimer(ITIMER_PROF, &often, NULL);
        printf("%d\n", handled);
    } else if (!strcmp(how, "many")) {
        for (int i = 0; i < 20000; i++) getppid();
        printf("20000\n");
    } else if (!strcmp(how, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
        for (int i = 0; i < 20; i++) getuid();
        pthread_join(thread, NULL);
    } else if (!strcmp(how, "fork")) {
        pid_t child = fork();
        for (int i = 0; i < 10; i++) getuid();
        if (child == 0) _exit(3);
        int status;
        waitpid(child, &status, 0);
        getegid();
    } else if (!strcmp(how, "family")) {
        raise_family();
    } else if (!strcmp(how, "crowd")) {
        raise_crowd();
    } else if (!strcmp(how, "scribble")) {
        memset(log_head, 0x5a, 4096);
        getuid();
    } else if (!strcmp(how, "rewind")) {
        log_head[0] -= 400;
        getuid();
    } else if (!strcmp(how, "blind")) {
        // What is to stop is marked here; the filter stops it all the same.
        memset(log_head + 3, 0, 64);
        pid_t child = fork();
        if (child == 0) _exit(0);
        kill(child, 0);
        waitpid(child, NULL, 0);
    } else if (!strcmp(how, "unmap")) {
        munmap(log_head, 1 << 18);
        getuid();
    } else if (!strcmp(how, "segments")) {
        return spoil_segments();
    } else if (!strcmp(how, "rewrite")) {
        char *area = code_area();
        if (!area) return 2;
        return mprotect(area, 65536, PROT_READ | PROT_WRITE | PROT_EXEC) == 0 ? 1 : 128 + errno;
    }
    return failures;
}
