// Says how many processors it is told of, and in how many it is kept, before and after it has chosen
// its own.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int told(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    syscall(SYS_sched_getaffinity, 0, sizeof set, &set);
    return CPU_COUNT(&set);
}

// As proc(5) says, without the question that a tracer may answer.
static int kept(void) {
    char line[256];
    int count = 0;
    unsigned from, to;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "Cpus_allowed_list:", 18)) continue;
        for (char *part = strtok(line + 18, ","); part; part = strtok(NULL, ",")) {
            int read = sscanf(part, "%u-%u", &from, &to);
            count += read == 2 ? (int)(to - from) + 1 : 1;
        }
    }
    if (status) fclose(status);
    return count;
}

int main(void) {
    cpu_set_t all;
    printf("%d %d ", told(), kept());
    memset(&all, -1, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    printf("%d %d\n", told(), kept());
    return 0;
}
