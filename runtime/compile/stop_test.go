package compile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/compile"
)

func TestCompileUntil(t *testing.T) {
	source := strings.Repeat("x = 1 ", 100_000)
	asked := 0
	c, err := compile.CompileUntil(source, "=test", env(), func() bool { asked++; return asked == 3 })
	if c != nil || !errors.Is(err, compile.ErrStopped) || asked != 3 {
		t.Errorf("asked %d times: %v, %v", asked, c, err)
	}
	if _, err := compile.CompileUntil(source, "=test", env(), func() bool { return false }); err != nil {
		t.Errorf("not stopped: %v", err)
	}
}
