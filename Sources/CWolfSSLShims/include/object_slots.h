#ifndef DUPLEXD_OBJECT_SLOTS_H
#define DUPLEXD_OBJECT_SLOTS_H

#include <stddef.h>

// A place of its own for all that the library allocates when it makes an object (wolfSSL_new): 14 pages, of which an idle
// connection keeps five.
//
// The largest block, the object's session, has room for a client's certificates: 37 KB, all zeros but for the first 528
// bytes and a few of the last when the client has none. It lies first, with its beginning on the page that the slot before
// ends on, so that its zeros are whole pages that can be given back; the small blocks, 19 KB, follow its end. In the C
// library's heap an idle connection keeps 6 KiB more, in pages that its blocks share with a few bytes of others.
//
// Blocks are laid out once and not used again before all of a slot are freed. What does not fit comes from malloc.
// Thread-safe; without slots (no address space, or a build for AddressSanitizer) everything comes from malloc.

typedef struct duplex_slot duplex_slot;

/// A free slot, which the calling thread may lay blocks into; NULL when there is none.
duplex_slot *duplex_slot_open(void);

/// No more blocks come. The slot is free again when its last one is.
void duplex_slot_close(duplex_slot *slot);

/// Lays a block, aligned for any type, into an open slot; NULL when it does not fit.
void *duplex_slot_allocate(duplex_slot *slot, size_t size);

/// The size of a block in a slot; 0 for memory that is not in one.
size_t duplex_slot_block_size(const void *block);

/// Frees a block in a slot. Returns 0 for memory that is not in one.
int duplex_slot_release(void *block);

/// Slots in use. For tests.
size_t duplex_slot_count(void);

#endif
