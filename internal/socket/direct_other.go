//go:build !unix

package socket

// Without these calls NewDirect returns nil.
const hasDirect = false

func read(uintptr, []byte) (int, error)  { return 0, ErrNothing }
func write(uintptr, []byte) (int, error) { return 0, ErrNothing }
func readable(uintptr) bool              { return true }
