package tools

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/tools/tool"
)

func registered(list ...tool.Definition) *Registry {
	r := NewRegistry()
	if err := r.Register(list...); err != nil {
		panic(err)
	}
	return r
}

func failing(_ context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Params.Int("n") > 5 {
		return nil, tool.Errorf(tool.ExecutionFailed, "too many")
	}
	return tool.Value(1), nil
}

func TestTotals(t *testing.T) {
	var totals Totals
	if s := totals.Snapshot(); len(s.Tools) != 0 {
		t.Errorf("nothing has run, and it gives %v", s)
	}
	r := registered(define("a", failing), define("b", failing))
	first, second := NewInvoker(r, Options{}), NewInvoker(r, Options{})
	release := totals.Add(first)
	totals.Add(second)
	call := func(inv *Invoker, name string, n int) {
		inv.Invoke(t.Context(), name, map[string]any{"n": n}, CallOptions{})
	}
	call(first, "a", 1)
	call(first, "a", 9)
	call(second, "a", 2)
	call(second, "b", 9)
	check := func(when string) {
		t.Helper()
		s := totals.Snapshot()
		if len(s.Tools) != 2 {
			t.Fatalf("%s: the figures are of %v", when, s.Tools)
		}
		a, b := s.Tools[0], s.Tools[1]
		if a.Tool != "a" || a.Calls != 3 || a.Errors[tool.ExecutionFailed] != 1 || a.Min <= 0 || a.Max < a.Min || a.Total < a.Max {
			t.Errorf("%s: a has %+v", when, a)
		}
		if b.Tool != "b" || b.Calls != 1 || b.Errors[tool.ExecutionFailed] != 1 || sum(b.Histogram) != 1 {
			t.Errorf("%s: b has %+v", when, b)
		}
	}
	check("with both")
	release()
	release()
	check("after one is gone")
	call(first, "a", 1) // nobody looks any more
	check("after a call of what is gone")
}

func sum(list [8]int64) (n int64) {
	for _, v := range list {
		n += v
	}
	return n
}

func TestTotalsBoundNames(t *testing.T) {
	var totals Totals
	for i := range maxTotals + 100 {
		name := fmt.Sprintf("tool-%d", i)
		inv := NewInvoker(registered(define(name, failing)), Options{})
		release := totals.Add(inv)
		inv.Invoke(t.Context(), name, nil, CallOptions{})
		if i%2 == 0 {
			totals.Snapshot()
		}
		release()
	}
	s := totals.Snapshot()
	calls := int64(0)
	for _, m := range s.Tools {
		calls += m.Calls
	}
	if len(s.Tools) != maxTotals+1 || s.Tools[0].Tool != "other" || s.Tools[0].Calls != 100 || calls != maxTotals+100 {
		t.Errorf("%d names, %d calls, the first %+v", len(s.Tools), calls, s.Tools[0])
	}
}

// TestTotalsOnlyGrow closes invokers while somebody reads.
func TestTotalsOnlyGrow(t *testing.T) {
	var totals Totals
	r := registered(define("a", failing))
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 50 {
				inv := NewInvoker(r, Options{})
				release := totals.Add(inv)
				for range 5 {
					inv.Invoke(t.Context(), "a", nil, CallOptions{})
				}
				release()
			}
		})
	}
	ended := make(chan struct{})
	go func() { work.Wait(); close(ended) }()
	last := int64(0)
	for open := true; open; {
		select {
		case <-ended:
			open = false
		default:
		}
		if s := totals.Snapshot(); len(s.Tools) > 0 {
			if s.Tools[0].Calls < last {
				t.Fatalf("the count has gone from %d to %d", last, s.Tools[0].Calls)
			}
			last = s.Tools[0].Calls
		}
	}
	if last != 1000 {
		t.Errorf("%d calls, want 1000", last)
	}
}
