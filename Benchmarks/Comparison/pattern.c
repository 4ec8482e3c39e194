#include "pattern.h"

#include <string.h>

enum { PERIOD = 65521 };

static unsigned char bytes[PERIOD + PATTERN_PIECE];

void pattern_make(void) {
    uint32_t state = 1;
    for (int i = 0; i < PERIOD; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 24);
    }
    // Longer than one period, so that a piece never wraps round.
    for (int i = PERIOD; i < (int)sizeof bytes; i++) bytes[i] = bytes[i - PERIOD];
}

const unsigned char *pattern_at(uint64_t place) {
    return bytes + place % PERIOD;
}

int pattern_holds(const unsigned char *found, size_t count, uint64_t place) {
    return memcmp(found, pattern_at(place), count) == 0;
}
