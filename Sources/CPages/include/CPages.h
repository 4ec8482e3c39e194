#ifndef DUPLEXD_CPAGES_H
#define DUPLEXD_CPAGES_H

#include <stddef.h>

// Memory that is only zeros costs nothing when its pages are given back: a private anonymous page reads as zeros again
// (madvise(2), MADV_DONTNEED). No system header here: what this module declared as well, Swift would no longer find in
// Glibc.

/// Notes where the calling thread's frames begin. Called once by the function that a thread starts with, before it calls
/// others: what lies above is the C library's and the thread-local storage.
void pages_begin_stack(void);

/// By how many bytes a stack should be smaller than its whole pages, so that a thread that waits keeps two pages and not
/// four: one with the C library's record of the thread, one with its other thread-local variables and the frames. Where
/// those end is the same for all threads of a process; the first one that calls `pages_begin_stack` finds out. 0 before,
/// and where the layout is another.
size_t pages_stack_shift(void);

/// Gives back what the calling thread keeps for nothing: the pages of its stack below its frames, and pages of zeros in
/// its thread-local storage, of which libwolfssl has 50 KB. Nothing on a thread that did not call `pages_begin_stack`.
void pages_release_stack(void);

#endif
