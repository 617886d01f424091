//go:build !race

package latency

import (
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const (
	parseLines = 10_000
	parseTime  = 10 * time.Millisecond // of CPU
)

// budgetParse measures the parser that all features of the editor begin with.
func budgetParse(t *testing.T, r *report) {
	text := luagen.KernelScript(parseLines)
	if e := syntax.Parse(text).Errors(); len(e) > 0 {
		t.Fatal(e[0])
	}
	best, n := settle(func() series {
		return beside(alone(t, parseTime/2), 30, func() timings { return onCPU(t, func() { syntax.Parse(text) }) })
	}, func(s series) float64 { return s.share(50, parseTime) })
	r.percentile(t, "a script of 10,000 lines is parsed", best, 50, parseTime)
	r.took(n)
}
