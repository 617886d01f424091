package luagen

import (
	"strings"
	"testing"
)

func TestKernelScript(t *testing.T) {
	for _, lines := range []int{0, 100, 5000} {
		script := KernelScript(lines)
		compile(t, script)
		if got := strings.Count(script, "\n"); got < lines-20 || got > max(lines, 20) {
			t.Errorf("a script of %d lines has %d", lines, got)
		}
		if !strings.HasSuffix(script, "\nlocal last = M.new(\"last\")\n") {
			t.Errorf("a script of %d lines ends with %q", lines, script[len(script)-40:])
		}
	}
}

func TestAnnotatedScript(t *testing.T) {
	for _, lines := range []int{0, 100, 5000} {
		script := AnnotatedScript(lines)
		compile(t, script)
		if got := strings.Count(script, "\n"); got < lines-100 || got > max(lines, 20) {
			t.Errorf("a script of %d lines has %d", lines, got)
		}
		if !strings.HasSuffix(script, "\nlocal last = Node.new(\"last\")\n") {
			t.Errorf("a script of %d lines ends with %q", lines, script[len(script)-40:])
		}
	}
}
