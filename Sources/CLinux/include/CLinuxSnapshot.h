// Knowing that files are still as they were left.
#ifndef CLINUX_SNAPSHOT_H
#define CLINUX_SNAPSHOT_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Files and folders of one file system as they were when they were added.
typedef struct clinux_snapshot clinux_snapshot;

clinux_snapshot *_Nullable clinux_snapshot_create(void);
void clinux_snapshot_destroy(clinux_snapshot *snapshot);
/// Forgets all entries but the first so many.
void clinux_snapshot_truncate(clinux_snapshot *snapshot, uint32_t count);
uint32_t clinux_snapshot_count(const clinux_snapshot *snapshot);

/// Adds what is at the path: its inode, and the content of a regular file, which stays open.
/// `directory` must stay open and `path` is copied; a link is not followed. -EFBIG for content
/// beyond 1 MiB in all, which is not worth comparing.
int clinux_snapshot_add(clinux_snapshot *snapshot, int32_t directory, const char *path);

/// Takes over the attributes that the entries have now, after changes of the caller's own that
/// left every content as it was.
int clinux_snapshot_refresh(clinux_snapshot *snapshot);

/// Notes the time. What changes later is recognised by its time of change where the kernel gives
/// every change a time of its own, else if its time of change before was earlier than now.
void clinux_snapshot_begin(clinux_snapshot *snapshot);

/// Whether so many entries from the first given on are provably as they were: same inodes with the
/// same attributes, times of change included, and the same content, which a shared mapping changes
/// without a trace. `has_fine_times` is what clinux_has_fine_times has returned for the file
/// system.
int clinux_snapshot_holds(const clinux_snapshot *snapshot, uint32_t first, uint32_t count,
                          int32_t has_fine_times);

/// Empties the file of an entry, a regular one that was empty; 1 if it is like a new one then, but
/// for its times: nobody has changed its owner, mode, links or extended attributes.
int clinux_snapshot_empty_again(const clinux_snapshot *snapshot, uint32_t index);

/// Whether two changes of a file in this directory have different times however fast they follow
/// each other, see "multigrain timestamps" in the kernel's documentation. Tries it out.
int clinux_has_fine_times(int32_t directory);

/// How many more inodes the file system of a directory can hold; -errno where it cannot tell.
int64_t clinux_free_inodes(int32_t directory);

#pragma clang assume_nonnull end

#endif
