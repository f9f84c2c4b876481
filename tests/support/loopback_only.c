/* Preloaded into a server that would listen on every interface: it listens on this machine only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int socket, const struct sockaddr *address, socklen_t size)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 here = *(const struct sockaddr_in6 *)address;
        here.sin6_addr = in6addr_loopback;
        return real(socket, (struct sockaddr *)&here, sizeof here);
    }
    if (address->sa_family == AF_INET) {
        struct sockaddr_in here = *(const struct sockaddr_in *)address;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return real(socket, (struct sockaddr *)&here, sizeof here);
    }
    return real(socket, address, size);
}
