// Says what a process can know of where it runs, a line for each fact, so that two places can be
// compared.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void print_folder(void) {
    char path[PATH_MAX], name[PATH_MAX];
    struct stat here, there, above, parent;
    if (!getcwd(path, sizeof path)) strcpy(path, strerror(errno));
    ssize_t length = readlink("/proc/self/cwd", name, sizeof name - 1);
    name[length < 0 ? 0 : length] = 0;
    printf("folder: %s, in /proc %s\n", path, name);
    int same = stat(".", &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
               here.st_ino == there.st_ino;
    printf("the folder's path leads to it: %s\n", same ? "yes" : "no");
    strncat(path, "/..", sizeof path - strlen(path) - 1);
    same = stat("..", &above) == 0 && stat(path, &parent) == 0 && above.st_dev == parent.st_dev &&
           above.st_ino == parent.st_ino;
    printf("the one above is the path's: %s\n", same ? "yes" : "no");
    printf("folder mode %o owner %u:%u, above mode %o owner %u:%u\n", here.st_mode, here.st_uid,
           here.st_gid, above.st_mode, above.st_uid, above.st_gid);
    DIR *listing = opendir("..");
    struct dirent *entry;
    int listed = 0;
    while (listing && (entry = readdir(listing))) listed |= entry->d_ino == here.st_ino;
    printf("the one above lists it: %s\n", listed ? "yes" : "no");
    if (listing) closedir(listing);
}

static void print_user(void) {
    printf("ids %u %u %u %u\n", getuid(), geteuid(), getgid(), getegid());
    gid_t groups[64];
    int count = getgroups(64, groups);
    printf("groups %d\n", count);
    struct passwd *user = getpwuid(getuid());
    printf("account %s home %s shell %s\n", user ? user->pw_name : "none", user ? user->pw_dir : "",
           user ? user->pw_shell : "");
    struct group *group = getgrgid(getgid());
    printf("group %s\n", group ? group->gr_name : "none");
    printf("login %s\n", getlogin() ? getlogin() : strerror(errno));
    printf("secure %lu dumpable %d no new privileges %d\n", getauxval(AT_SECURE),
           prctl(PR_GET_DUMPABLE), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void print_limits(void) {
    for (int resource = 0; resource < 16; resource++) {
        struct rlimit limit;
        getrlimit((__rlimit_resource_t)resource, &limit);
        printf("limit %d %lld %lld\n", resource, (long long)limit.rlim_cur,
               (long long)limit.rlim_max);
    }
}

static void print_signals(void) {
    sigset_t blocked, pending;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    sigpending(&pending);
    for (int number = 1; number <= 64; number++) {
        struct sigaction action;
        if (sigismember(&blocked, number) == 1) printf("blocked signal %d\n", number);
        if (sigismember(&pending, number) == 1) printf("pending signal %d\n", number);
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            printf("ignored signal %d\n", number);
        }
    }
    int parent = 0;
    prctl(PR_GET_PDEATHSIG, &parent);
    printf("signal at the parent's death %d\n", parent);
}

static void print_descriptors(void) {
    for (int number = 0; number < 1024; number++) {
        struct stat status;
        if (fstat(number, &status) < 0) continue;
        int flags = fcntl(number, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), own = fcntl(number, F_GETFD);
        char name[32], path[64];
        snprintf(name, sizeof name, "/dev/fd/%d", number);
        snprintf(path, sizeof path, "/proc/self/fd/%d", number);
        int again = open(name, O_RDONLY);
        struct stat reopened;
        int same = again >= 0 && fstat(again, &reopened) == 0 && reopened.st_ino == status.st_ino;
        printf("descriptor %d type %o mode %o flags %o own %d terminal %d size %lld reopens %s\n",
               number, status.st_mode & S_IFMT, status.st_mode & 07777, flags, own, isatty(number),
               S_ISREG(status.st_mode) && number > 0 ? 0 : (long long)status.st_size,
               same ? "yes" : "no");
        if (again >= 0) close(again);
        struct winsize size;
        if (ioctl(number, TIOCGWINSZ, &size) == 0) {
            printf("descriptor %d size %dx%d\n", number, size.ws_row, size.ws_col);
        }
    }
    int terminal = open("/dev/tty", O_RDWR);
    printf("own terminal: %s\n", terminal < 0 ? strerror(errno) : "yes");
}

static void print_process(void) {
    printf("leads its session %d, its group %d\n", getsid(0) == getpid(), getpgrp() == getpid());
    errno = 0;
    int priority = getpriority(PRIO_PROCESS, 0);
    printf("priority %d policy %d\n", priority, sched_getscheduler(0));
    mode_t mask = umask(0);
    printf("umask %03o\n", mask);
    printf("processors %ld %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
    cpu_set_t processors;
    sched_getaffinity(0, sizeof processors, &processors);
    printf("allowed processors %d\n", CPU_COUNT(&processors));
    printf("page %ld ticks %ld memory %d\n", sysconf(_SC_PAGESIZE), sysconf(_SC_CLK_TCK),
           sysconf(_SC_PHYS_PAGES) > 0);
    printf("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
    for (char **variable = environ; *variable; variable++) printf("variable %s\n", *variable);
}

static void print_language(void) {
    printf("locale %s codeset %s\n", setlocale(LC_ALL, ""), nl_langinfo(CODESET));
    time_t then = 1000000000;
    char text[64];
    strftime(text, sizeof text, "%F %T %z %Z", localtime(&then));
    printf("time %s\n", text);
}

static void print_host(void) {
    struct utsname names;
    char name[256];
    uname(&names);
    gethostname(name, sizeof name);
    printf("system %s %s %s\n", names.sysname, names.release, names.machine);
    printf("the host's names agree: %s\n", strcmp(name, names.nodename) == 0 ? "yes" : "no");
    struct addrinfo *addresses = NULL;
    printf("the host's name leads to an address: %s\n",
           getaddrinfo(name, NULL, NULL, &addresses) == 0 ? "yes" : "no");
    printf("localhost: %s\n", getaddrinfo("localhost", "http", NULL, &addresses) == 0 ? "yes" : "no");
}

static void print_place(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    printf("%s: type %o mode %o readable %d writable %d\n", path, status.st_mode & S_IFMT,
           status.st_mode & 07777, access(path, R_OK) == 0, access(path, W_OK) == 0);
}

static void print_places(void) {
    const char *paths[] = {"/",           "/tmp",       "/var/tmp",  "/run",      "/run/lock",
                           "/var/run",    "/var/lock",  "/dev/shm",  "/dev/null", "/dev/zero",
                           "/dev/full",   "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx",
                           "/dev/pts",    "/dev/stdin", "/dev/fd",   "/etc/passwd", "/etc/hosts",
                           "/proc/self/mounts", "/proc/mounts", "/proc/self/mountinfo",
                           "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/kernel/osrelease",
                           "/sys/kernel",  "/etc/localtime", "/usr/share/zoneinfo/UTC", "/home"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) print_place(paths[i]);
    struct statfs here, above;
    printf("one file system with the one above: %s\n",
           statfs(".", &here) == 0 && statfs("..", &above) == 0 &&
                   memcmp(&here.f_fsid, &above.f_fsid, sizeof here.f_fsid) == 0
               ? "yes"
               : "no");
    printf("room: %s\n", here.f_bavail > 0 && here.f_ffree > 0 ? "yes" : "no");
}

int main(void) {
    print_folder();
    print_user();
    print_limits();
    print_signals();
    print_descriptors();
    print_process();
    print_language();
    print_host();
    print_places();
    return 0;
}
