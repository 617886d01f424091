package footprint

import (
	"runtime/debug"
	"testing"
)

func TestCollectOften(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t.Setenv("GOGC", "100")
	CollectOften()
	if p := percent(); p != 100 {
		t.Errorf("the user's 100 has become %d", p)
	}
	t.Setenv("GOGC", "")
	CollectOften()
	if p := percent(); p != often {
		t.Errorf("the pace is %d, wanted %d", p, often)
	}
}
