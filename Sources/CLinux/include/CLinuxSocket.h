// The sockets of a traced process, and the other ends of connections to them.
#ifndef CLINUX_SOCKET_H
#define CLINUX_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// What a socket is. glibc's constants are enumerations that Swift does not take for numbers.
enum {
    CLINUX_SOCKET_OTHER = 0,
    CLINUX_SOCKET_TCP = 1,
    CLINUX_SOCKET_UDP = 2,
    CLINUX_SOCKET_UNIX_STREAM = 3,
    CLINUX_SOCKET_UNIX_DATAGRAM = 4,
};

/// A socket and the address it is bound to, which the kernel knows also where a port was left to
/// it.
typedef struct {
    int32_t kind;
    /// Whether it takes connections.
    int32_t listens;
    uint32_t length;
    _Alignas(8) uint8_t address[128];
} clinux_endpoint;

/// Describes descriptor `descriptor` of a process, of which the caller is the tracer.
int clinux_describe_socket(pid_t process, int32_t descriptor, clinux_endpoint *endpoint);
/// Describes where a process is about to connect descriptor `descriptor` to, or to send to: an
/// address of `length` bytes as its memory holds it. The caller is its tracer.
int clinux_describe_destination(pid_t process, int32_t descriptor, const void *address,
                                uint32_t length, clinux_endpoint *endpoint);
/// Describes a UNIX socket by its path, or its name behind an @.
int clinux_local_endpoint(const char *path, int32_t is_stream, clinux_endpoint *endpoint);
/// Describes a port of TCP at 127.0.0.1; 0 for one that the kernel chooses.
int clinux_loopback_endpoint(uint16_t port, clinux_endpoint *endpoint);
/// The port that a socket of IPv4 is bound to.
int clinux_own_port(int32_t socket);
/// Reads what there is; 0 at the end of a stream, -EAGAIN while there is nothing.
int64_t clinux_receive(int32_t socket, void *bytes, uint64_t size);
int clinux_same_endpoint(const clinux_endpoint *left, const clinux_endpoint *right);
/// Writes the address as people do, such as `127.0.0.1:80`; returns its length.
int clinux_name_endpoint(const clinux_endpoint *endpoint, char *name, uint32_t size);

/// Connects to an endpoint of the process, without blocking; an address that stands for all is
/// taken as the loopback's. Returns a descriptor that is closed on exec.
int clinux_connect(const clinux_endpoint *endpoint, pid_t process);
/// Opens a socket that does not block at an address to which the process connects or sends; of a
/// stream it listens. What it makes in the file system belongs to the process's user. Fails with
/// EADDRINUSE where somebody is already.
int clinux_open_peer(const clinux_endpoint *endpoint, pid_t process);
/// The next connection to a listening peer; -EAGAIN when there is none.
int clinux_accept_peer(int32_t peer);
/// Has a peer for datagrams talk to whoever sent the first one that it has not read; -EAGAIN when
/// there is none.
int clinux_answer_peer(int32_t peer);
/// Whether a peer for datagrams has one that it has not read.
int clinux_is_asked(int32_t peer);
/// Answers the queries that have come to a peer for datagrams as a name server (RFC 1035): with
/// 127.0.0.1 for addresses of names that do not end in "invalid", else with nothing. How many it has
/// answered; what is no query is dropped.
int clinux_answer_names(int32_t peer);
/// Closes a peer that was opened, and removes its name from the file system.
int clinux_close_peer(int32_t peer);
/// Two sockets that are connected to each other; one's own does not block.
int clinux_make_pair(int32_t *mine, int32_t *theirs);
/// Programs that were not told otherwise expect descriptors that block.
void clinux_set_blocking(int32_t descriptor);
/// A file that is nowhere in the file system.
int clinux_make_memory_file(void);
/// Sends what the socket takes at once. Returns how many bytes.
int64_t clinux_send(int32_t socket, const void *_Nullable bytes, uint64_t size);
/// Reads and forgets what there is, up to `limit` bytes. Returns how many.
int64_t clinux_drain(int32_t socket, uint64_t limit);
/// Says that nothing more will be sent.
int clinux_half_close(int32_t socket);
/// Closes as close(2) does, and at once.
int clinux_close(int32_t socket);
/// Closes so that the peer's next call fails with ECONNRESET.
int clinux_reset(int32_t socket);

/// The state of a task as in the third field of `/proc/PID/task/TID/stat`, such as 'S'.
int clinux_task_state(pid_t process, pid_t task);
/// The same of a file that is kept open, a descriptor of the caller's. -ESRCH: the task is gone.
int clinux_open_task_state(pid_t process, pid_t task);
int clinux_read_task_state(int32_t file);
/// Lets other tasks on this processor run.
void clinux_yield(void);

#pragma clang assume_nonnull end

#endif
