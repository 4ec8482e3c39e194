#include "library_memory.h"

#include "object_slots.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    /// The library may leave some bytes free before a record, for alignment.
    offset_limit = duplex_transport_headroom,
    /// And it asks for some bytes more than the record takes.
    excess_limit = 128,
    unknown = -1,
};

/// The call of the library that goes on on this thread.
static _Thread_local struct {
    duplex_transport_window *window;
    /// The first block of this size or more is the one for the record; 0 once it was asked for.
    size_t least;
    /// That block, when it came from malloc.
    const uint8_t *observed;
    size_t lent_count;
    /// The bytes of the output in front of the record, which belong to the lent block too.
    uint8_t before[duplex_transport_headroom];
    size_t before_count;
    /// The bytes behind the record that belong to it as well: there lies what the next record will be built of.
    uint8_t *behind_place;
    uint8_t behind[excess_limit];
    size_t behind_count;
    /// Where the object lies that is being made.
    duplex_slot *slot;
} call;

/// How far from the beginning of its block the library puts a record: learnt from the first one of the process.
static _Atomic int record_offset = unknown;

static void *lend(size_t size) {
    duplex_transport_window *window = call.window;
    int offset = atomic_load_explicit(&record_offset, memory_order_relaxed);
    if (offset == unknown || window->lent) return NULL;
    size_t room = window->output_capacity - window->output_count + (size_t)offset;
    if (room < size) return NULL;
    size_t record = window->is_in_place ? window->gap + (size_t)offset : size;
    if (size < record || size - record > excess_limit) return NULL;
    // The queue has headroom before its first byte.
    window->lent = window->output + window->output_count - offset;
    call.before_count = (size_t)offset;
    memcpy(call.before, window->lent, call.before_count);
    call.behind_place = window->lent + record;
    call.behind_count = size - record;
    memcpy(call.behind, call.behind_place, call.behind_count);
    call.lent_count++;
    return window->lent;
}

static void *allocate(size_t size) {
    void *laid = call.slot ? duplex_slot_allocate(call.slot, size) : NULL;
    if (laid) return laid;
    if (call.least == 0 || size < call.least) return malloc(size);
    call.least = 0;
    void *block = lend(size);
    if (!block) call.observed = block = malloc(size);
    return block;
}

static int is_lent(const void *block) { return block && call.window && block == call.window->lent; }

/// Whatever the library wrote in front of the record and behind it, what was there before it is what will be sent.
static void restore_neighbours(const duplex_transport_window *window) {
    memcpy(window->lent, call.before, call.before_count);
    memcpy(call.behind_place, call.behind, call.behind_count);
}

static void release(void *block) {
    if (is_lent(block)) {
        restore_neighbours(call.window);
        call.window->lent = NULL;
        return;
    }
    if (!duplex_slot_release(block)) free(block);
}

/// Moves a block out of its slot.
static void *move_out(void *block, size_t old_size, size_t size) {
    void *moved = malloc(size);
    if (!moved) return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    duplex_slot_release(block);
    return moved;
}

static void *resize(void *block, size_t size) {
    // What is lent has the size that was asked for, and is not grown: the call fails as it would without memory.
    if (is_lent(block)) return NULL;
    size_t in_slot = duplex_slot_block_size(block);
    return in_slot ? move_out(block, in_slot, size) : realloc(block, size);
}

void duplex_memory_install(void) { wolfSSL_SetAllocators(allocate, release, resize); }

void duplex_memory_begin_object(void) { call.slot = duplex_slot_open(); }

void duplex_memory_end_object(void) {
    if (call.slot) duplex_slot_close(call.slot);
    call.slot = NULL;
}

int duplex_memory_fold_object(WOLFSSL *object) {
    duplex_slot *slot = duplex_slot_of(object);
    return slot && duplex_slot_fold(slot);
}

void duplex_memory_unfold_object(WOLFSSL *object) { duplex_slot_unfold(duplex_slot_of(object)); }

void duplex_memory_lend_output(duplex_transport_window *window, size_t plaintext_size) {
    call.window = window;
    call.least = plaintext_size < duplex_memory_least_lent ? 0 : plaintext_size;
    call.observed = NULL;
    call.before_count = 0;
    call.behind_count = 0;
}

int duplex_memory_can_lend(void) { return atomic_load_explicit(&record_offset, memory_order_relaxed) != unknown; }

int duplex_memory_settle(duplex_transport_window *window) {
    call.window = NULL;
    call.least = 0;
    call.observed = NULL;
    if (!window->lent) return 0;
    restore_neighbours(window);
    return -1;
}

void duplex_memory_begin_free(duplex_transport_window *window) { duplex_memory_lend_output(window, 0); }

void duplex_memory_observe_record(const uint8_t *record) {
    if (!call.observed || record < call.observed || record - call.observed > offset_limit) return;
    int none = unknown;
    atomic_compare_exchange_strong_explicit(
        &record_offset, &none, (int)(record - call.observed), memory_order_relaxed, memory_order_relaxed);
    call.observed = NULL;
}

size_t duplex_memory_lent_count(void) { return call.lent_count; }
