#define _GNU_SOURCE
#include "object_slots.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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
    /// Whole pages, which no two slots share: wolfSSL 5.5.4 takes 58,448 bytes for an object and its two AES keys.
    slot_size = 15 * 4096,
    /// Address space for so many is reserved, 7.5 GiB; it costs nothing before it is used.
    slot_limit = 131072,
    /// Before each block, so that it knows its size; keeps the alignment of malloc.
    header_size = 16,
    /// Free slots that keep their memory for the next connection; 3.75 MiB. Of others it is given back.
    warm_limit = 64,
    word_count = slot_size / sizeof(uint64_t),
    /// More words than this are not put aside: it would spare too little.
    fold_limit = word_count / 2,
};

/// Neighbouring words of a slot that are not zero.
typedef struct run {
    uint16_t first, count;
} run;

/// How much of a slot is not zero.
typedef struct filling {
    uint32_t word_count, run_count;
} filling;

/// What is not zero in a slot: the words, in order, and after them the runs that they are from.
typedef struct fold {
    filling size;
    uint64_t words[];
} fold;

struct duplex_slot {
    /// What a folded slot holds, from malloc; else NULL. Used by one thread at a time, as the object is.
    fold *folded;
    /// Where the next block goes, bytes from the slot's start. Used by one thread at a time.
    uint32_t next;
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
static _Atomic size_t folded_count;
/// Touched only as far as slots are made.
static struct duplex_slot slots[slot_limit];

static uint8_t *start_of(const duplex_slot *slot) {
    return atomic_load_explicit(&base, memory_order_acquire) + (size_t)(slot - slots) * slot_size;
}

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
        size_t size = (size_t)slot_limit * slot_size;
        uint8_t *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        is_refused = space == MAP_FAILED;
        if (is_refused) return NULL;
        atomic_store_explicit(&base, space, memory_order_release);
    }
    duplex_slot *slot = &slots[made];
    if (mprotect(start_of(slot), slot_size, PROT_READ | PROT_WRITE) != 0) return NULL;
    made++;
    return slot;
}

duplex_slot *duplex_slot_open(void) {
    pthread_mutex_lock(&mutex);
    duplex_slot *slot = take();
    pthread_mutex_unlock(&mutex);
    if (!slot) return NULL;
    slot->next = 0;
    atomic_store_explicit(&slot->users, 1, memory_order_relaxed);
    return slot;
}

static int give_pages_back(const duplex_slot *slot) { return madvise(start_of(slot), slot_size, MADV_DONTNEED); }

static void put_back(duplex_slot *slot) {
    pthread_mutex_lock(&mutex);
    int is_warm = free_count < warm_limit;
    pthread_mutex_unlock(&mutex);
    // Nobody else has it yet, so this needs no lock. That the limit can be passed by a few does no harm.
    if (!is_warm) give_pages_back(slot);
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
    if (room > slot_size - slot->next) return NULL;
    uint8_t *header = start_of(slot) + slot->next;
    slot->next += room;
    *(size_t *)header = size;
    atomic_fetch_add_explicit(&slot->users, 1, memory_order_relaxed);
    return header + header_size;
}

duplex_slot *duplex_slot_of(const void *block) { return slot_of(block); }

size_t duplex_slot_block_size(const void *block) {
    return slot_of(block) ? *(const size_t *)((const uint8_t *)block - header_size) : 0;
}

int duplex_slot_release(void *block) {
    duplex_slot *slot = slot_of(block);
    if (!slot) return 0;
    leave(slot);
    return 1;
}

/// Goes through the runs of words that are not zero, and writes them to `runs`, unless that is NULL.
static filling find_runs(const uint64_t *words, run *runs) {
    filling found = {0, 0};
    for (uint32_t at = 0; at < word_count; at++) {
        if (words[at] == 0) continue;
        uint32_t first = at;
        while (at < word_count && words[at] != 0) at++;
        if (runs) runs[found.run_count] = (run){(uint16_t)first, (uint16_t)(at - first)};
        found.run_count++;
        found.word_count += at - first;
    }
    return found;
}

static size_t fold_size(filling size) {
    return sizeof(fold) + size.word_count * sizeof(uint64_t) + size.run_count * sizeof(run);
}

static run *runs_of(fold *folded) { return (run *)(folded->words + folded->size.word_count); }

static void wipe(fold *folded) {
    explicit_bzero(folded, fold_size(folded->size));
    free(folded);
}

int duplex_slot_fold(duplex_slot *slot) {
    if (slot->folded) return 1;
    uint64_t *words = (uint64_t *)start_of(slot);
    filling size = find_runs(words, NULL);
    if (size.word_count > fold_limit) return 0;
    fold *folded = malloc(fold_size(size));
    if (!folded) return 0;
    folded->size = size;
    run *runs = runs_of(folded);
    find_runs(words, runs);
    uint64_t *next = folded->words;
    for (uint32_t index = 0; index < size.run_count; index++) {
        memcpy(next, words + runs[index].first, runs[index].count * sizeof *next);
        next += runs[index].count;
    }
    // Refused for memory that is locked: then everything is still where it was.
    if (give_pages_back(slot) != 0) {
        wipe(folded);
        return 0;
    }
    slot->folded = folded;
    atomic_fetch_add_explicit(&folded_count, 1, memory_order_relaxed);
    return 1;
}

void duplex_slot_unfold(duplex_slot *slot) {
    fold *folded = slot->folded;
    if (!folded) return;
    uint64_t *words = (uint64_t *)start_of(slot);
    const run *runs = runs_of(folded);
    const uint64_t *next = folded->words;
    for (uint32_t index = 0; index < folded->size.run_count; index++) {
        memcpy(words + runs[index].first, next, runs[index].count * sizeof *next);
        next += runs[index].count;
    }
    slot->folded = NULL;
    atomic_fetch_sub_explicit(&folded_count, 1, memory_order_relaxed);
    wipe(folded);
}

size_t duplex_slot_count(void) {
    pthread_mutex_lock(&mutex);
    size_t count = made - free_count;
    pthread_mutex_unlock(&mutex);
    return count;
}

size_t duplex_slot_folded_count(void) { return atomic_load_explicit(&folded_count, memory_order_relaxed); }
