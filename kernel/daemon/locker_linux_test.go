package daemon

import (
	"slices"
	"testing"
)

func TestLockersIn(t *testing.T) {
	const text = `1: POSIX  ADVISORY  WRITE 7 08:01:55 0 EOF
2: FLOCK  ADVISORY  WRITE 1234 08:01:55 0 EOF
2: -> FLOCK  ADVISORY  WRITE 99 08:01:55 0 EOF
3: FLOCK  ADVISORY  READ 1235 08:01:55 0 EOF
4: FLOCK  ADVISORY  WRITE 8 08:02:55 0 EOF
5: FLOCK  ADVISORY  WRITE -1 08:01:55 0 EOF
6: FLOCK
`
	if got := lockersIn(text, 0x801, 55); !slices.Equal(got, []int{1234, 1235}) {
		t.Errorf("%v", got)
	}
	if got := lockersIn(text, 0x801, 5); got != nil {
		t.Errorf("another file: %v", got)
	}
}
