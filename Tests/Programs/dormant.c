/* Asks the C library for a service, or only does what refers to its code. */
#define _GNU_SOURCE
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>

extern char **environ;

static void *work(void *argument) { return argument; }

int main(int count, char **words)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
#ifdef CEILING
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT);
#endif
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutex_lock(&mutex);

    posix_spawnattr_t spawning;
    posix_spawnattr_init(&spawning);
#ifdef SPAWN
    posix_spawnattr_setflags(&spawning, POSIX_SPAWN_SETPGROUP);
#endif
    pid_t child;
    posix_spawn(&child, "/bin/true", NULL, &spawning, words, environ);

    pthread_t thread;
    pthread_attr_t thread_attributes;
    pthread_attr_init(&thread_attributes);
#ifdef AFFINITY
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(0, &processors);
    pthread_attr_setaffinity_np(&thread_attributes, sizeof processors, &processors);
#endif
    pthread_create(&thread, &thread_attributes, work, NULL);

    struct passwd *user = getpwnam(words[0]);
#ifdef HOSTS
    struct addrinfo *addresses;
    getaddrinfo("localhost", NULL, NULL, &addresses);
#endif
#ifdef LEAVE
    pthread_exit(user);
#endif
    return user == NULL && count > 1;
}
