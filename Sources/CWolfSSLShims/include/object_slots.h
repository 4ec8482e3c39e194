#ifndef DUPLEXD_OBJECT_SLOTS_H
#define DUPLEXD_OBJECT_SLOTS_H

#include <stddef.h>

// A place of its own for all that the library allocates when it makes an object (wolfSSL_new): 14 pages, which a connection
// at rest gives back.
//
// Most of the 56 KB is zeros: the object's session alone has room for a client's certificates, 37 KB. What is not zero lies
// scattered over six pages. A slot whose object rests is folded: those words are put aside, in order, and all pages go back
// to the system; before the object is used again they are filled as they were. Where the object lies stays the same, so
// nothing that points to it or into it has to know.
//
// Blocks are laid out once and not used again before all of a slot are freed. What does not fit comes from malloc.
// Without slots (no address space, or a build for AddressSanitizer) everything comes from malloc, and nothing is folded.
//
// - Thread: any; one at a time for a slot that is open, folded or unfolded, and none that uses its blocks meanwhile.

typedef struct duplex_slot duplex_slot;

/// A free slot, into which blocks can be laid; NULL when there is none.
duplex_slot *duplex_slot_open(void);

/// Whoever opened the slot is done. It is free again when its last block is.
void duplex_slot_close(duplex_slot *slot);

/// Lays a block, aligned for any type, into an open slot; NULL when it does not fit.
void *duplex_slot_allocate(duplex_slot *slot, size_t size);

/// The slot that holds a block; NULL for memory that is not in one.
duplex_slot *duplex_slot_of(const void *block);

/// The size of a block in a slot that is not folded; 0 for memory that is not in one.
size_t duplex_slot_block_size(const void *block);

/// Frees a block in a slot that is not folded. Returns 0 for memory that is not in one. Aborts when the block is free.
int duplex_slot_release(void *block);

/// Puts aside what is not zero, wipes it where it was, and gives the pages back. Until it is unfolded the slot's blocks read
/// as zeros and must not be written to. What was put aside is wiped when it has served.
///
/// Returns 1; or 0 when the slot stays as it is: it is more than half full, or in too many places; there is no memory; or
/// memory is locked, which is not tried again.
int duplex_slot_fold(duplex_slot *slot);

/// Fills a folded slot as it was; nothing for one that is not.
void duplex_slot_unfold(duplex_slot *slot);

/// Slots in use, and folded ones among them. For tests.
size_t duplex_slot_count(void);
size_t duplex_slot_folded_count(void);

#endif
