package refactor_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/refactor"
)

// large are programs of as many lines or entries as are wanted, and what is selected in them:
// the text from the first mark to the last one.
var large = []struct {
	name, begin, each, end string
	from, to               string
	title                  string // that is offered or refused
}{
	{"a table in one line", "return {", `["k%[1]d"] = "v%[1]d", `, "}", "return", "}", "Extract to local function"},
	{"a table of lines", "return {\n", "k%[1]d = {\"v%[1]d\", v},\n", "}", "return", "}", "Extract to local function"},
	{"statements", "local function f(t)\n", "print(t.x, %d, t)\n", "end", "print", "t)\n", "Extract to local function"},
	{"an expression that stands everywhere", "local function f(t) local a = t.x\n", "a = a + t.x * %d\n", "end", "t.x", "", "Extract all equal expressions to local variable"},
	{"one of a variable that is assigned", "local function f(t) t = t or 1 local a = t.x\n", "a = a + t.x * %d\n", "end", "t.x", "", "Extract all equal expressions to local variable"},
	{"a variable", "local x = 1\n", "print(x, %d)\n", "", "x", "", "Inline local variable"},
	{"a large value", "local x = {\n", "a%[1]d = b%[1]d,\n", "}\nprint(x, x)", "x", "", "Inline local variable"},
}

// largeText makes a program with n entries, and says what is selected in it.
func largeText(i, n int) (text string, start, end int) {
	x := &large[i]
	var b strings.Builder
	b.WriteString(x.begin)
	for i := range n {
		fmt.Fprintf(&b, x.each, i)
	}
	b.WriteString(x.end)
	text = b.String()
	start = strings.Index(text, x.from)
	if end = start + len(x.from); x.to != "" {
		end = strings.LastIndex(text, x.to) + len(x.to)
	}
	return text, start, end
}

// TestLarge: four times the program takes four times as long, not sixteen times.
func TestLarge(t *testing.T) {
	for i, x := range large {
		t.Run(x.name, func(t *testing.T) {
			took := func(n int) time.Duration {
				text, start, end := largeText(i, n)
				f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
				snap := analysis.NewSnapshot(nil, nil).WithFile(f)
				begin := time.Now()
				list := refactor.Actions(t.Context(), snap, f, start, end, nil)
				if !slices.ContainsFunc(list, func(a refactor.Action) bool { return a.Title == x.title }) {
					t.Fatalf("%d entries: no %s in %d actions", n, x.title, len(list))
				}
				return time.Since(begin)
			}
			// Both are large enough that the compiler looks at them.
			const entries = 7000
			small, big := time.Hour, time.Hour
			for range 5 { // others use the machine too
				small, big = min(small, took(entries)), min(big, took(4*entries))
				if big <= 8*small {
					return
				}
			}
			t.Errorf("%d entries take %v, %d take %v", entries, small, 4*entries, big)
		})
	}
}

// ending is a context that ends after it has been asked some times.
type ending struct {
	context.Context
	left, after int // times until it ends, and how often it was asked then
}

func (e *ending) Err() error {
	if e.left--; e.left >= 0 {
		return nil
	}
	e.after++
	return context.Canceled
}

// TestEnded: wherever a request ends, little is looked at afterwards, and there are no actions.
func TestEnded(t *testing.T) {
	for i, x := range large {
		t.Run(x.name, func(t *testing.T) {
			text, start, end := largeText(i, 2000)
			f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
			snap := analysis.NewSnapshot(nil, nil).WithFile(f)
			const plenty = 1 << 30
			whole := &ending{Context: t.Context(), left: plenty}
			refactor.Actions(whole, snap, f, start, end, nil)
			asked := plenty - whole.left
			if asked < 20 {
				t.Fatalf("the context is looked at only %d times", asked)
			}
			for left := 0; left < asked; left += max(1, asked/50) {
				ctx := &ending{Context: t.Context(), left: left}
				if list := refactor.Actions(ctx, snap, f, start, end, nil); len(list) > 0 || ctx.after > 30 {
					t.Fatalf("ended at %d of %d: looked at %d times more, %d actions", left, asked, ctx.after, len(list))
				}
			}
		})
	}
}
