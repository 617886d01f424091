package logs

import (
	"bytes"
	"strings"
	"testing"
)

// TestFullDisk writes to a device that is always full.
func TestFullDisk(t *testing.T) {
	var told bytes.Buffer
	l := newLog(t, Options{File: "/dev/full", Rotation: Rotation{Size: 10, Count: 1}, Stderr: &told})
	for range 5 {
		l.Component("x").Error("lost")
	}
	if s := told.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "no space left on device") {
		t.Errorf("%q", s)
	}
}
