#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// --- The root --------------------------------------------------------------------------------

int clinux_pivot_root(const char *root, const char *old) {
    if (syscall(SYS_pivot_root, root, old) < 0 || chdir("/") < 0) return -errno;
    return 0;
}

int clinux_make_only_this_read_only(const char *path) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
    long result = syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attributes, sizeof attributes);
    return result < 0 ? -errno : 0;
}

// --- Looking through trees -------------------------------------------------------------------

typedef struct {
    char *path;
    uint32_t depth;
} folder;

typedef struct {
    const clinux_search *search;
    folder *folders;
    size_t first, count, room;
    char *found;
    int64_t length, capacity;
    int64_t end;
    int complete;
} walk;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int is_listed(const char *list, const char *text) {
    for (; *list; list += strlen(list) + 1) {
        if (!strcmp(list, text)) return 1;
    }
    return 0;
}

// Takes the path over.
static void push(walk *walk, char *path, uint32_t depth) {
    if (!path || depth > walk->search->depth || is_listed(walk->search->left_out, path)) {
        free(path);
        return;
    }
    if (walk->count == walk->room) {
        size_t room = walk->room ? walk->room * 2 : 256;
        folder *larger = realloc(walk->folders, room * sizeof *larger);
        if (!larger) {
            walk->complete = 0;
            free(path);
            return;
        }
        walk->folders = larger;
        walk->room = room;
    }
    walk->folders[walk->count++] = (folder){path, depth};
}

static void note(walk *walk, const char *path) {
    int64_t size = (int64_t)strlen(path) + 1;
    if (size > walk->capacity - walk->length) {
        walk->complete = 0;
        return;
    }
    memcpy(walk->found + walk->length, path, (size_t)size);
    walk->length += size;
}

static char *joined(const char *path, const char *name) {
    size_t length = strlen(path), size = strlen(name) + 1;
    char *result = malloc(length + 1 + size);
    if (!result) return NULL;
    memcpy(result, path, length);
    if (length == 1 && *path == '/') length = 0;
    result[length] = '/';
    memcpy(result + length + 1, name, size);
    return result;
}

static int is_private(const struct stat *status, uint32_t owner) {
    if (status->st_uid != owner) return 0;
    if (S_ISDIR(status->st_mode)) return (status->st_mode & S_IXOTH) == 0;
    return S_ISREG(status->st_mode) && (status->st_mode & S_IROTH) == 0;
}

static int matches(const walk *walk, int directory, const char *name, unsigned char *type) {
    struct stat status = {0};
    int needs_status = (walk->search->kinds & CLINUX_FIND_PRIVATE) || *type == DT_UNKNOWN;
    if (needs_status) {
        if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) return 0;
        *type = (unsigned char)((status.st_mode & S_IFMT) >> 12);
    }
    if ((walk->search->kinds & CLINUX_FIND_SPECIAL) && *type != DT_REG && *type != DT_DIR &&
        *type != DT_LNK) {
        return 1;
    }
    if ((walk->search->kinds & CLINUX_FIND_PRIVATE) && is_private(&status, walk->search->owner)) {
        return 1;
    }
    return is_listed(walk->search->names, name);
}

static void look_at(walk *walk, int directory, const folder *at, const struct dirent64 *entry) {
    const char *name = entry->d_name;
    if (!strcmp(name, ".") || !strcmp(name, "..")) return;
    unsigned char type = entry->d_type;
    int is_found = matches(walk, directory, name, &type);
    if (!is_found && type != DT_DIR) return;
    char *path = joined(at->path, name);
    if (!path) {
        walk->complete = 0;
    } else if (is_found) {
        if (!is_listed(walk->search->left_out, path)) note(walk, path);
        free(path);
    } else {
        push(walk, path, at->depth + 1);
    }
}

static void look_into(walk *walk, const folder *at) {
    // The caller names folders; a link to one among them is not looked into.
    int directory = open(at->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (directory < 0) return;
    _Alignas(struct dirent64) char entries[16384];
    for (;;) {
        ssize_t size = getdents64(directory, entries, sizeof entries);
        if (size <= 0) break;
        for (ssize_t offset = 0; offset < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + offset);
            offset += entry->d_reclen;
            look_at(walk, directory, at, entry);
        }
        if (now() > walk->end) {
            walk->complete = 0;
            break;
        }
    }
    close(directory);
}

int64_t clinux_find_entries(const char *paths, const clinux_search *search, char *found,
                            int64_t capacity, int32_t *is_complete) {
    walk walk = {
        .search = search,
        .found = found,
        .capacity = capacity,
        .end = now() + search->milliseconds,
        .complete = 1,
    };
    for (; *paths; paths += strlen(paths) + 1) push(&walk, strdup(paths), 0);
    while (walk.first < walk.count) {
        // Growing the list moves it.
        folder at = walk.folders[walk.first++];
        if (now() <= walk.end) {
            look_into(&walk, &at);
        } else {
            walk.complete = 0;
        }
        free(at.path);
    }
    free(walk.folders);
    *is_complete = walk.complete;
    return walk.length;
}
