#ifndef DUPLEXD_CLINUX_H
#define DUPLEXD_CLINUX_H

#include <stdint.h>

// No system header here: what this module declared as well, Swift would no longer find in Glibc.

// Linux calls that Swift's Glibc module does not show, because its headers are read without _GNU_SOURCE. Each does what
// the call of that name does and leaves errno as it left it.

/// accept4(2) with SOCK_CLOEXEC. `address` is a struct sockaddr, `size` a socklen_t.
int linux_accept(int listener, void *address, uint32_t *size);

/// eventfd(2), close-on-exec and non-blocking.
int linux_eventfd(unsigned int count);

/// Adds 1 to an eventfd's counter.
int linux_eventfd_signal(int descriptor);

/// sem_clockwait(3) on CLOCK_MONOTONIC: 0, or -1 with errno. `semaphore` is a sem_t, `deadline` in nanoseconds.
int linux_semaphore_wait(void *semaphore, uint64_t deadline);

/// How many processors sched_getaffinity(2) names for the calling thread; -1 when it fails.
int linux_usable_processors(void);

/// Names the calling thread; 15 bytes are kept.
void linux_set_thread_name(const char *name);

#endif
