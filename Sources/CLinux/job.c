#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// What signal handlers look at; a process runs one such command.
static volatile pid_t command;
static volatile int command_descriptor = -1;
static volatile int terminal = -1;
static volatile int has_group;
// The last request to end that was passed on, or that came before there was a command.
static volatile int asked;

enum { REQUESTS = 6 };
static const int requests[REQUESTS] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
static struct sigaction former[REQUESTS], former_continuing;
static sigset_t former_mask;

static int is_in_foreground(void) { return terminal >= 0 && tcgetpgrp(terminal) == getpgrp(); }

// Its state and the number behind it stand behind its name. For signal handlers.
static pid_t parent_of(pid_t process) {
    char path[32] = "/proc/", digits[16], line[512];
    size_t length = strlen(path), count = 0;
    for (pid_t rest = process; rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
    while (count > 0) path[length++] = digits[--count];
    memcpy(path + length, "/stat", sizeof "/stat");
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t size = read(file, line, sizeof line - 1);
    close(file);
    if (size <= 0) return 0;
    line[size] = 0;
    const char *end = strrchr(line, ')');
    if (!end || strlen(end) < 5) return 0;
    pid_t parent = 0;
    for (const char *digit = end + 4; *digit >= '0' && *digit <= '9'; digit++) {
        parent = parent * 10 + (*digit - '0');
    }
    return parent;
}

enum { MOST_GENERATIONS = 64 };

// Whether the command sees the signal without us, or has sent it itself, by whatever came of it.
static int is_known_to_command(const siginfo_t *info) {
    if (info->si_code > 0) return !has_group;
    if (has_group && getpgid(info->si_pid) == command) return 1;
    pid_t process = info->si_pid;
    for (int i = 0; i < MOST_GENERATIONS && process > 1; i++) {
        if (process == command) return 1;
        process = parent_of(process);
    }
    return 0;
}

static int is_end(int signal) {
    return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
}

static void pass_on(int signal, siginfo_t *info, void *context) {
    (void)context;
    int error = errno;
    if (is_end(signal)) asked = signal;
    if (command > 0 && !is_known_to_command(info)) {
        int descriptor = command_descriptor;
        long sent = descriptor < 0
                        ? kill(command, signal)
                        : syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
        if (sent < 0 && errno == ESRCH && has_group) sent = kill(-command, signal);
        // Nobody is left whom it could mean but us, and what we watch.
        if (sent < 0 && errno == ESRCH) {
            struct sigaction action = {.sa_handler = SIG_DFL};
            sigaction(signal, &action, NULL);
            raise(signal);
        }
    }
    errno = error;
}

static void give_terminal(void) {
    if (has_group && is_in_foreground()) tcsetpgrp(terminal, command);
}

static void go_on(int signal) {
    (void)signal;
    int error = errno;
    if (command > 0 && has_group) {
        give_terminal();
        kill(-command, SIGCONT);
    }
    errno = error;
}

// The group of a process is the fifth word of its line, counted from behind its name.
static pid_t group_in(const char *line) {
    const char *end = strrchr(line, ')');
    int group = 0;
    return end && sscanf(end + 1, " %*c %*d %d", &group) == 1 ? group : 0;
}

static int has_company(void) {
    DIR *processes = opendir("/proc");
    if (!processes) return 0;
    pid_t own = getpid(), group = getpgrp();
    int found = 0;
    for (struct dirent *entry; !found && (entry = readdir(processes));) {
        pid_t process = atoi(entry->d_name);
        char path[64], line[512] = {0};
        if (process <= 0 || process == own) continue;
        snprintf(path, sizeof path, "/proc/%d/stat", process);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        if (read(file, line, sizeof line - 1) > 0) found = group_in(line) == group;
        close(file);
    }
    closedir(processes);
    return found;
}

int clinux_begin_job(void) {
    asked = 0;
    terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    has_group = !(is_in_foreground() && has_company());
    // What we say while the command has the terminal must not stop us; programs that are started
    // from here block nothing.
    sigset_t writing;
    sigemptyset(&writing);
    sigaddset(&writing, SIGTTOU);
    int error = pthread_sigmask(SIG_BLOCK, &writing, &former_mask);
    if (error) return -error;
    struct sigaction passing = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO};
    sigfillset(&passing.sa_mask);
    for (int i = 0; i < REQUESTS; i++) {
        if (sigaction(requests[i], NULL, &former[i]) < 0) return -errno;
        if (former[i].sa_handler == SIG_IGN) continue;
        if (sigaction(requests[i], &passing, NULL) < 0) return -errno;
    }
    struct sigaction going = {.sa_handler = go_on, .sa_flags = SA_RESTART};
    return sigaction(SIGCONT, &going, &former_continuing) < 0 ? -errno : 0;
}

void clinux_enter_job(pid_t child) {
    if (has_group && setpgid(child, child) < 0) has_group = 0;
    command_descriptor = (int)syscall(SYS_pidfd_open, child, 0);
    if (command_descriptor >= 0) fcntl(command_descriptor, F_SETFD, FD_CLOEXEC);
    command = child;
    give_terminal();
    if (asked) kill(child, asked);
}

void clinux_pass_to_rest(int32_t killer) {
    // What means to many to begin anew ends only those whom it kills.
    int is_meant = asked && (asked != SIGHUP || killer == SIGHUP);
    if (is_meant && has_group && command > 0) kill(-command, asked);
}

void clinux_kill_job(void) {
    if (command <= 0) return;
    kill(command, SIGKILL);
    if (has_group) kill(-command, SIGKILL);
}

int clinux_follows_stops(void) { return command > 0 && has_group && terminal >= 0; }

void clinux_stop_with_job(pid_t task, int32_t signal) {
    if (task != command || !clinux_follows_stops()) return;
    if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU && signal != SIGSTOP) return;
    if (tcgetpgrp(terminal) == command) tcsetpgrp(terminal, getpgrp());
    // The handler of the signal that ends this gives the terminal back.
    raise(SIGSTOP);
}

void clinux_end_job(void) {
    pid_t group = has_group ? command : 0;
    command = 0;
    if (terminal >= 0 && group > 0 && tcgetpgrp(terminal) == group) {
        tcsetpgrp(terminal, getpgrp());
    }
    for (int i = 0; i < REQUESTS; i++) sigaction(requests[i], &former[i], NULL);
    sigaction(SIGCONT, &former_continuing, NULL);
    pthread_sigmask(SIG_SETMASK, &former_mask, NULL);
    if (command_descriptor >= 0) close(command_descriptor);
    if (terminal >= 0) close(terminal);
    command_descriptor = terminal = -1;
}
