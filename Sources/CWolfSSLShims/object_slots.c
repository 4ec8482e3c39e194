#define _GNU_SOURCE
#include "object_slots.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SLOTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SLOTS 0
#endif
#endif
#ifndef HAS_SLOTS
#define HAS_SLOTS 1
#endif

enum {
    page = 4096,
    slot_size = 14 * page,
    /// The place of the large block, with its header: what wolfSSL 5.5.4's session takes, 37,512 bytes.
    large_area = 37536,
    /// As much of the large block's beginning, with its header, lies before a page's end, on the page that the small blocks
    /// of the slot before end on. The library fills 528 bytes of a session.
    head_size = 592,
    /// Address space for so many is reserved, 7 GiB; it costs nothing before it is used.
    slot_limit = 131072,
    /// Blocks of this size or more are large.
    large_block = 32 * 1024,
    /// Before each block, so that it knows its size; keeps the alignment of malloc.
    header_size = 16,
    /// Free slots that keep their memory for the next connection; 3.5 MiB. Of others it is given back.
    warm_limit = 64,
};

struct duplex_slot {
    /// Where the next small block goes, bytes from the slot's start, and whether the large one's place is taken. Only used
    /// while the slot is open, by the thread that opened it.
    uint32_t next, has_large;
    /// Blocks that are not freed, and 1 while the slot is open.
    _Atomic uint32_t users;
    /// The next free slot below this one, by number and 1; 0: none. Guarded by `mutex`.
    uint32_t below;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/// Written under `mutex`; `base` once.
static uint8_t *_Atomic base;
static int is_refused;
static uint32_t made, free_top, free_count;
/// Touched only as far as slots are made.
static struct duplex_slot slots[slot_limit];

static uint8_t *start_of(const duplex_slot *slot) {
    return atomic_load_explicit(&base, memory_order_acquire) + (size_t)(slot - slots) * slot_size;
}

/// The first page that the slot has for itself, and the end of the last one.
static uint8_t *own_pages(const duplex_slot *slot) { return start_of(slot) + head_size; }
enum { own_size = slot_size - page };

/// The slot that holds `block`; NULL when none does.
static duplex_slot *slot_of(const void *block) {
    const uint8_t *first = atomic_load_explicit(&base, memory_order_acquire);
    uintptr_t offset = (uintptr_t)block - (uintptr_t)first;
    return first && offset < (uintptr_t)slot_limit * slot_size ? &slots[offset / slot_size] : NULL;
}

/// Takes the topmost free slot, or makes one. Under `mutex`.
static duplex_slot *take(void) {
    if (free_top != 0) {
        duplex_slot *slot = &slots[free_top - 1];
        free_top = slot->below;
        free_count--;
        return slot;
    }
    if (!HAS_SLOTS || is_refused || made == slot_limit) return NULL;
    if (!base) {
        size_t size = (size_t)slot_limit * slot_size + page;
        uint8_t *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        is_refused = space == MAP_FAILED;
        if (is_refused) return NULL;
        atomic_store_explicit(&base, space + page - head_size, memory_order_release);
    }
    duplex_slot *slot = &slots[made];
    if (mprotect(own_pages(slot) - page, slot_size + page, PROT_READ | PROT_WRITE) != 0) return NULL;
    made++;
    return slot;
}

duplex_slot *duplex_slot_open(void) {
    pthread_mutex_lock(&mutex);
    duplex_slot *slot = take();
    pthread_mutex_unlock(&mutex);
    if (!slot) return NULL;
    slot->next = large_area;
    slot->has_large = 0;
    atomic_store_explicit(&slot->users, 1, memory_order_relaxed);
    return slot;
}

static void put_back(duplex_slot *slot) {
    pthread_mutex_lock(&mutex);
    int is_warm = free_count < warm_limit;
    pthread_mutex_unlock(&mutex);
    // Nobody else has it yet, so this needs no lock. That the limit can be passed by a few does no harm.
    if (!is_warm) madvise(own_pages(slot), own_size, MADV_DONTNEED);
    pthread_mutex_lock(&mutex);
    slot->below = free_top;
    free_top = (uint32_t)(slot - slots) + 1;
    free_count++;
    pthread_mutex_unlock(&mutex);
}

static void leave(duplex_slot *slot) {
    if (atomic_fetch_sub_explicit(&slot->users, 1, memory_order_acq_rel) == 1) put_back(slot);
}

void duplex_slot_close(duplex_slot *slot) { leave(slot); }

void *duplex_slot_allocate(duplex_slot *slot, size_t size) {
    // A block without a byte could begin where the next slot does.
    if (size == 0 || size > slot_size) return NULL;
    uint32_t room = header_size + (uint32_t)((size + header_size - 1) / header_size * header_size);
    uint8_t *header = start_of(slot);
    if (size >= large_block) {
        if (slot->has_large || room > large_area) return NULL;
        slot->has_large = 1;
    } else {
        if (room > slot_size - slot->next) return NULL;
        header += slot->next;
        slot->next += room;
    }
    *(size_t *)header = size;
    atomic_fetch_add_explicit(&slot->users, 1, memory_order_relaxed);
    return header + header_size;
}

size_t duplex_slot_block_size(const void *block) {
    return slot_of(block) ? *(const size_t *)((const uint8_t *)block - header_size) : 0;
}

int duplex_slot_release(void *block) {
    duplex_slot *slot = slot_of(block);
    if (!slot) return 0;
    leave(slot);
    return 1;
}

size_t duplex_slot_count(void) {
    pthread_mutex_lock(&mutex);
    size_t count = made - free_count;
    pthread_mutex_unlock(&mutex);
    return count;
}
