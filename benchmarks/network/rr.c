/* A byte there and one back over TCP: time of a round, in ns.
 *
 *     cc -O2 -o rr rr.c
 *     rr server PORT
 *     rr proxy PORT HOST HOST_PORT      a user-space proxy of one connection: reads and writes, as a published port's
 *     rr client HOST PORT SECONDS       prints the mean of a round
 *
 * paths.py puts the ends in network namespaces of their own.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in address(const char *host, const char *port) {
    struct sockaddr_in it = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    if (inet_pton(AF_INET, host, &it.sin_addr) != 1) exit(2);
    return it;
}

static int quick(int s) {
    int on = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return s;
}

static int listening(const char *port) {
    struct sockaddr_in at = address("0.0.0.0", port);
    int on = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (void *)&at, sizeof at) || listen(s, 8)) exit(3);
    return s;
}

static int connected(const char *host, const char *port) {
    struct sockaddr_in to = address(host, port);
    for (int tries = 0; tries < 200; tries++) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(s, (void *)&to, sizeof to)) return quick(s);
        close(s);
        usleep(10000);
    }
    exit(4);
}

static void serve(int s) {
    char byte;
    while (read(s, &byte, 1) == 1)
        if (write(s, &byte, 1) != 1) return;
}

static void relay(int a, int b) {
    struct pollfd two[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    char buffer[65536];
    for (;;) {
        poll(two, 2, -1);
        for (int n = 0; n < 2; n++) {
            if (!two[n].revents) continue;
            ssize_t got = read(two[n].fd, buffer, sizeof buffer);
            if (got <= 0 || write(two[1 - n].fd, buffer, got) != got) return;
        }
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void ask(int s, double seconds) {
    char byte = 1;
    long rounds = 0;
    double start = 0, end;
    do {
        if (write(s, &byte, 1) != 1 || read(s, &byte, 1) != 1) exit(5);
        if (++rounds == 2000) start = now(); /* the first rounds warm up */
        end = now();
    } while (rounds <= 2000 || end - start < seconds);
    printf("%.1f\n", (end - start) / (rounds - 2000) * 1e9);
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "server"))
        for (int s = listening(argv[2]), c; (c = accept(s, 0, 0)) >= 0; close(c)) serve(quick(c));
    else if (argc == 5 && !strcmp(argv[1], "proxy"))
        for (int s = listening(argv[2]), c; (c = accept(s, 0, 0)) >= 0; close(c)) {
            int out = connected(argv[3], argv[4]);
            relay(quick(c), out);
            close(out);
        }
    else if (argc == 5 && !strcmp(argv[1], "client"))
        ask(connected(argv[2], argv[3]), atof(argv[4]));
    else
        return 1;
}
