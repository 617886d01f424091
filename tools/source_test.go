package tools

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/tools/tool"
)

// foreign is a source with one tool, which it registers when it is asked.
func foreign(r *Registry, asked *[]string) Source {
	var mu sync.Mutex
	return Source{Prefix: "far:", Category: "far", Load: func(_ context.Context, name string) error {
		mu.Lock()
		defer mu.Unlock()
		*asked = append(*asked, name)
		if strings.HasPrefix(name, "far:broken/") {
			return errors.New("it is broken")
		}
		return r.Replace("far:x/", define("far:x/Make_Tea", nil, func(d *tool.Descriptor) { d.Category = "far" }))
	}}
}

func TestSource(t *testing.T) {
	var asked []string
	base := NewRegistry()
	if err := base.Register(define("near", nil)); err != nil {
		t.Fatal(err)
	}
	base.SetSource(foreign(base, &asked))
	top := base.Layer()
	if _, ok := top.Get("near"); !ok || len(asked) != 0 {
		t.Errorf("a tool that is known: %v, asked %q", ok, asked)
	}
	if top.List(Filter{Category: "other"}); len(asked) != 0 {
		t.Errorf("another category: asked %q", asked)
	}
	if _, ok := top.Get("nothing"); ok || len(asked) != 0 {
		t.Errorf("a name of another kind: asked %q", asked)
	}
	for _, name := range []string{"far:x/make-tea", "far:x/Make_Tea", "FAR:X/MAKE_TEA"} {
		if d, ok := top.Get(name); !ok || d.Name != "far:x/Make_Tea" {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if len(asked) != 1 {
		t.Errorf("asked %q; want once", asked)
	}
	if list := top.List(Filter{}); len(list) != 2 || list[0].Name != "far:x/Make_Tea" {
		t.Errorf("%d tools", len(list))
	}
	// A session's own tools lie over both.
	if err := top.Register(define("own", nil)); err != nil {
		t.Fatal(err)
	}
	if list := top.List(Filter{}); len(list) != 3 {
		t.Errorf("%d tools with the session's own", len(list))
	}
	_, err := NewInvoker(top, Options{}).Invoke(context.Background(), "far:broken/x", nil, CallOptions{})
	var te *tool.Error
	if !errors.As(err, &te) || te.Tool != "far:broken/x" || !strings.Contains(te.Message, "it is broken") {
		t.Errorf("a broken source: %v", err)
	}
	_, err = NewInvoker(top, Options{}).Invoke(context.Background(), "far:x/nothing", nil, CallOptions{})
	if !errors.As(err, &te) || te.Code != tool.UnknownTool {
		t.Errorf("a tool that the source does not have: %v", err)
	}
}

func TestReplace(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(define("a-b", nil), define("far:x/one", func(context.Context, *tool.Call) (*tool.Result, error) { return nil, nil }), define("far:y/one", nil)); err != nil {
		t.Fatal(err)
	}
	old, err := NewInvoker(r, Options{}).Handle("far:x/one")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Replace("far:x/", define("far:x/two", nil)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range r.List(Filter{}) {
		names = append(names, d.Name)
	}
	if got := strings.Join(names, " "); got != "a-b far:x/two far:y/one" {
		t.Errorf("the tools are %s", got)
	}
	if _, err := old.Invoke(context.Background(), nil, CallOptions{}); err != nil {
		t.Errorf("a handle of a tool that is gone: %v", err)
	}
	if err := r.Replace("far:x/", define("far:x/three", nil), define("A-B", nil)); err == nil {
		t.Error("a wrong definition was accepted")
	}
	if _, ok := r.Get("far:x/two"); !ok {
		t.Error("a replacement that failed has changed something")
	}
}
