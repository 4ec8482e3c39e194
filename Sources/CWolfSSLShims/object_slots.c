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
    /// Whole pages, which no two slots share: wolfSSL 5.5.4 takes 56,224 bytes for an object.
    slot_size = 14 * 4096,
    /// Address space for so many is reserved, 7 GiB; it costs nothing before it is used.
    slot_limit = 131072,
    /// Before each block, so that it knows its size; keeps the alignment of malloc.
    header_size = 16,
    /// Free slots that keep their memory for the next connection; 3.5 MiB. Of others it is given back.
    warm_limit = 64,
    line_words = 8,
    /// The most words, and the most runs of them, that are put aside: beyond, it would spare too little.
    word_limit = slot_size / sizeof(uint64_t) / 2,
    run_limit = 1024,
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
    /// The next free slot below this one in its pile, by number and 1; 0: none. Guarded by `mutex`.
    uint32_t below;
};

/// Free slots, one on the other.
typedef struct pile {
    /// The topmost, by number and 1; 0: none.
    uint32_t top;
    uint32_t count;
} pile;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/// Written under `mutex`; `base` once.
static uint8_t *_Atomic base;
static int is_refused;
static uint32_t made;
/// Under `mutex`: free slots that keep their memory, and those whose memory was given back.
static pile warm, cold;
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

static void put_on(pile *pile, duplex_slot *slot) {
    slot->below = pile->top;
    pile->top = (uint32_t)(slot - slots) + 1;
    pile->count++;
}

static duplex_slot *take_from(pile *pile) {
    if (pile->top == 0) return NULL;
    duplex_slot *slot = &slots[pile->top - 1];
    pile->top = slot->below;
    pile->count--;
    return slot;
}

/// Takes a free slot, one that has memory if there is any, or makes one. Under `mutex`.
static duplex_slot *take(void) {
    duplex_slot *free = take_from(&warm);
    if (!free) free = take_from(&cold);
    if (free) return free;
    if (!HAS_SLOTS || is_refused || made == slot_limit) return NULL;
    if (!base) {
        size_t size = (size_t)slot_limit * slot_size;
        uint8_t *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        is_refused = space == MAP_FAILED;
        if (is_refused) return NULL;
        // Of a large page no part can be given back, and one that fell apart would be put together again, filled up.
        madvise(space, size, MADV_NOHUGEPAGE);
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

/// Where pages cannot be given back, because memory is locked, nothing is folded.
static _Atomic int is_locked;

static int give_pages_back(const duplex_slot *slot) { return madvise(start_of(slot), slot_size, MADV_DONTNEED); }

static void put_back(duplex_slot *slot) {
    if (slot->folded) abort();
    pthread_mutex_lock(&mutex);
    int is_warm = warm.count < warm_limit;
    if (is_warm) put_on(&warm, slot);
    pthread_mutex_unlock(&mutex);
    if (is_warm) return;
    // Nobody else has it yet, so this needs no lock.
    give_pages_back(slot);
    pthread_mutex_lock(&mutex);
    put_on(&cold, slot);
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
    // As malloc does: freed twice, a block would hand somebody's slot to others.
    size_t *size = (size_t *)((uint8_t *)block - header_size);
    if (*size == 0) abort();
    *size = 0;
    leave(slot);
    return 1;
}

/// Finds the runs of words that are not zero. Returns 0 when there is too much of them.
static int find_runs(const duplex_slot *slot, filling *size, run *runs) {
    const uint64_t *words = (const uint64_t *)start_of(slot);
    // Behind the last block there is nothing.
    uint32_t end = (slot->next + sizeof(uint64_t) * line_words - 1) / (sizeof(uint64_t) * line_words) * line_words;
    *size = (filling){0, 0};
    int is_in_run = 0;
    for (uint32_t line = 0; line < end; line += line_words) {
        uint64_t any = 0;
        for (uint32_t word = line; word < line + line_words; word++) any |= words[word];
        if (!any) {
            is_in_run = 0;
            continue;
        }
        for (uint32_t word = line; word < line + line_words; word++) {
            if (words[word] == 0) {
                is_in_run = 0;
                continue;
            }
            if (!is_in_run) {
                if (size->run_count == run_limit) return 0;
                runs[size->run_count++] = (run){(uint16_t)word, 0};
                is_in_run = 1;
            }
            runs[size->run_count - 1].count++;
            size->word_count++;
        }
    }
    return size->word_count <= word_limit;
}

static size_t fold_size(filling size) {
    return sizeof(fold) + size.word_count * sizeof(uint64_t) + size.run_count * sizeof(run);
}

static run *runs_of(fold *folded) { return (run *)(folded->words + folded->size.word_count); }

static void wipe(fold *folded) {
    explicit_bzero(folded, fold_size(folded->size));
    free(folded);
}

/// Moves the words of a slot's runs to what is put aside, and leaves zeros: pages that are given back keep no secret.
static void put_aside(duplex_slot *slot, fold *folded) {
    uint64_t *words = (uint64_t *)start_of(slot), *next = folded->words;
    const run *runs = runs_of(folded);
    for (uint32_t index = 0; index < folded->size.run_count; index++) {
        size_t size = runs[index].count * sizeof *next;
        memcpy(next, words + runs[index].first, size);
        explicit_bzero(words + runs[index].first, size);
        next += runs[index].count;
    }
}

/// Moves them back, and wipes what was put aside.
static void bring_back(duplex_slot *slot, fold *folded) {
    uint64_t *words = (uint64_t *)start_of(slot);
    const uint64_t *next = folded->words;
    const run *runs = runs_of(folded);
    for (uint32_t index = 0; index < folded->size.run_count; index++) {
        memcpy(words + runs[index].first, next, runs[index].count * sizeof *next);
        next += runs[index].count;
    }
    wipe(folded);
}

int duplex_slot_fold(duplex_slot *slot) {
    if (slot->folded) return 1;
    if (atomic_load_explicit(&is_locked, memory_order_relaxed)) return 0;
    run runs[run_limit];
    filling size;
    if (!find_runs(slot, &size, runs)) return 0;
    fold *folded = malloc(fold_size(size));
    if (!folded) return 0;
    folded->size = size;
    memcpy(runs_of(folded), runs, size.run_count * sizeof *runs);
    put_aside(slot, folded);
    if (give_pages_back(slot) != 0) {
        atomic_store_explicit(&is_locked, 1, memory_order_relaxed);
        bring_back(slot, folded);
        return 0;
    }
    slot->folded = folded;
    atomic_fetch_add_explicit(&folded_count, 1, memory_order_relaxed);
    return 1;
}

void duplex_slot_unfold(duplex_slot *slot) {
    fold *folded = slot->folded;
    if (!folded) return;
    slot->folded = NULL;
    atomic_fetch_sub_explicit(&folded_count, 1, memory_order_relaxed);
    bring_back(slot, folded);
}

size_t duplex_slot_count(void) {
    pthread_mutex_lock(&mutex);
    size_t count = made - warm.count - cold.count;
    pthread_mutex_unlock(&mutex);
    return count;
}

size_t duplex_slot_folded_count(void) { return atomic_load_explicit(&folded_count, memory_order_relaxed); }
