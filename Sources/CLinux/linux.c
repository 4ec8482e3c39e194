#define _GNU_SOURCE
#include "CLinux.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

int linux_accept(int listener, void *address, uint32_t *size) {
    return accept4(listener, address, size, SOCK_CLOEXEC);
}

int linux_eventfd(unsigned int count) { return eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK); }

int linux_eventfd_signal(int descriptor) { return eventfd_write(descriptor, 1); }

void linux_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }
