// Keeps every processor that it may use awake, until it is ended or its parent ends:
//   awake PARENT
// One thread a processor spins under SCHED_IDLE, which gives way to every other. A processor that has nothing to do halts,
// and on a virtual machine to wake one takes longer than what a proxy does with a message.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int fail(const char *call, int error) {
    fprintf(stderr, "awake: %s: %s\n", call, strerror(error));
    return 71;
}

static void *spin(void *unused) {
    (void)unused;
    for (volatile uint64_t turns = 0;; turns++) {}
    return NULL;
}

// Where sessions are scheduled as groups (sched(7), autogroup), SCHED_IDLE counts inside of one only: then the group has
// to give way.
static int leave_the_group(void) {
    if (setsid() < 0) return fail("setsid", errno);
    int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno == ENOENT ? 0 : fail("/proc/self/autogroup", errno);
    int status = write(file, "19", 2) == 2 ? 0 : fail("/proc/self/autogroup", errno);
    close(file);
    return status;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: awake PARENT, the process that it ends with\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != atoi(arguments[1])) return 0;
    int status = leave_the_group();
    if (status) return status;
    struct sched_param lowest = {.sched_priority = 0};
    if (sched_setscheduler(0, SCHED_IDLE, &lowest) != 0) return fail("sched_setscheduler", errno);
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return fail("sched_getaffinity", errno);
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        if (!CPU_ISSET(processor, &allowed)) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(processor, &one);
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        pthread_attr_setaffinity_np(&attributes, sizeof one, &one);
        int error = pthread_create(&thread, &attributes, spin, NULL);
        if (error) return fail("pthread_create", error);
    }
    for (;;) pause();
}
