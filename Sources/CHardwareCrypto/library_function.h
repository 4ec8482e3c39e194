#ifndef DUPLEXD_LIBRARY_FUNCTION_H
#define DUPLEXD_LIBRARY_FUNCTION_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

/// The next definition of `name` after the program's: the library's. Looked up once and kept in `known`; NULL only where
/// the library is not a shared one.
///
/// - Thread: any; two that look at once find the same.
static inline void *library_function(_Atomic(void *) *known, const char *name) {
    void *function = atomic_load_explicit(known, memory_order_relaxed);
    if (!function) {
        function = dlsym(RTLD_NEXT, name);
        atomic_store_explicit(known, function, memory_order_relaxed);
    }
    return function;
}

#endif
