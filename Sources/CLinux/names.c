#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "CLinux.h"

// See RFC 1035, section 4.
enum {
    HEADER = 12,
    MOST_BYTES = 512,
    MOST_QUERIES = 16,
    TYPE_ADDRESS = 1,
    CLASS_INTERNET = 1,
    NO_SUCH_NAME = 3,
};

static unsigned number_at(const uint8_t *bytes) { return (unsigned)bytes[0] << 8 | bytes[1]; }

// The size of the one question of a query, 0 where it is none.
static size_t question_size(const uint8_t *query, size_t size, int *is_invalid) {
    if (size < HEADER || query[2] & 0xf8 || number_at(query + 4) != 1) return 0;
    size_t at = HEADER, label = 0;
    *is_invalid = 0;
    while (at < size && query[at] != 0) {
        label = query[at];
        if (label > 63 || at + 1 + label >= size) return 0;
        // The domain in which there is no name, see RFC 6761.
        *is_invalid = label == 7 && strncasecmp((const char *)query + at + 1, "invalid", 7) == 0;
        at += 1 + label;
    }
    return at + 5 <= size ? at + 5 - HEADER : 0;
}

// Makes an answer of a query in its place; its size, 0 where there is none to be given.
static size_t make_answer(uint8_t *message, size_t size) {
    static const uint8_t address[] = {0xc0, HEADER, 0, TYPE_ADDRESS, 0, CLASS_INTERNET,
                                      0,    0,      0, 60,           0, 4,
                                      127,  0,      0, 1};
    int is_invalid = 0;
    size_t question = question_size(message, size, &is_invalid);
    if (question == 0) return 0;
    const uint8_t *end = message + HEADER + question;
    int has_address = !is_invalid && number_at(end - 4) == TYPE_ADDRESS &&
                      number_at(end - 2) == CLASS_INTERNET;
    // A response, recursion as it was asked for, and to be had.
    message[2] = (uint8_t)(0x80 | (message[2] & 1));
    message[3] = (uint8_t)(0x80 | (is_invalid ? NO_SUCH_NAME : 0));
    memset(message + 6, 0, HEADER - 6);
    size_t answer = HEADER + question;
    if (has_address && answer + sizeof address <= MOST_BYTES) {
        message[7] = 1;
        memcpy(message + answer, address, sizeof address);
        answer += sizeof address;
    }
    return answer;
}

int clinux_is_asked(int32_t socket) {
    char byte;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

int clinux_answer_names(int32_t socket) {
    int answered = 0;
    for (int i = 0; i < MOST_QUERIES; i++) {
        uint8_t message[MOST_BYTES];
        struct sockaddr_storage sender;
        socklen_t length = sizeof sender;
        ssize_t count = recvfrom(socket, message, sizeof message, MSG_DONTWAIT,
                                 (struct sockaddr *)&sender, &length);
        if (count < 0) break;
        size_t size = make_answer(message, (size_t)count);
        if (size == 0) continue;
        if (sendto(socket, message, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&sender,
                   length) >= 0) {
            answered++;
        }
    }
    return answered;
}
