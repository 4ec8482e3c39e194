#ifndef DUPLEXD_SESSION_DEVICE_H
#define DUPLEXD_SESSION_DEVICE_H

#include "../../CWolfSSL/wolfssl.h"

/// The crypto device of the session that the calling thread is inside of; INVALID_DEVID outside of every session, and
/// in one that has no device.
///
/// wolfSSL 5.5.4 makes some of a session's keys and hashes without the session's device. Whoever makes them can ask
/// here whose they are.
extern _Thread_local int duplex_session_device;

/// Notes that a call for a session begins on this thread. Returns what `duplex_session_leave` is to be given.
static inline int duplex_session_enter(int device) {
    int outer = duplex_session_device;
    duplex_session_device = device;
    return outer;
}

/// `duplex_session_device`, for Swift.
static inline int duplex_session_current(void) { return duplex_session_device; }

/// Notes that the call has ended.
static inline void duplex_session_leave(int outer) { duplex_session_device = outer; }

#endif
