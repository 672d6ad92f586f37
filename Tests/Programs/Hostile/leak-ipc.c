// Leaves shared memory segments, semaphores and message queues behind, of System V and of POSIX.
// Prints how many of each it has made; what is there already does not count.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "sandboxed.h"

enum { COUNT = 64 };

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    int segments = 0, semaphores = 0, queues = 0, files = 0, posix_queues = 0;
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        segments += shmget(0xfa7000 + i, 1 << 20, IPC_CREAT | IPC_EXCL | 0666) >= 0;
        semaphores += semget(0xfa7000 + i, 8, IPC_CREAT | IPC_EXCL | 0666) >= 0;
        queues += msgget(0xfa7000 + i, IPC_CREAT | IPC_EXCL | 0666) >= 0;
        snprintf(name, sizeof name, "/leak-%d", i);
        int file = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0666);
        files += file >= 0 && ftruncate(file, 1 << 20) == 0;
        posix_queues += mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0666, NULL) != (mqd_t)-1;
    }
    printf("%d %d %d %d %d\n", segments, semaphores, queues, files, posix_queues);
    return 0;
}
