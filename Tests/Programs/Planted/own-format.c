// Reads with -r what it has written with -w: a key of its own drawing and a sum over it, which
// nobody guesses.
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct record {
    uint8_t key[32];
    uint64_t sum;
};

static uint64_t sum_of(const uint8_t *key) {
    uint64_t sum = 0x9e3779b97f4a7c15;
    for (int index = 0; index < 32; index++) sum = (sum ^ key[index]) * 0x100000001b3;
    return sum;
}

int main(int count, char **arguments) {
    struct record record;
    if (count == 3 && !strcmp(arguments[1], "-w")) {
        int file = open(arguments[2], O_WRONLY | O_CREAT, 0600);
        getrandom(record.key, sizeof record.key, 0);
        record.sum = sum_of(record.key);
        return write(file, &record, sizeof record) != sizeof record;
    }
    if (count == 3 && !strcmp(arguments[1], "-r")) {
        int file = open(arguments[2], O_RDONLY);
        if (read(file, &record, sizeof record) == sizeof record && record.sum == sum_of(record.key))
            return getppid() < 0;
    }
    return 1;
}
