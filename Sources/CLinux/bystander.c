#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_among(pid_t process, const int32_t *known, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        if (known[i] == process) return 1;
    }
    return 0;
}

static uint64_t number_behind(const char *text, const char *name) {
    const char *place = strstr(text, name);
    return place ? strtoull(place + strlen(name), NULL, 10) : 0;
}

static void look_at_task(const char *process, const char *task, clinux_bystanders *seen) {
    char path[600], text[4096];
    snprintf(path, sizeof path, "/proc/%s/task/%s/status", process, task);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return;
    text[count] = 0;
    const char *state = strstr(text, "\nState:\t");
    char letter = state ? state[8] : '?';
    // What is dead does nothing until somebody reaps it.
    if (letter == 'Z' || letter == 'X') return;
    seen->tasks++;
    if (letter != 'S' && letter != 'T') seen->awake++;
    seen->switches += number_behind(text, "\nvoluntary_ctxt_switches:") +
                      number_behind(text, "\nnonvoluntary_ctxt_switches:");
}

static void look_at_process(const char *process, clinux_bystanders *seen) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/task", process);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    for (const struct dirent *entry; (entry = readdir(tasks));) {
        if (entry->d_name[0] != '.') look_at_task(process, entry->d_name, seen);
    }
    closedir(tasks);
}

// Calls a function for each process of the namespace but the first and those that are known.
static int each_bystander(const int32_t *known, int32_t count,
                          void (*act)(const char *, clinux_bystanders *), clinux_bystanders *seen) {
    if (getpid() != 1) return -EPERM;
    DIR *processes = opendir("/proc");
    if (!processes) return -errno;
    int found = 0;
    for (const struct dirent *entry; (entry = readdir(processes));) {
        pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process <= 1 || is_among(process, known, count)) continue;
        act(entry->d_name, seen);
        found++;
    }
    closedir(processes);
    return found;
}

int clinux_look_at_bystanders(const int32_t *known, int32_t count, clinux_bystanders *seen) {
    memset(seen, 0, sizeof *seen);
    int found = each_bystander(known, count, look_at_process, seen);
    return found < 0 ? found : 0;
}

static void end_process(const char *name, clinux_bystanders *seen) {
    pid_t process = (pid_t)strtol(name, NULL, 10);
    (void)seen;
    kill(process, SIGKILL);
    // Another's child comes to the first process when its parent is gone.
    waitpid(process, NULL, __WALL);
}

int clinux_end_bystanders(const int32_t *known, int32_t count) {
    for (;;) {
        int found = each_bystander(known, count, end_process, NULL);
        if (found <= 0) return found;
        sched_yield();
    }
}
