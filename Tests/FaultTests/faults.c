// Stands between a daemon and the C library (LD_PRELOAD) and makes one system call of one connection fail, or libcrypto
// refuse to begin one record:
//   1. the driver fills in `struct script`, which both sides map, and sets `isArmed`
//   2. the next socket that is accepted is the client's, each stream socket that is made is the backend's
//   3. calls on both are counted by kind; the one that the script names gets its fault, every other passes through
//
// A fault after which a real socket would be dead makes it so: the connection is reset in earnest, so that the peer,
// the other thread and every later call see what they would see.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY, CLIENT, BACKEND, ROLES };
// The driver has the same names in the same order.
enum {
    RECV, SEND, POLL, SHUTDOWN, SETSOCKOPT, GETSOCKOPT, CLOSE, CONNECT, SOCKET, ACCEPT, EVENTFD, THREAD, CIPHER, KINDS
};
enum {
    // The call fails; the socket is as good as before.
    FAIL = 1,
    // The connection is reset and the call says so: the error is handed out, other calls find a stream at its end.
    KILL,
    // The connection is reset and the call says only that it is gone; another call will be told why.
    BREAK,
    // The call does its work and says the error all the same: close and connect that a signal interrupts.
    FAIL_AFTER,
    // One byte is taken or given.
    SHORTEN,
    // poll finds ready what it was asked for.
    WAKE,
    // A byte is lost. No kernel does this: shows that the driver notices.
    SWALLOW,
    // The stream ends early. No kernel does this either.
    END,
};

// 32-bit words in this order; the driver sets the first six and zeroes the others.
struct script {
    _Atomic uint32_t isArmed;
    uint32_t role, kind, position, action, error;
    _Atomic uint32_t injected, hasClient;
    _Atomic uint32_t calls[ROLES][KINDS];
};

// What a blocking call waits at most, so that short pauses of the peers make the engine poll. A client's socket has the
// real patience from its listener, and is given this one when it is accepted.
static const suseconds_t patience = 20000;
enum { DESCRIPTORS = 4096 };
static _Atomic unsigned char roles[DESCRIPTORS];
static _Atomic unsigned char killed[DESCRIPTORS];
static struct script *script;

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void map_script(void) {
    const char *path = getenv("DUPLEX_FAULT_SCRIPT");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *memory = mmap(NULL, sizeof *script, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory != MAP_FAILED) script = memory;
    close(descriptor);
}

static int is_armed(void) {
    return script && atomic_load(&script->isArmed);
}

static int role_of(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? atomic_load(&roles[descriptor]) : NOBODY;
}

static void set_role(int descriptor, int role) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    atomic_store(&killed[descriptor], 0);
    atomic_store(&roles[descriptor], role);
}

// KILL or BREAK when the connection was reset here; 0: it was not.
static int death_of(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? atomic_load(&killed[descriptor]) : 0;
}

// Counts a call. Returns what to do with it; 0: nothing.
static int fault(int role, int kind) {
    if (!is_armed()) return 0;
    uint32_t position = atomic_fetch_add(&script->calls[role][kind], 1) + 1;
    if (role != (int)script->role || kind != (int)script->kind || position != script->position) return 0;
    atomic_fetch_add(&script->injected, 1);
    return script->action;
}

static int fail(void) {
    errno = script->error;
    return -1;
}

// Resets the connection: the peer gets RST. Unless `isErrorKept`, the pending error is taken off; the caller hands it
// out.
static int reset(int descriptor, int isErrorKept) {
    static __typeof__(connect) *next;
    if (!next) next = (__typeof__(connect) *)dlsym(RTLD_NEXT, "connect");
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    atomic_store(&killed[descriptor], isErrorKept ? BREAK : KILL);
    // Some kernels refuse while another thread waits in recv; it leaves when its patience ends.
    for (int tries = 0; next(descriptor, &none, sizeof none) != 0 && tries < 500; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    int error;
    socklen_t size = sizeof error;
    if (!isErrorKept) getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    return fail();
}

// What recv, readv and recvmsg of a socket with a role come to.
static ssize_t receive(int role, int descriptor, const struct iovec *pieces, int count, int flags) {
    NEXT(recvmsg);
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
    struct iovec first = {.iov_base = pieces->iov_base, .iov_len = 1};
    switch (pieces->iov_len > 0 ? fault(role, RECV) : 0) {
    case FAIL: return fail();
    case KILL: return reset(descriptor, 0);
    case BREAK: return reset(descriptor, 1);
    case SHORTEN:
        message.msg_iov = &first;
        message.msg_iovlen = 1;
        return next(descriptor, &message, flags);
    case END: return 0;
    case SWALLOW: {
        ssize_t received = next(descriptor, &message, flags);
        if (received > 1) return received - 1;
        // Nothing to lose here: the next call's turn.
        script->position++;
        return received;
    }
    default: break;
    }
    ssize_t received = next(descriptor, &message, flags);
    // A socket that was reset by its peer is at its end once the error is handed out; one that was disconnected says
    // ENOTCONN. A receive that was waiting may have taken the error before it was taken off.
    int death = received < 0 ? death_of(descriptor) : 0;
    if (death && (errno == ENOTCONN || (death == KILL && errno == ECONNRESET))) return 0;
    return received;
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags) {
    NEXT(recv);
    int role = role_of(descriptor);
    if (!role) return next(descriptor, buffer, size, flags);
    return receive(role, descriptor, &(struct iovec){.iov_base = buffer, .iov_len = size}, 1, flags);
}

ssize_t readv(int descriptor, const struct iovec *pieces, int count) {
    NEXT(readv);
    int role = role_of(descriptor);
    if (!role || count < 1) return next(descriptor, pieces, count);
    return receive(role, descriptor, pieces, count, 0);
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags) {
    NEXT(recvmsg);
    int role = role_of(descriptor);
    if (!role || message->msg_iovlen < 1) return next(descriptor, message, flags);
    return receive(role, descriptor, message->msg_iov, (int)message->msg_iovlen, flags);
}

// What send and sendmsg of a socket with a role come to.
static ssize_t transmit(int role, int descriptor, const struct iovec *pieces, size_t count, int flags) {
    NEXT(sendmsg);
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = count};
    switch (fault(role, SEND)) {
    case FAIL: return fail();
    case KILL: return reset(descriptor, 0);
    case BREAK: return reset(descriptor, 1);
    case SHORTEN: {
        struct iovec first = {.iov_base = pieces->iov_base, .iov_len = 1};
        message.msg_iov = &first;
        message.msg_iovlen = 1;
        return next(descriptor, &message, flags);
    }
    case SWALLOW: {
        // The last byte of the first piece, with what is behind it left for the next call.
        struct iovec first = {.iov_base = pieces->iov_base, .iov_len = pieces->iov_len - 1};
        message.msg_iov = &first;
        message.msg_iovlen = 1;
        ssize_t sent = first.iov_len > 0 ? next(descriptor, &message, flags) : 0;
        return sent < 0 ? sent : sent + 1;
    }
    default: break;
    }
    ssize_t sent = next(descriptor, &message, flags);
    if (sent < 0 && errno == ECONNRESET && death_of(descriptor) == KILL) errno = EPIPE;
    return sent;
}

ssize_t send(int descriptor, const void *buffer, size_t size, int flags) {
    NEXT(send);
    int role = role_of(descriptor);
    if (!role) return next(descriptor, buffer, size, flags);
    return transmit(role, descriptor, &(struct iovec){.iov_base = (void *)buffer, .iov_len = size}, 1, flags);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    NEXT(sendmsg);
    int role = role_of(descriptor);
    if (!role || message->msg_iovlen < 1) return next(descriptor, message, flags);
    return transmit(role, descriptor, message->msg_iov, message->msg_iovlen, flags);
}

int poll(struct pollfd *entries, nfds_t count, int timeout) {
    NEXT(poll);
    nfds_t first = 0;
    while (first < count && !role_of(entries[first].fd)) first++;
    if (first < count) {
        switch (fault(role_of(entries[first].fd), POLL)) {
        case FAIL: return fail();
        case WAKE:
            if (!entries[first].events) break;
            for (nfds_t i = 0; i < count; i++) entries[i].revents = i == first ? entries[i].events : 0;
            return 1;
        default: break;
        }
    }
    return next(entries, count, timeout);
}

int shutdown(int descriptor, int how) {
    NEXT(shutdown);
    int role = role_of(descriptor);
    switch (role ? fault(role, SHUTDOWN) : 0) {
    case FAIL: return fail();
    case KILL: return reset(descriptor, 0);
    case BREAK: return reset(descriptor, 1);
    default: return next(descriptor, how);
    }
}

int setsockopt(int descriptor, int level, int option, const void *value, socklen_t size) {
    NEXT(setsockopt);
    int role = role_of(descriptor);
    switch (role ? fault(role, SETSOCKOPT) : 0) {
    case FAIL: return fail();
    case SWALLOW: return 0;
    default: break;
    }
    struct timeval brief = {.tv_usec = patience};
    if (role && level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
        return next(descriptor, level, option, &brief, sizeof brief);
    }
    return next(descriptor, level, option, value, size);
}

int getsockopt(int descriptor, int level, int option, void *value, socklen_t *size) {
    NEXT(getsockopt);
    int role = role_of(descriptor);
    if (role && !death_of(descriptor) && fault(role, GETSOCKOPT) == FAIL) return fail();
    return next(descriptor, level, option, value, size);
}

int close(int descriptor) {
    NEXT(close);
    int role = role_of(descriptor);
    set_role(descriptor, NOBODY);
    int action = role ? fault(role, CLOSE) : 0;
    int status = next(descriptor);
    return action == FAIL_AFTER ? fail() : status;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t size) {
    NEXT(connect);
    int role = role_of(descriptor);
    int action = role ? fault(role, CONNECT) : 0;
    if (action == FAIL) return fail();
    int status = next(descriptor, address, size);
    return status == 0 && action == FAIL_AFTER ? fail() : status;
}

int socket(int family, int type, int protocol) {
    NEXT(socket);
    int isStream = is_armed() && (family == AF_INET || family == AF_INET6) && (type & 0xf) == SOCK_STREAM;
    if (isStream && fault(NOBODY, SOCKET) == FAIL) return fail();
    int descriptor = next(family, type, protocol);
    set_role(descriptor, isStream ? BACKEND : NOBODY);
    return descriptor;
}

int accept4(int listener, struct sockaddr *address, socklen_t *size, int flags) {
    NEXT(accept4);
    if (fault(NOBODY, ACCEPT) == FAIL) return fail();
    int descriptor = next(listener, address, size, flags);
    int isClient = descriptor >= 0 && is_armed() && !atomic_exchange(&script->hasClient, 1);
    set_role(descriptor, NOBODY);
    if (!isClient) return descriptor;
    struct timeval brief = {.tv_usec = patience};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof brief);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    set_role(descriptor, CLIENT);
    return descriptor;
}

int eventfd(unsigned int count, int flags) {
    NEXT(eventfd);
    return fault(NOBODY, EVENTFD) == FAIL ? fail() : next(count, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    NEXT(pthread_create);
    if (fault(NOBODY, THREAD) == FAIL) return (int)script->error;
    return next(thread, attributes, start, argument);
}

// What libcrypto answers when it has no memory for a context. The daemon finds it as it finds the C library's functions.
int EVP_CipherInit_ex2(
    void *context,
    const void *cipher,
    const unsigned char *key,
    const unsigned char *nonce,
    int encrypts,
    const void *parameters
) {
    NEXT(EVP_CipherInit_ex2);
    if (fault(NOBODY, CIPHER) == FAIL) return 0;
    return next(context, cipher, key, nonce, encrypts, parameters);
}
