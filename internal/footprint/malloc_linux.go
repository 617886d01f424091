//go:build cgo

package footprint

/*
#include <malloc.h>

static void fix_threshold(void) {
#ifdef __GLIBC__
	mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

static void trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// returnBlocks has glibc keep its first threshold, for it raises that to twice the size of a
// block that is freed, up to 64 MB: so much would stay at the end of each thread's heap,
// which no trim reaches.
func returnBlocks() { C.fix_threshold() }

// trimMalloc gives back what was freed in the middle of heaps.
func trimMalloc() { C.trim() }
