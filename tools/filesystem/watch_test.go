//go:build unix

package filesystem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// watching runs file-watcher, calls do when it watches, and returns what it gave.
func watching(t *testing.T, ctx context.Context, r *tooltest.Runner, params string, do func()) (map[string]any, error) {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(params), &p); err != nil {
		t.Fatal(err)
	}
	d := fileWatcherDefinition()
	checked, err := schema.Compile(d.Descriptor.Parameters).CheckObject(p)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	defer func() { <-done }()
	started := false
	res, err := runWatcher(ctx, tool.NewCall(checked, r.Sandbox, nil, func(tool.Progress) {
		started = true
		go func() { defer close(done); do() }()
	}))
	if !started {
		close(done)
	}
	if err != nil {
		return nil, err
	}
	if _, err := schema.Compile(d.Descriptor.Result).Check(map[string]any(res.Value.(map[string]any))); err != nil {
		t.Errorf("the result is not what the tool promises: %v", err)
	}
	return res.Value.(map[string]any), nil
}

// kinds lists events as kind:path, sorted, without repetitions.
func kinds(r *tooltest.Runner, v map[string]any) string {
	var out []string
	for _, e := range v["events"].([]any) {
		e := e.(map[string]any)
		rel, _ := filepath.Rel(r.Dir, e["path"].(string))
		out = append(out, fmt.Sprintf("%s:%s", e["kind"], rel))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func TestWatch(t *testing.T) {
	for _, method := range []string{"notify", "poll"} {
		r := runner(t)
		path := func(name string) string { return filepath.Join(r.Dir, name) }
		write := func(name, text string) {
			if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
				t.Error(err)
			}
		}
		for _, c := range []struct {
			name, params string
			do           func()
			want         string
		}{
			{"write", `"input":["."],"max_events":1`, func() { write("a.txt", "changed") }, "modify:a.txt"},
			{"create", `"input":".","max_events":1`, func() { write("new.txt", "x") }, "create:new.txt"},
			{"delete", `"input":".","max_events":1`, func() { os.Remove(path("new.txt")) }, "delete:new.txt"},
			{"deep", `"input":".","max_events":1`, func() { write("d/e/c.txt", "longer than before") }, "modify:d/e/c.txt"},
			{"a file", `"input":"d/b.txt","max_events":1`, func() { write("d/other", "x"); write("d/b.txt", "also changed") }, "modify:d/b.txt"},
			{"pattern", `"input":".","pattern":["*.lua"],"max_events":1`, func() { write("a.txt", "not this"); write("d/x.lua", "this") }, "create:d/x.lua"},
			{"new folders", `"input":".","max_events":4`, func() { os.MkdirAll(path("n/m/o"), 0o755); write("n/m/o/f", "x") }, "create:n create:n/m create:n/m/o create:n/m/o/f"},
			{"in the new folder", `"input":".","max_events":1`, func() { write("n/m/o/f", "changed again") }, "modify:n/m/o/f"},
			{"moved folder", `"input":".","pattern":["late"],"max_events":1`, func() { os.Rename(path("n"), path("moved")); write("moved/m/late", "x") }, "create:moved/m/late"},
			{"links out", `"input":".","pattern":["in","secret2"],"max_events":1`, func() {
				out, _ := os.Readlink(path("out"))
				os.WriteFile(filepath.Join(out, "secret2"), nil, 0o600)
				write("in", "x")
			}, "create:in"},
			{"flat", `"input":".","recursive":false,"pattern":["flat*"],"max_events":1`, func() { write("d/flat1", ""); write("flat2", "") }, "create:flat2"},
		} {
			v, err := watching(t, context.Background(), r, `{"operation":"watch","debounce_ms":20,"poll_interval_ms":20,"timeout_ms":20000,"method":"`+method+`",`+c.params+`}`, c.do)
			if err != nil {
				t.Errorf("%s %s: %v", method, c.name, err)
				continue
			}
			if got := kinds(r, v); got != c.want || v["timed_out"] != false || v["method"] != method {
				t.Errorf("%s %s: got %q (%v %v); want %q", method, c.name, got, v["timed_out"], v["method"], c.want)
			}
		}
		// Nothing happens.
		v, err := watching(t, context.Background(), r, `{"operation":"watch","input":".","timeout_ms":30,"method":"`+method+`"}`, func() {})
		if err != nil || v["timed_out"] != true || v["count"] != 0 {
			t.Errorf("%s: nothing: %v %v", method, v, err)
		}
		// The folder itself goes.
		if method == "notify" {
			os.Mkdir(path("gone"), 0o755)
			v, err = watching(t, context.Background(), r, `{"operation":"watch","input":"gone","timeout_ms":20000,"method":"notify"}`, func() { os.Remove(path("gone")) })
			if err != nil || v["reason"] == nil {
				t.Errorf("gone: %v %v", v, err)
			}
		}
	}
}

func TestWatchMerges(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{created, modified, created}, {created, deleted, ""}, {created, renamed, ""}, {deleted, created, modified}, {renamed, created, modified},
		{modified, modified, modified}, {modified, deleted, deleted},
	} {
		if got := merge(c.before, c.after); got != c.want {
			t.Errorf("%s, %s: %q; want %q", c.before, c.after, got, c.want)
		}
	}
}

// An event that repeats without rest is given all the same, and a full list
// ends the watch.
func TestWatchFlush(t *testing.T) {
	w := &watch{debounce: time.Hour, limit: 2, pending: map[string]*change{}, events: []any{}}
	old := time.Now().Add(-11 * time.Hour)
	w.pending["a"] = &change{path: "a", kind: modified, first: old, last: time.Now()}
	w.pending["b"] = &change{path: "b", kind: modified, first: time.Now(), last: time.Now()}
	if next := w.flush(false); len(w.events) != 1 || time.Until(next) < 50*time.Minute {
		t.Errorf("%v, next %v", w.events, next)
	}
	for i := range 10 {
		w.pending[fmt.Sprint(i)] = &change{first: time.Now(), last: time.Now()}
	}
	if w.flush(false); len(w.events) != 2 {
		t.Errorf("%d events", len(w.events))
	}
}

func TestWatchCancelled(t *testing.T) {
	r := runner(t)
	for _, method := range []string{"notify", "poll"} {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := watching(t, ctx, r, `{"operation":"watch","input":".","method":"`+method+`"}`, cancel)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// When the system tells no more, watching goes on by looking.
func TestWatchFallsBack(t *testing.T) {
	r := runner(t)
	var dirs []string
	for i := range maxNotified + 1 {
		dirs = append(dirs, fmt.Sprintf("many/%d", i))
	}
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(r.Dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	v, err := watching(t, context.Background(), r, `{"operation":"watch","input":"many","max_events":1,"timeout_ms":20000,"debounce_ms":0,"poll_interval_ms":10}`, func() {
		os.Mkdir(filepath.Join(r.Dir, "many/new"), 0o755)
	})
	if err != nil || v["method"] != "poll" || v["reason"] == "" || kinds(r, v) != "create:many/new" {
		t.Errorf("%v %v", v, err)
	}
	_, err = watching(t, context.Background(), r, `{"operation":"watch","input":"many","method":"notify"}`, func() {})
	if te := tool.AsError("", "", err); err == nil || te.Code != tool.LimitExceeded {
		t.Errorf("notify: %v", err)
	}
}

func TestWatchRefusals(t *testing.T) {
	r := runner(t)
	r.Table(t, "file-watcher", []tooltest.Want{
		{Params: `{"operation":"config"}`, Field: "notify_supported", Value: `true`},
		{Params: `{}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"wacth"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"watch"}`, Err: `"input" is missing`},
		{Params: `{"operation":"watch","input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"watch","input":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"watch","input":"/etc"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"watch","input":"out"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"watch","input":["d","secret"]}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"watch","input":".","recursive":5}`, Err: `"recursive" is wrong`},
		{Params: `{"operation":"watch","input":".","pattern":"["}`, Err: `"pattern" is not a pattern`},
		{Params: `{"operation":"watch","input":".","debounce_ms":-1}`, Err: `"debounce_ms" is wrong`},
		{Params: `{"operation":"watch","input":".","timeout_seconds":-1}`, Err: `"timeout_seconds" is wrong`},
		{Params: `{"operation":"watch","input":".","timeout_ms":-1}`, Err: `"timeout_ms" is wrong`},
		{Params: `{"operation":"watch","input":".","max_events":0}`, Err: `"max_events" is wrong`},
		{Params: `{"operation":"watch","input":".","method":"ask"}`, Err: `"method" is wrong`},
		{Params: `{"operation":"watch","input":".","poll_interval_ms":0}`, Err: `"poll_interval_ms" is wrong`},
	})
}
