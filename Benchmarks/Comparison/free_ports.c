// Prints ports of 127.0.0.1 that nobody uses, picked by the system, all different:
//   free_ports COUNT

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LIMIT = 64 };

int main(int count, char **arguments) {
    int wanted = count == 2 ? atoi(arguments[1]) : 0;
    if (wanted < 1 || wanted > LIMIT) {
        fprintf(stderr, "usage: free_ports COUNT, 1 to %d\n", LIMIT);
        return 64;
    }
    // Each stays bound until all are known.
    for (int i = 0; i < wanted; i++) {
        int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(descriptor, (struct sockaddr *)&address, size) != 0
            || getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
            perror("free_ports");
            return 71;
        }
        printf("%d\n", ntohs(address.sin_port));
    }
    return 0;
}
