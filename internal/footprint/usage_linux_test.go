package footprint

import (
	goruntime "runtime"
	"testing"
)

func TestParseStatm(t *testing.T) {
	want := Usage{CPU: -1, Virtual: 409600, Resident: 81920, Own: 69632}
	if u := parseStatm("100 20 3 4 0 5 0\n", 4096); u != want {
		t.Errorf("it reads %+v, want %+v", u, want)
	}
	if u := parseStatm("100 2 3 4", 4096); u.Own != 0 || u.Resident != 8192 {
		t.Errorf("of more pages of files than are resident it makes %+v", u)
	}
	for _, bad := range []string{"", "1", "1 2", "x 1 1", "1 x 1", "1 1 x", "-1 2 1", "1 99999999999999999999 1"} {
		if u := parseStatm(bad, 4096); u != unknown {
			t.Errorf("of %q it reads %+v", bad, u)
		}
	}
}

// TestUse has memory that is written counted as the process's own.
func TestUse(t *testing.T) {
	before := Use()
	if before.Own <= 0 || before.Own >= before.Resident || before.Resident > before.Virtual || before.CPU < 0 {
		t.Fatalf("this process uses %+v", before)
	}
	const more = 64 << 20
	block := make([]byte, more)
	for i := 0; i < more; i += 512 {
		block[i] = 1
	}
	after := Use()
	goruntime.KeepAlive(block)
	if grown := after.Own - before.Own; grown < more/2 {
		t.Errorf("%d bytes were written, and its own memory has grown by %d", more, grown)
	}
}
