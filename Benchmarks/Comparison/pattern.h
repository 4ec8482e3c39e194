// The content of every bulk stream: what stands at a place depends on the place, and repeats only after a prime number
// of bytes, so that a record or a buffer that is lost, doubled or moved is noticed.

#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

// The most that `pattern_at` gives in one piece, bytes.
enum { PATTERN_PIECE = 65536 };

// Once, before the other two.
void pattern_make(void);

// PATTERN_PIECE bytes of the stream from `place` on.
const unsigned char *pattern_at(uint64_t place);

// Whether `count` bytes, at most PATTERN_PIECE, are what stands at `place`.
int pattern_holds(const unsigned char *bytes, size_t count, uint64_t place);

#endif
