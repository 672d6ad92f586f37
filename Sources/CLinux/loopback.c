#include "CLinux.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// A message of rtnetlink(7) about a route.
typedef struct {
    struct nlmsghdr header;
    struct rtmsg route;
    char attributes[128];
} route_request;

static struct rtattr *append(route_request *request, unsigned short type, const void *data,
                             size_t size) {
    size_t start = NLMSG_ALIGN(request->header.nlmsg_len);
    struct rtattr *attribute = (struct rtattr *)((char *)request + start);
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), data, size);
    request->header.nlmsg_len = (unsigned)(start + RTA_ALIGN(attribute->rta_len));
    return attribute;
}

static int send_request(int handle, route_request *request) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[sizeof *request];
    } answer;
    if (send(handle, request, request->header.nlmsg_len, 0) < 0) return -errno;
    if (recv(handle, &answer, sizeof answer, 0) < 0) return -errno;
    return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

static route_request local_route(unsigned short type, unsigned short flags, unsigned char family,
                                 const void *address, size_t size, unsigned char bits) {
    route_request request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                   .nlmsg_type = type,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags},
        .route = {.rtm_family = family,
                  .rtm_dst_len = bits,
                  .rtm_table = RT_TABLE_LOCAL,
                  .rtm_protocol = RTPROT_KERNEL,
                  .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
                  .rtm_type = RTN_LOCAL},
    };
    unsigned interface = if_nametoindex("lo");
    append(&request, RTA_DST, address, size);
    append(&request, RTA_OIF, &interface, sizeof interface);
    return request;
}

static void ask_for_quick_acknowledgement(route_request *request) {
    unsigned on = 1;
    struct rtattr *metrics = append(request, RTA_METRICS, NULL, 0);
    append(request, RTAX_QUICKACK, &on, sizeof on);
    char *end = (char *)request + request->header.nlmsg_len;
    metrics->rta_len = (unsigned short)(end - (char *)metrics);
}

static void quicken_routes(void) {
    int handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (handle < 0) return;
    const unsigned char one[4] = {127, 0, 0, 1}, all[4] = {127, 0, 0, 0};
    const unsigned char sixth[16] = {[15] = 1};
    for (int i = 0; i < 2; i++) {
        route_request request = local_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, AF_INET,
                                            i ? one : all, sizeof one, i ? 32 : 8);
        append(&request, RTA_PREFSRC, one, sizeof one);
        ask_for_quick_acknowledgement(&request);
        send_request(handle, &request);
    }
    // The kernel's own cannot be replaced here, as its metric of zero stands for another. It is not
    // there at all where the kernel speaks no IPv6.
    route_request own = local_route(RTM_DELROUTE, 0, AF_INET6, sixth, sizeof sixth, 128);
    if (send_request(handle, &own) == 0) {
        route_request request =
            local_route(RTM_NEWROUTE, NLM_F_CREATE, AF_INET6, sixth, sizeof sixth, 128);
        ask_for_quick_acknowledgement(&request);
        send_request(handle, &request);
    }
    close(handle);
}

// A server that joins a group, as a machine's network lets it, would be refused here and might ask
// again and again.
static void route_groups(void) {
    int handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (handle < 0) return;
    const unsigned char fourth[4] = {224}, sixth[16] = {0xff};
    route_request request =
        local_route(RTM_NEWROUTE, NLM_F_CREATE, AF_INET, fourth, sizeof fourth, 4);
    request.route.rtm_table = RT_TABLE_MAIN;
    request.route.rtm_scope = RT_SCOPE_LINK;
    request.route.rtm_type = RTN_UNICAST;
    send_request(handle, &request);
    request = local_route(RTM_NEWROUTE, NLM_F_CREATE, AF_INET6, sixth, sizeof sixth, 8);
    request.route.rtm_type = RTN_MULTICAST;
    send_request(handle, &request);
    close(handle);
}

int clinux_enable_loopback(void) {
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) return -errno;
    struct ifreq request = {.ifr_name = "lo"};
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
    int result = ioctl(handle, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
    close(handle);
    // Without it conversations last longer, and a pause in them may pass for their end.
    if (result == 0) {
        quicken_routes();
        route_groups();
    }
    return result;
}
