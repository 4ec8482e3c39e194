#define _GNU_SOURCE
#include "CPages.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    /// What may lie below the stack pointer: the red zone of the x86-64 ABI (128 bytes), and the frames of the calls by
    /// which the pages are given back.
    frame_reserve = 512,
    /// What the C library keeps beside errno in its thread-local block (0x90 bytes in glibc 2.36), and below its record of
    /// the thread.
    errno_neighbourhood = 160,
    record_neighbourhood = 512,
    /// The C library aligns a stack's size to this.
    stack_alignment = 64,
};

/// The thread's own stack. `low` is 0 until it is asked for.
static __thread struct {
    uintptr_t low;
    uintptr_t entry;
} stack;

static uintptr_t page_size(void) {
    static uintptr_t size;
    uintptr_t known = __atomic_load_n(&size, __ATOMIC_RELAXED);
    if (known == 0) {
        known = (uintptr_t)sysconf(_SC_PAGESIZE);
        __atomic_store_n(&size, known, __ATOMIC_RELAXED);
    }
    return known;
}

static uintptr_t page_floor(uintptr_t address) { return address & ~(page_size() - 1); }
static uintptr_t page_ceiling(uintptr_t address) { return page_floor(address + page_size() - 1); }

static int is_zero(const uint64_t *words, size_t count) {
    uint64_t any = 0;
    // By cache lines: most pages that are not zeros show it in the first one.
    for (size_t line = 0; line < count; line += 8) {
        for (size_t word = 0; word < 8; word++) any |= words[line + word];
        if (any) return 0;
    }
    return 1;
}

/// Gives back the pages of zeros in [from, to), both on page boundaries; neighbours in one call.
static void release_zero_pages(uintptr_t from, uintptr_t to) {
    uintptr_t size = page_size();
    for (uintptr_t at = from; at < to; at += size) {
        uintptr_t end = at;
        while (end < to && is_zero((const uint64_t *)end, size / sizeof(uint64_t))) end += size;
        if (end > at) {
            madvise((void *)at, end - at, MADV_DONTNEED);
            at = end;
        }
    }
}

static size_t shift;
static int is_shift_known;

/// Asked on a thread whose stack is not shifted: it ends with the record of the thread, on a page's end. Below are, in
/// this order, the thread-local blocks of the program and the libraries, that of the C library (with errno) as the last,
/// and the frames.
static size_t find_shift(uintptr_t entry) {
    uintptr_t record = (uintptr_t)pthread_self(), library = (uintptr_t)&errno + errno_neighbourhood;
    if (entry >= library || library >= record) return 0;
    uintptr_t wanted = (library & (page_size() - 1)) + stack_alignment - 1;
    wanted -= wanted % stack_alignment;
    uintptr_t top = page_ceiling(record);
    int is_record_whole = page_floor(record - record_neighbourhood - wanted) == page_floor(top - 1 - wanted);
    return is_record_whole ? wanted : 0;
}

void pages_begin_stack(void) {
    stack.entry = (uintptr_t)__builtin_frame_address(0);
    stack.low = 0;
    if (__atomic_load_n(&is_shift_known, __ATOMIC_ACQUIRE)) return;
    // Threads that start at the same time find the same: none of them has a stack that is shifted.
    __atomic_store_n(&shift, find_shift(stack.entry), __ATOMIC_RELAXED);
    __atomic_store_n(&is_shift_known, 1, __ATOMIC_RELEASE);
}

size_t pages_stack_shift(void) {
    return __atomic_load_n(&is_shift_known, __ATOMIC_ACQUIRE) ? __atomic_load_n(&shift, __ATOMIC_RELAXED) : 0;
}

static uintptr_t stack_low(void) {
    pthread_attr_t attributes;
    void *base = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    if (pthread_attr_getstack(&attributes, &base, &size) != 0) base = NULL;
    pthread_attr_destroy(&attributes);
    return (uintptr_t)base;
}

__attribute__((noinline)) void pages_release_stack(void) {
    if (stack.entry == 0) return;
    if (stack.low == 0 && (stack.low = stack_low()) == 0) return;
    uintptr_t from = page_ceiling(stack.low);
    uintptr_t to = page_floor((uintptr_t)__builtin_frame_address(0) - frame_reserve);
    if (from < to) madvise((void *)from, to - from, MADV_DONTNEED);
    // The thread-local storage lies between the first frame and the C library's own record of the thread, which the
    // kernel writes to (rseq(2)) and which is therefore left alone. Where it lies above that record (not on x86-64), it
    // stays as it is.
    uintptr_t tls_from = page_ceiling(stack.entry);
    uintptr_t tls_to = page_floor((uintptr_t)pthread_self());
    if (tls_from < tls_to && tls_to - tls_from < (1u << 20)) release_zero_pages(tls_from, tls_to);
}
