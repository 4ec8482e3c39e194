#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

int linux_accept(int listener, void *address, uint32_t *size) {
    return accept4(listener, address, size, SOCK_CLOEXEC);
}

int linux_eventfd(unsigned int count) { return eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK); }

int linux_eventfd_signal(int descriptor) { return eventfd_write(descriptor, 1); }

int linux_semaphore_wait(void *semaphore, uint64_t deadline) {
    const uint64_t second = 1000000000;
    struct timespec time = {.tv_sec = (time_t)(deadline / second), .tv_nsec = (long)(deadline % second)};
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, &time);
}

// The kernel refuses a set that is too small for the machine's processors; 8192 is the most that it can be built for.
int linux_usable_processors(void) {
    cpu_set_t set[8192 / CPU_SETSIZE];
    if (sched_getaffinity(0, sizeof set, set) != 0) return -1;
    return CPU_COUNT_S(sizeof set, set);
}

// Keeps 15 bytes of a longer name, where pthread_setname_np refuses it.
void linux_set_thread_name(const char *name) { prctl(PR_SET_NAME, name); }
