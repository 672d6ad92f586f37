#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(struct sockaddr_storage) <= sizeof(((clinux_endpoint *)0)->address),
               "an endpoint holds every address");

static int option(int socket, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(socket, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

static int kind_of(int family, int type) {
    int is_internet = family == AF_INET || family == AF_INET6;
    if (is_internet && type == SOCK_STREAM) return CLINUX_SOCKET_TCP;
    if (is_internet && type == SOCK_DGRAM) return CLINUX_SOCKET_UDP;
    if (family == AF_UNIX && type == SOCK_STREAM) return CLINUX_SOCKET_UNIX_STREAM;
    if (family == AF_UNIX && type == SOCK_DGRAM) return CLINUX_SOCKET_UNIX_DATAGRAM;
    return CLINUX_SOCKET_OTHER;
}

// A copy of a descriptor of the process.
static int copy_descriptor(pid_t process, int32_t descriptor) {
    int handle = (int)syscall(SYS_pidfd_open, process, 0);
    if (handle < 0) return -errno;
    int copy = (int)syscall(SYS_pidfd_getfd, handle, descriptor, 0);
    int result = copy < 0 ? -errno : copy;
    close(handle);
    return result;
}

int clinux_describe_socket(pid_t process, int32_t descriptor, clinux_endpoint *endpoint) {
    memset(endpoint, 0, sizeof *endpoint);
    int socket = copy_descriptor(process, descriptor), result = 0;
    if (socket < 0) return socket;
    endpoint->kind = kind_of(option(socket, SO_DOMAIN), option(socket, SO_TYPE));
    endpoint->listens = option(socket, SO_ACCEPTCONN) == 1;
    socklen_t length = sizeof endpoint->address;
    if (getsockname(socket, (struct sockaddr *)endpoint->address, &length) < 0) result = -errno;
    endpoint->length = length;
    close(socket);
    return result;
}

// The least length of an address of the family that the socket's kind has.
static uint32_t least_length(int kind, int family) {
    int is_unix = kind == CLINUX_SOCKET_UNIX_STREAM || kind == CLINUX_SOCKET_UNIX_DATAGRAM;
    if (kind == CLINUX_SOCKET_OTHER || is_unix != (family == AF_UNIX)) return UINT32_MAX;
    switch (family) {
    case AF_INET: return sizeof(struct sockaddr_in);
    case AF_INET6: return sizeof(struct sockaddr_in6);
    case AF_UNIX: return offsetof(struct sockaddr_un, sun_path) + 2;
    default: return UINT32_MAX;
    }
}

int clinux_describe_destination(pid_t process, int32_t descriptor, const void *address,
                                uint32_t length, clinux_endpoint *endpoint) {
    memset(endpoint, 0, sizeof *endpoint);
    sa_family_t family = AF_UNSPEC;
    if (length < sizeof family || length > sizeof(struct sockaddr_storage)) return -EINVAL;
    int socket = copy_descriptor(process, descriptor);
    if (socket < 0) return socket;
    endpoint->kind = kind_of(option(socket, SO_DOMAIN), option(socket, SO_TYPE));
    close(socket);
    memcpy(&family, address, sizeof family);
    if (length < least_length(endpoint->kind, family)) return -EINVAL;
    memcpy(endpoint->address, address, length);
    endpoint->length = length;
    return 0;
}

int clinux_local_endpoint(const char *path, int32_t is_stream, clinux_endpoint *endpoint) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof local.sun_path) return -ENAMETOOLONG;
    memset(endpoint, 0, sizeof *endpoint);
    memcpy(local.sun_path, path, size);
    // By convention a name that begins with @ is in no file system.
    int is_abstract = path[0] == '@';
    if (is_abstract) local.sun_path[0] = 0;
    endpoint->kind = is_stream ? CLINUX_SOCKET_UNIX_STREAM : CLINUX_SOCKET_UNIX_DATAGRAM;
    endpoint->length =
        (uint32_t)(offsetof(struct sockaddr_un, sun_path) + size + (is_abstract ? 0 : 1));
    memcpy(endpoint->address, &local, sizeof local);
    return 0;
}

int clinux_loopback_endpoint(uint16_t port, clinux_endpoint *endpoint) {
    struct sockaddr_in internet = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->kind = CLINUX_SOCKET_TCP;
    endpoint->length = sizeof internet;
    memcpy(endpoint->address, &internet, sizeof internet);
    return 0;
}

int clinux_own_port(int32_t socket) {
    struct sockaddr_in internet;
    socklen_t length = sizeof internet;
    if (getsockname(socket, (struct sockaddr *)&internet, &length) < 0) return -errno;
    return ntohs(internet.sin_port);
}

int64_t clinux_receive(int32_t socket, void *bytes, uint64_t size) {
    ssize_t count = recv(socket, bytes, size, MSG_DONTWAIT);
    return count < 0 ? -errno : count;
}

int clinux_same_endpoint(const clinux_endpoint *left, const clinux_endpoint *right) {
    return left->kind == right->kind && left->length == right->length &&
           memcmp(left->address, right->address, left->length) == 0;
}

int clinux_name_endpoint(const clinux_endpoint *endpoint, char *name, uint32_t size) {
    const struct sockaddr *address = (const struct sockaddr *)endpoint->address;
    char host[INET6_ADDRSTRLEN] = "?";
    int length = 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *internet = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &internet->sin_addr, host, sizeof host);
        length = snprintf(name, size, "%s:%u", host, ntohs(internet->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *internet = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &internet->sin6_addr, host, sizeof host);
        length = snprintf(name, size, "[%s]:%u", host, ntohs(internet->sin6_port));
    } else if (address->sa_family == AF_UNIX) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)address;
        int space = (int)endpoint->length - (int)offsetof(struct sockaddr_un, sun_path);
        int is_abstract = space > 1 && local->sun_path[0] == 0;
        if (is_abstract) {
            length = snprintf(name, size, "@%.*s", space - 1, local->sun_path + 1);
        } else {
            length = snprintf(name, size, "%.*s", space > 0 ? space : 0, local->sun_path);
        }
    }
    return length < (int)size ? length : (int)size - 1;
}

// Where a client finds the endpoint; the new length, 0 when there is no way.
static socklen_t reach(const clinux_endpoint *endpoint, pid_t process,
                       struct sockaddr_storage *address) {
    socklen_t length = endpoint->length;
    memcpy(address, endpoint->address, sizeof *address);
    if (address->ss_family == AF_INET) {
        struct sockaddr_in *internet = (struct sockaddr_in *)address;
        if (internet->sin_addr.s_addr == htonl(INADDR_ANY)) {
            internet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        }
    } else if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 *internet = (struct sockaddr_in6 *)address;
        if (IN6_IS_ADDR_UNSPECIFIED(&internet->sin6_addr)) {
            internet->sin6_addr = in6addr_loopback;
        }
    } else if (address->ss_family == AF_UNIX) {
        struct sockaddr_un *local = (struct sockaddr_un *)address;
        char first = length > offsetof(struct sockaddr_un, sun_path) ? local->sun_path[0] : 0;
        if (first == 0 || first == '/') return length;
        char path[sizeof local->sun_path];
        int size = snprintf(path, sizeof path, "/proc/%d/cwd/%s", process, local->sun_path);
        if (size >= (int)sizeof path) return 0;
        memcpy(local->sun_path, path, sizeof path);
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)size + 1);
    }
    return length;
}

static int is_stream(const clinux_endpoint *endpoint) {
    return endpoint->kind == CLINUX_SOCKET_TCP || endpoint->kind == CLINUX_SOCKET_UNIX_STREAM;
}

// A socket of the endpoint's kind that never blocks, and where the endpoint is for us.
static int make_socket(const clinux_endpoint *endpoint, pid_t process,
                       struct sockaddr_storage *address, socklen_t *length) {
    *length = reach(endpoint, process, address);
    if (*length == 0) return -ENAMETOOLONG;
    int type = (is_stream(endpoint) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int made = socket(address->ss_family, type, 0);
    return made < 0 ? -errno : made;
}

int clinux_connect(const clinux_endpoint *endpoint, pid_t process) {
    _Alignas(8) struct sockaddr_storage address;
    socklen_t length = 0;
    int client = make_socket(endpoint, process, &address, &length);
    if (client < 0) return client;
    int one = 1;
    // A second message must not wait for the first one's acknowledgement.
    if (endpoint->kind == CLINUX_SOCKET_TCP) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (endpoint->kind == CLINUX_SOCKET_UNIX_DATAGRAM) {
        // With a name of its own, which the kernel chooses, it can be answered.
        struct sockaddr_un none = {.sun_family = AF_UNIX};
        bind(client, (struct sockaddr *)&none, sizeof none.sun_family);
    }
    if (connect(client, (struct sockaddr *)&address, length) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(client);
        return -error;
    }
    return client;
}

// Binds as the user whose process it is, so that nothing comes into being that the user could not
// make.
static int bind_as(pid_t process, int socket, const struct sockaddr_storage *address,
                   socklen_t length) {
    char path[32];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d", process);
    int is_known = address->ss_family == AF_UNIX && stat(path, &status) == 0;
    if (is_known) {
        setfsgid(status.st_gid);
        setfsuid(status.st_uid);
    }
    int result = bind(socket, (const struct sockaddr *)address, length) < 0 ? -errno : 0;
    if (is_known) {
        setfsuid(geteuid());
        setfsgid(getegid());
    }
    return result;
}

int clinux_open_peer(const clinux_endpoint *endpoint, pid_t process) {
    _Alignas(8) struct sockaddr_storage address;
    socklen_t length = 0;
    int peer = make_socket(endpoint, process, &address, &length);
    if (peer < 0) return peer;
    int one = 1;
    // What is left of a former connection must not keep the address.
    if (endpoint->kind == CLINUX_SOCKET_TCP) {
        setsockopt(peer, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    }
    int result = bind_as(process, peer, &address, length);
    if (result == 0 && is_stream(endpoint) && listen(peer, 64) < 0) result = -errno;
    if (result == 0) return peer;
    close(peer);
    return result;
}

int clinux_accept_peer(int32_t peer) {
    int client = accept4(peer, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return -errno;
    int one = 1;
    // Fails on what is not TCP, where nothing is delayed either.
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return client;
}

int clinux_answer_peer(int32_t peer) {
    struct sockaddr_storage sender;
    socklen_t length = sizeof sender;
    char byte;
    ssize_t count = recvfrom(peer, &byte, 1, MSG_PEEK | MSG_DONTWAIT, (struct sockaddr *)&sender,
                             &length);
    if (count < 0) return -errno;
    // A sender without a name cannot be answered, but it can be heard.
    if (length > sizeof sender.ss_family) connect(peer, (struct sockaddr *)&sender, length);
    return 0;
}

int clinux_close_peer(int32_t peer) {
    struct sockaddr_un local;
    socklen_t length = sizeof local;
    int is_named = getsockname(peer, (struct sockaddr *)&local, &length) == 0 &&
                   local.sun_family == AF_UNIX &&
                   length > offsetof(struct sockaddr_un, sun_path) && local.sun_path[0] != 0;
    if (is_named) unlink(local.sun_path);
    return close(peer) < 0 ? -errno : 0;
}

int clinux_make_pair(int32_t *mine, int32_t *theirs) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
    fcntl(pair[0], F_SETFL, O_RDWR | O_NONBLOCK);
    *mine = pair[0];
    *theirs = pair[1];
    return 0;
}

void clinux_set_blocking(int32_t descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0) fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

int clinux_make_memory_file(void) {
    int file = memfd_create("companion", MFD_CLOEXEC);
    return file < 0 ? -errno : file;
}

int64_t clinux_send(int32_t socket, const void *bytes, uint64_t size) {
    ssize_t count = send(socket, size ? bytes : "", size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return count < 0 ? -errno : count;
}

int64_t clinux_drain(int32_t socket, uint64_t limit) {
    static _Thread_local char buffer[65536];
    int64_t total = 0;
    while ((uint64_t)total < limit) {
        ssize_t count = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (count <= 0) break;
        total += count;
    }
    return total;
}

int clinux_half_close(int32_t socket) { return shutdown(socket, SHUT_WR) < 0 ? -errno : 0; }

// A process that is being started has a copy of every descriptor for a moment, so that the peer
// must be told before the descriptor is closed.
int clinux_close(int32_t socket) {
    int unread = 0;
    // As close(2) does, which resets a connection on which something was not read.
    if (ioctl(socket, FIONREAD, &unread) == 0 && unread > 0) return clinux_reset(socket);
    shutdown(socket, SHUT_RDWR);
    return close(socket) < 0 ? -errno : 0;
}

int clinux_reset(int32_t socket) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    connect(socket, &nobody, sizeof nobody);
    return close(socket) < 0 ? -errno : 0;
}

int clinux_open_task_state(pid_t process, pid_t task) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, task);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    return file < 0 ? -errno : file;
}

int clinux_read_task_state(int32_t file) {
    char text[512];
    ssize_t count = pread(file, text, sizeof text - 1, 0);
    if (count <= 0) return -ESRCH;
    text[count] = 0;
    // The name in parentheses may hold anything, but at most 16 bytes.
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' ? end[2] : -EPROTO;
}

int clinux_task_state(pid_t process, pid_t task) {
    int file = clinux_open_task_state(process, task);
    if (file < 0) return file;
    int state = clinux_read_task_state(file);
    close(file);
    return state;
}

void clinux_yield(void) { sched_yield(); }
