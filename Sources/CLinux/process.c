#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Each thread's timer signals that thread alone.
static _Thread_local volatile uint64_t ticks;
static _Atomic uint64_t caught;

static void count_tick(int signal) {
    (void)signal;
    ticks = ticks + 1;
}

static void count_signal(int signal) {
    (void)signal;
    caught++;
}

// Without SA_RESTART, so that blocking calls return.
static int handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL) < 0 ? -errno : 0;
}

int clinux_make_ticks(void) {
    int result = handle(SIGALRM, count_tick);
    if (result < 0) return result;
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    int error = pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    if (error) return -error;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
    event._sigev_un._tid = gettid();
    // The kernel's own timer id, which libc hides in a pointer.
    int32_t timer = -1;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) < 0) return -errno;
    return timer;
}

int clinux_pace_ticks(int32_t timer, uint32_t microseconds) {
    struct timespec period = {microseconds / 1000000, microseconds % 1000000 * 1000L};
    struct itimerspec pace = {period, period};
    return syscall(SYS_timer_settime, timer, 0, &pace, NULL) < 0 ? -errno : 0;
}

int clinux_end_ticks(int32_t timer) {
    return syscall(SYS_timer_delete, timer) < 0 ? -errno : 0;
}

uint64_t clinux_ticks(void) { return ticks; }

int clinux_catch_signal(int32_t signal) {
    struct sigaction current;
    if (sigaction(signal, NULL, &current) < 0) return -errno;
    if (current.sa_handler == SIG_IGN) return 0;
    return handle(signal, count_signal);
}

uint64_t clinux_caught_signals(void) { return caught; }

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) < 0) return -errno;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// What the process could use before it was bound, and what it is bound to; -1 for nothing.
static cpu_set_t usable;
static int bound = -1;

int clinux_usable_processors(uint32_t *numbers, int32_t capacity) {
    if (bound < 0 && sched_getaffinity(0, sizeof usable, &usable) < 0) return -errno;
    int32_t count = 0;
    for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++) {
        if (CPU_ISSET(processor, &usable)) numbers[count++] = (uint32_t)processor;
    }
    return count;
}

static int bind_task(pid_t task, uint32_t processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(task, sizeof one, &one) < 0 ? -errno : 0;
}

// Binds those tasks of a process anew that are bound as the caller was. They may end meanwhile.
static void move_tasks(const char *process, int from, uint32_t to) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/task", process);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    for (struct dirent *entry; (entry = readdir(tasks));) {
        pid_t task = atoi(entry->d_name);
        cpu_set_t its;
        if (task <= 0 || sched_getaffinity(task, sizeof its, &its) < 0) continue;
        if (CPU_COUNT(&its) == 1 && CPU_ISSET(from, &its)) bind_task(task, to);
    }
    closedir(tasks);
}

int clinux_bind_to_processor(uint32_t processor) {
    int former = bound;
    if (processor >= CPU_SETSIZE) return -EINVAL;
    if (former < 0 && sched_getaffinity(0, sizeof usable, &usable) < 0) return -errno;
    int result = bind_task(0, processor);
    if (result < 0) return result;
    bound = (int)processor;
    DIR *processes = former < 0 ? NULL : opendir("/proc");
    if (!processes) return 0;
    for (struct dirent *entry; (entry = readdir(processes));) {
        if (atoi(entry->d_name) > 0) move_tasks(entry->d_name, former, processor);
    }
    closedir(processes);
    return 0;
}

int clinux_release_processor(pid_t task) {
    if (bound < 0) return 0;
    return sched_setaffinity(task, sizeof usable, &usable) < 0 ? -errno : 0;
}

int clinux_hold_processor(pid_t task) {
    return bound < 0 ? 0 : bind_task(task, (uint32_t)bound);
}

int64_t clinux_process_cpu_time(pid_t process) {
    clockid_t clock;
    int error = clock_getcpuclockid(process, &clock);
    return error ? -error : read_clock(clock);
}

int64_t clinux_monotonic_time(void) { return read_clock(CLOCK_MONOTONIC); }

int clinux_kill(pid_t process, int32_t signal) {
    return kill(process, signal) < 0 ? -errno : 0;
}

int clinux_reap(pid_t process, int32_t blocking, int32_t *status) {
    int raw = 0;
    pid_t reaped = waitpid(process, &raw, blocking ? 0 : WNOHANG);
    if (reaped < 0) return -errno;
    if (reaped == 0) return 0;
    *status = WIFSIGNALED(raw) ? 256 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return 1;
}

int clinux_socket_pair(int32_t *first, int32_t *second) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
    *first = pair[0];
    *second = pair[1];
    return 0;
}

int clinux_duplicate_above(int32_t descriptor, int32_t minimum) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, minimum);
    return copy < 0 ? -errno : copy;
}

int clinux_poll_readable(const int32_t *descriptors, int32_t count, int32_t milliseconds,
                         uint64_t *ready) {
    struct pollfd polled[64];
    if (count > 64) return -EINVAL;
    for (int32_t i = 0; i < count; i++) {
        polled[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
    }
    *ready = 0;
    int result = poll(polled, (nfds_t)count, milliseconds);
    if (result < 0) return errno == EINTR ? 0 : -errno;
    for (int32_t i = 0; i < count; i++) {
        if (polled[i].revents) *ready |= 1ULL << i;
    }
    return result;
}

void clinux_wait_for_room(int32_t descriptor, int32_t milliseconds) {
    struct pollfd polled = {.fd = descriptor, .events = POLLIN | POLLOUT};
    poll(&polled, 1, milliseconds);
}

int clinux_pipe(int32_t *reader, int32_t *writer, uint32_t capacity) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0) return -errno;
    if (capacity > 65536) fcntl(pair[1], F_SETPIPE_SZ, capacity);
    *reader = pair[0];
    *writer = pair[1];
    return 0;
}

int clinux_open_terminal(int32_t *primary, int32_t *secondary) {
    int first, second;
    // Nobody sits at a terminal of no size.
    const struct winsize size = {.ws_row = 24, .ws_col = 80};
    if (openpty(&first, &second, NULL, NULL, &size) < 0) return -errno;
    fcntl(first, F_SETFD, FD_CLOEXEC);
    fcntl(second, F_SETFD, FD_CLOEXEC);
    *primary = first;
    *secondary = second;
    return 0;
}

int clinux_set_nonblocking(int32_t descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    return 0;
}
