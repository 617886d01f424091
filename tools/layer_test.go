package tools

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/llmspell/llmspell/tools/tool"
)

func names(r *Registry) string {
	var out []string
	for _, d := range r.List(Filter{}) {
		out = append(out, d.Name)
	}
	return strings.Join(out, " ")
}

func TestLayers(t *testing.T) {
	base := NewRegistry()
	if err := base.Register(define("b", nil), define("d", nil)); err != nil {
		t.Fatal(err)
	}
	one, two := base.Layer(), base.Layer()
	if names(one) != "b d" {
		t.Errorf("an empty layer has %s", names(one))
	}
	if err := one.Register(define("c", nil, func(d *tool.Descriptor) { d.Tags = []string{"zebra"} })); err != nil {
		t.Fatal(err)
	}
	if err := one.Register(define("d", nil)); err == nil || !strings.Contains(err.Error(), `belongs to "d" already`) {
		t.Errorf("a name of the parent was taken: %v", err)
	}
	if names(one) != "b c d" || names(two) != "b d" || names(base) != "b d" {
		t.Errorf("%s; %s; %s", names(one), names(two), names(base))
	}
	if hits := one.Search("zebra", Filter{}, 0); len(hits) != 1 || hits[0].Descriptor.Name != "c" || len(two.Search("zebra", Filter{}, 0)) != 0 {
		t.Errorf("search found %v", hits)
	}
	if e := two.Unknown("c"); e.Details["suggestion"] == "c" {
		t.Errorf("another layer's tool was suggested: %v", e)
	}
	// The parent goes on to grow; where names clash, a layer keeps its own.
	own, _ := one.Get("c")
	if err := base.Register(define("a", nil), define("c", nil)); err != nil {
		t.Fatal(err)
	}
	if names(one) != "a b c d" || names(two) != "a b c d" {
		t.Errorf("after more tools: %s; %s", names(one), names(two))
	}
	if d, _ := one.Get("c"); d != own {
		t.Error("the layer's own tool was replaced")
	}
	if d, _ := two.Get("c"); d == own {
		t.Error("a layer gives another layer's tool")
	}
}

// Each registry makes its tools for itself; layers share their parent's.
func TestInstances(t *testing.T) {
	var made atomic.Int64
	def := define("it", nil)
	def.New = func() (tool.Tool, error) {
		n := made.Add(1)
		return tool.Func(func(context.Context, *tool.Call) (*tool.Result, error) { return tool.Value(n), nil }), nil
	}
	base := NewRegistry()
	if err := base.Register(def); err != nil {
		t.Fatal(err)
	}
	other := &Registry{first: base.current}
	for _, tc := range []struct {
		r    *Registry
		want int64
	}{{base, 1}, {base.Layer(), 1}, {base.Layer().Layer(), 1}, {other, 2}, {other.Layer(), 2}, {base, 1}} {
		if r, err := NewInvoker(tc.r, Options{}).Invoke(background, "it", nil, CallOptions{}); err != nil || r.Result != tc.want {
			t.Errorf("instance %v, %v; want %d", r.Result, err, tc.want)
		}
	}
}

// Readers see whole states of a registry that grows below and in them.
func TestRegistryGrowsUnderReaders(t *testing.T) {
	base := Builtin()
	top := base.Layer()
	builtin := len(base.List(Filter{}))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			least := builtin
			for {
				select {
				case <-stop:
					return
				default:
				}
				list := top.List(Filter{})
				if len(list) < least {
					t.Errorf("a list of %d tools after one of %d", len(list), least)
					return
				}
				least = len(list)
				last := list[len(list)-1].Name
				if _, ok := top.Get(last); !ok {
					t.Errorf("the listed tool %s is not found", last)
				}
				if len(top.Search("calculator", Filter{}, 1)) != 1 {
					t.Error("nothing found")
				}
				top.Unknown("calculatr")
			}
		})
	}
	for i := range 100 {
		if err := base.Register(define(fmt.Sprintf("below-%d", i), nil)); err != nil {
			t.Error(err)
		}
		if err := top.Register(define(fmt.Sprintf("above-%d", i), nil)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if n := len(top.List(Filter{})); n != builtin+200 {
		t.Errorf("%d tools; want %d", n, builtin+200)
	}
}
