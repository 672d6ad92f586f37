// Calls functions of its own in several tasks: with what, tests of breakpoints know.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) int same_text(const char *left, const char *right) {
    int result = strcmp(left, right);
    __asm__ volatile("" : "+r"(result));
    return result == 0;
}

__attribute__((noinline)) int same_bytes(const void *left, const void *right, size_t size) {
    int result = memcmp(left, right, size);
    __asm__ volatile("" : "+r"(result));
    return result == 0;
}

__attribute__((noinline)) void passed(void) { __asm__ volatile("nop"); }

static void *in_thread(void *unused) {
    same_text("thread", "other thread");
    return unused;
}

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (same_text(arguments[i], "wanted")) puts("found");
    }
    same_bytes("a\0b", "a\0c", 3);
    for (int turn = 0; turn < 3; turn++) passed();
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    pid_t child = fork();
    if (child == 0) {
        same_text("child", "parent");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    fflush(stdout);
    if (count > 1 && !strcmp(arguments[1], "again")) {
        execl("/proc/self/exe", "compares", "image", NULL);
    }
    return 0;
}
