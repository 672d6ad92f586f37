// Changes the file "whole", its folder or what is behind standard output in a way that is hard to
// notice; its own name ends with the way. Asks for a scheduling interval, and does so for nothing
// else, when it finds what an execution before it has done.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sandboxed.h"

static const char *const NAMES[] = {"whole", "folder", "folder/inner", "last"};
static const char *const LEFT[] = {"other", "folder/link", "folder/left", "/tmp/left",
                                   "/var/tmp/left"};
enum { COUNT = 4, LEFT_COUNT = 5, FIXED_TIME = 1000000000 };

static int is_stale(const char *path) {
    char attributes[64];
    struct stat status;
    if (stat(path, &status) != 0) return 0;
    return (status.st_mode & 07777) != (S_ISDIR(status.st_mode) ? 0755 : 0644) ||
           // Times of a folder that only a path implies are not fixed.
           (S_ISREG(status.st_mode) &&
            (status.st_nlink != 1 || status.st_mtime != FIXED_TIME ||
             status.st_atime != FIXED_TIME)) ||
           listxattr(path, attributes, sizeof attributes) > 0;
}

static int has_other_content(void) {
    char content[8];
    int file = open("whole", O_RDONLY);
    if (file < 0) return 0;
    ssize_t count = read(file, content, sizeof content);
    close(file);
    for (ssize_t i = 0; i < count; i++) {
        if (content[i] != 'x') return 1;
    }
    return 0;
}

// Folders list entries in the order in which they were made, or the reverse.
static int has_other_order(void) {
    char order[256] = "";
    const struct dirent *entry;
    DIR *folder = opendir(".");
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] != '.') strncat(order, entry->d_name, 40);
    }
    if (folder) closedir(folder);
    const char *first = strstr(order, "folder"), *middle = strstr(order, "last"),
               *last = strstr(order, "whole");
    if (!first || !middle || !last) return 0;
    return (first < middle) != (middle < last);
}

static int finds_traces(void) {
    char attributes[64];
    struct stat status;
    for (int i = 0; i < COUNT; i++) {
        if (is_stale(NAMES[i])) return 1;
    }
    for (int i = 0; i < LEFT_COUNT; i++) {
        if (access(LEFT[i], F_OK) == 0) return 1;
    }
    return has_other_content() || has_other_order() || fstat(1, &status) != 0 ||
           (status.st_mode & 07777) != 0644 || status.st_size != 0 ||
           flistxattr(1, attributes, sizeof attributes) > 0;
}

static void set_times_back(const char *path) {
    struct timespec times[2] = {{FIXED_TIME, 0}, {FIXED_TIME, 0}};
    utimensat(AT_FDCWD, path, times, 0);
}

// Writes through a mapping, which leaves no time behind.
static void write_mapped(void) {
    int file = open("whole", O_RDWR);
    char *bytes = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (bytes != MAP_FAILED) bytes[2] = 'y';
    close(file);
}

static void write_plain(void) {
    int file = open("whole", O_RDWR);
    if (write(file, "yyyyy", 5) == 5) set_times_back("whole");
    close(file);
}

static void leave(const char *path) { close(open(path, O_WRONLY | O_CREAT, 0644)); }

static void touch(const char *way) {
    if (!strcmp(way, "mapped")) write_mapped();
    if (!strcmp(way, "written")) write_plain();
    if (!strcmp(way, "mode")) chmod("folder/inner", 0600);
    if (!strcmp(way, "attribute")) setxattr("folder", "user.left", "1", 1, 0);
    if (!strcmp(way, "times")) utimensat(AT_FDCWD, "last", NULL, 0);
    if (!strcmp(way, "link")) link("whole", "folder/link");
    if (!strcmp(way, "beside")) leave("/var/tmp/left");
    if (!strcmp(way, "inside")) leave("folder/left");
    if (!strcmp(way, "output")) fchmod(1, 0);
    if (!strcmp(way, "printed")) puts("left");
    if (!strcmp(way, "marked")) fsetxattr(1, "user.left", "1", 1, 0);
    if (!strcmp(way, "order")) {
        rename("last", "other");
        rename("other", "last");
        set_times_back(".");
    }
    if (!strcmp(way, "exchanged")) {
        // As many entries as before, and one that only looks like the old.
        unlink("whole");
        int file = open("whole", O_WRONLY | O_CREAT, 0644);
        if (write(file, "xxxyx", 5) == 5) set_times_back("whole");
        close(file);
        set_times_back(".");
    }
    if (!strcmp(way, "moved")) {
        rename("folder/inner", "/tmp/left");
        set_times_back("folder");
    }
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    struct timespec interval;
    const char *way = strrchr(argv[0], '-');
    if (finds_traces()) sched_rr_get_interval(0, &interval);
    if (way) touch(way + 1);
    return 0;
}
