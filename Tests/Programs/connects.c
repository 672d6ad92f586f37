// A client in several manners, by argv[1]: "tcp", "tcp6", "udp", "udp-sendto", "unix",
// "unix-datagram"; argv[2] is a port, or the path of a UNIX socket, argv[3] how many connections it
// makes one after the other, 1 when it is left out.
//
// It says "hello" and handles each byte that it hears: 'p' getppid, 'u' umask, 'e' ends the
// connection from its side. Exit status: 7 at the end of the stream, 8 where the connection was
// reset, 9 where nobody is, 6 after a datagram.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_storage address;
static socklen_t length;

static void find(const char *manner, const char *place) {
    if (strncmp(manner, "unix", 4) == 0) {
        struct sockaddr_un *local = (struct sockaddr_un *)&address;
        local->sun_family = AF_UNIX;
        strncpy(local->sun_path, place, sizeof local->sun_path - 1);
        length = sizeof *local;
    } else if (strcmp(manner, "tcp6") == 0) {
        struct sockaddr_in6 *internet = (struct sockaddr_in6 *)&address;
        internet->sin6_family = AF_INET6;
        internet->sin6_port = htons((uint16_t)atoi(place));
        internet->sin6_addr = in6addr_loopback;
        length = sizeof *internet;
    } else {
        struct sockaddr_in *internet = (struct sockaddr_in *)&address;
        internet->sin_family = AF_INET;
        internet->sin_port = htons((uint16_t)atoi(place));
        internet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof *internet;
    }
}

static int talk(const char *manner) {
    int is_datagram = strncmp(manner, "udp", 3) == 0 || strcmp(manner, "unix-datagram") == 0;
    int client = socket(address.ss_family, is_datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (strcmp(manner, "unix-datagram") == 0) {
        // With a name of its own it can be answered.
        struct sockaddr_un none = {.sun_family = AF_UNIX};
        bind(client, (struct sockaddr *)&none, sizeof none.sun_family);
    }
    if (strcmp(manner, "udp-sendto") == 0) {
        sendto(client, "hello", 5, 0, (struct sockaddr *)&address, length);
    } else {
        if (connect(client, (struct sockaddr *)&address, length) < 0) return 9;
        if (write(client, "hello", 5) < 0) return 9;
    }
    for (;;) {
        char message[4096];
        ssize_t size = read(client, message, sizeof message);
        if (size <= 0) {
            int status = size == 0 ? 7 : errno == ECONNRESET ? 8 : 9;
            close(client);
            return status;
        }
        for (ssize_t i = 0; i < size; i++) {
            if (message[i] == 'p') getppid();
            if (message[i] == 'u') umask(022);
            if (message[i] == 'e') {
                close(client);
                return 7;
            }
        }
        if (is_datagram) return 6;
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    find(argv[1], argv[2]);
    int status = 0;
    for (int left = argc > 3 ? atoi(argv[3]) : 1; left > 0; left--) status = talk(argv[1]);
    return status;
}
