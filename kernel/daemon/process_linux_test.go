package daemon

import (
	"os"
	"strconv"
	"testing"
)

func FuzzStat(f *testing.F) {
	if text, err := os.ReadFile("/proc/self/stat"); err == nil {
		f.Add(text)
	}
	f.Add([]byte("1 (a) b) S 1 2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = parseStat(text)
	})
}

func TestStatOfStrangeNames(t *testing.T) {
	text := []byte("7 (x) S 1 (y) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2")
	if got, err := parseStat(text); err != nil || got != "12345" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := parseStat([]byte("7 (x) Z 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2")); err != ErrGone {
		t.Errorf("a zombie: %v", err)
	}
	if _, err := processStart(1 << 30); err == nil {
		t.Error("process " + strconv.Itoa(1<<30) + " exists")
	}
}
