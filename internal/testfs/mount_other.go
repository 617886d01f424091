//go:build !linux

package testfs

import "testing"

// Small does nothing: a test cannot mount a file system here.
func Small(t *testing.T, _ int, _ func(dir string)) {
	t.Log("NOT TESTED: tests mount file systems on Linux only")
}

// ReadOnly is never reached.
func ReadOnly(*testing.T, string) {}

// NoInodes is never reached.
func NoInodes(*testing.T, string) {}
