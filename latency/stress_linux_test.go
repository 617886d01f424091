//go:build !race

package latency

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/render"
	"github.com/llmspell/llmspell/latency/stress"
	"github.com/llmspell/llmspell/latency/suite"
)

// TestStress makes every kind of load for a moment; scripts/soak.sh does it for longer.
func TestStress(t *testing.T) {
	env, end, err := suite.NewEnv(build(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := stress.Run(t.Context(), env, stress.Options{Duration: 3 * time.Second, Sessions: 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Failed(); err != nil {
		t.Error(err)
	}
	if len(r.Loads) != len(stress.Names()) || len(r.Processes) != 2 || len(r.Processes[0].Samples) < 5 {
		t.Errorf("%d loads, %d processes: %+v", len(r.Loads), len(r.Processes), r.Processes)
	}
	var text strings.Builder
	var page bytes.Buffer
	if err := render.StressText(&text, r); err != nil || !strings.Contains(text.String(), "nothing is left") {
		t.Errorf("%v: %s", err, &text)
	}
	if err := render.StressHTML(&page, r); err != nil || strings.Count(page.String(), `class="curve"`) != 5 {
		t.Errorf("%v: %d curves, want 3 of the kernel and 2 of the debug adapter", err, strings.Count(page.String(), `class="curve"`))
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}
