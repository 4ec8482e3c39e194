// Many connections that do nothing. Each has shown that it works before the wait, and all have to answer after it.

#include "../request.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

static struct client *clients;

static int echoes(struct client *client, char byte) {
    char answer = 0;
    return client_write_all(client, &byte, 1) && client_read_all(client, &answer, 1) && answer == byte;
}

static void open_some(int number) {
    for (int i = number; i < options.connections; i += options.threads) {
        if (!client_open(&clients[i])) clients[i].descriptor = -1;
        else if (!echoes(&clients[i], REQUEST_ECHO)) fail("connection %d did not echo when it was new", i);
    }
}

static void ask_all(void) {
    char byte = 'a', answer;
    for (int i = 0; i < options.connections; i++) {
        if (clients[i].descriptor >= 0 && !client_write_all(&clients[i], &byte, 1)) fail("connection %d is gone", i);
    }
    for (int i = 0; i < options.connections; i++) {
        if (clients[i].descriptor < 0) continue;
        if (!client_read_all(&clients[i], &answer, 1) || answer != byte) fail("connection %d did not echo", i);
    }
}

void run_idle(void) {
    clients = calloc((size_t)options.connections, sizeof *clients);
    if (!clients) {
        fail("no memory for %d connections", options.connections);
        return;
    }
    double start = now();
    run_threads(options.threads, open_some);
    printf("opened_seconds=%.3f\n", now() - start);
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin)) continue;
    start = now();
    ask_all();
    printf("answered_seconds=%.3f\n", now() - start);
    for (int i = 0; i < options.connections; i++) {
        if (clients[i].descriptor < 0) continue;
        client_end(&clients[i]);
        client_close(&clients[i]);
    }
    free(clients);
}
