package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// looks is a context that is done at a look at it.
type looks struct {
	context.Context
	n, end int
	looked func()
}

func (l *looks) Err() error {
	l.n++
	l.looked()
	if l.n >= l.end {
		return context.Canceled
	}
	return nil
}

// TestEnded: a context that is done ends the work, wherever it is, before the next thousand of steps
// is over; and between two looks at it few nodes are made and few calls applied.
func TestEnded(t *testing.T) {
	var generated strings.Builder
	for seed := range int64(20) {
		fmt.Fprintf(&generated, "do\n%s\nend\n", luagen.Program(seed, luagen.All()))
	}
	for name, text := range map[string]string{
		"generated":      generated.String(),
		"computed keys":  "local function f(t, k) return t[k] end local t = {" + numbered("a%d = 1, ", 1000) + "} f(t) " + numbered("f({b%d = 1}) ", 1000),
		"any function":   "local function f(...) return f(f, ...) end for k, v in pairs(_G) do f(v) end " + numbered("local x = f(%d)(f) ", 1000),
		"computed loads": numbered("local m = require(\"a\" .. x) m.f%d(m) ", 1000),
		"many classes":   numbered("do local C = {} C.__index = C function C:f%d(x) return self:f(x) end setmetatable({}, C):f(C) end ", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			p := Program{Places: true}
			tree := syntax.Parse(text)
			for i := range 3 {
				p.Files = append(p.Files, File{
					URI: fmt.Sprint(i), Tree: tree, Vars: scope.Resolve(tree), Notes: luacats.Read(text, tree.Tokens()),
					Modules: fmt.Sprintf("a%d", i), Module: func(string, bool) int { return -1 },
				})
			}
			run := func(end int) *solver {
				ctx := &looks{Context: t.Context(), end: end}
				s := newSolver(ctx, p)
				nodes, calls := 0, 0
				ctx.looked = func() {
					if n, c := len(s.nodes)-nodes, len(s.calls)-calls; n > 100*stepsALook || c > 10*stepsALook {
						t.Errorf("%d nodes and %d calls are made before look %d", n, c, ctx.n)
					}
					nodes, calls = len(s.nodes), len(s.calls)
				}
				s.run()
				if ctx.n > end {
					t.Errorf("the context is looked at %d times, which is done at look %d", ctx.n, end)
				}
				return s
			}
			whole := run(1 << 30)
			if whole.err != nil || whole.steps < 20*stepsALook {
				t.Fatalf("%v after %d steps", whole.err, whole.steps)
			}
			most := whole.steps / stepsALook
			for _, end := range []int{1, 2, most / 4, most / 2, most * 3 / 4, most} {
				s := run(end)
				if !errors.Is(s.err, context.Canceled) {
					t.Errorf("ended at look %d of %d: %v", end, most, s.err)
				}
				if over := s.steps - end*stepsALook; over > 100 {
					t.Errorf("ended at look %d of %d: %d steps are taken after it", end, most, over)
				}
			}
			if _, err := Solve(&looks{Context: t.Context(), end: 1, looked: func() {}}, p); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}
