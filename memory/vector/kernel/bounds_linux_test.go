package kernel

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestBounds has rows that end where the memory of the process ends: a read beyond them is a crash.
func TestBounds(t *testing.T) {
	page := unix.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(memory) }()
	if err := unix.Mprotect(memory[2*page:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	usable := memory[:2*page]
	numbers := unsafe.Slice((*float32)(unsafe.Pointer(&usable[0])), len(usable)/4)
	for d := 1; d <= 300; d++ {
		for n := 1; n <= 5; n++ {
			row := usable[len(usable)-n*d:]
			if d%groupBytes == 0 {
				CodesRows(make([]int32, n), make([]int8, 2*d), row, d)
			}
			if n*d <= len(numbers) {
				row := numbers[len(numbers)-n*d:]
				DotRows(make([]float32, n), make([]float32, d), row, d)
				L2Rows(make([]float32, n), row[:d], row, d)
				DotEach(make([]float32, 1), row[(n-1)*d:], [][]float32{row[(n-1)*d:]})
			}
		}
	}
}
