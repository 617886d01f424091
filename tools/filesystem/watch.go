package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxWatchSeconds = 3600
	maxWatchEvents  = 100_000
	maxWatchInputs  = 100
	maxWatchDepth   = 100
	maxNotified     = 4_096   // folders that are watched through the system at a time, each of which takes an open file
	maxPolled       = 100_000 // files and folders that are looked at again and again
)

func fileWatcherDefinition() tool.Definition {
	input := &schema.Schema{Types: []schema.Type{schema.Array, schema.String}, Items: schema.Text(""), MaxItems: schema.Ptr(maxWatchInputs),
		Description: "The folders and files to watch (watch)"}
	pattern := &schema.Schema{Types: []schema.Type{schema.Array, schema.String}, Items: schema.Text(""),
		Description: "Only paths that fit one of these globs, such as *.lua or src/**; one without a slash is compared with the name"}
	return tool.Static(&tool.Descriptor{
		Name: "file-watcher", Aliases: []string{"watch-files"}, Category: "filesystem", Version: "1.0.0", Security: tool.Restricted, SideEffects: true,
		Tags: []string{"file", "watch", "change", "inotify", "monitor"}, Needs: []tool.Need{tool.Files}, Timeout: (maxWatchSeconds + 10) * time.Second,
		Description: "Waits for changes of files and folders and gives them, once the time is up or max_events have come. Links are not followed",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("Watch, or tell the limits and defaults", "watch", "config").WithAliases(map[string]string{"start": "watch", "info": "config"})),
			schema.Optional("input", input, "path", "paths", "directory"),
			schema.Optional("recursive", &schema.Schema{Types: []schema.Type{schema.Boolean}, Default: true, Description: "Watch the folders inside too, also those that are made meanwhile"}),
			schema.Optional("pattern", pattern, "glob", "patterns"),
			schema.Optional("debounce_ms", schema.Int("Changes of one path that follow each other more closely count as one: a create with writes is a create, a delete with a create is a modify, a create with a delete is nothing", 0, 60_000).WithDefault(100)),
			schema.Optional("timeout_seconds", schema.Int("How long to watch", 0, maxWatchSeconds).WithDefault(300), "timeout"),
			schema.Optional("timeout_ms", schema.Int("The same in milliseconds; it goes before timeout_seconds", 0, maxWatchSeconds*1000)),
			schema.Optional("max_events", schema.Int("After how many events to stop watching", 1, maxWatchEvents).WithDefault(1000), "limit"),
			schema.Optional("method", schema.Choice("notify: the operating system tells (no network file systems); poll: look again and again; auto: notify, or poll where that fails", "auto", "notify", "poll").WithDefault("auto")),
			schema.Optional("poll_interval_ms", schema.Int("How often to look (poll)", 10, 60_000).WithDefault(500))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("events", schema.List("What happened, in order (watch): {path, kind: create|modify|delete|rename, type: file|directory|symlink|other|unknown, time}. rename: it was moved away; where to, if inside, is a create", &schema.Schema{})),
			schema.Optional("count", schema.Num("How many events there are")),
			schema.Optional("timed_out", schema.Flag("Whether the time was up, rather than max_events reached")),
			schema.Optional("method", schema.Text("notify or poll: what was used")),
			schema.Optional("reason", schema.Text("Why poll was used instead of notify, or why watching ended before its time")),
			schema.Optional("defaults", schema.Map("The defaults of the parameters (config)")),
			schema.Optional("limits", schema.Map("What is not exceeded (config)")),
			schema.Optional("notify_supported", schema.Flag("Whether the operating system tells of changes here (config)")),
		}},
		Examples: []tool.Example{
			{Description: "Wait for the next change of a Lua file", Params: map[string]any{"operation": "watch", "input": ".", "pattern": "*.lua", "timeout_ms": 20_000, "max_events": 1, "debounce_ms": 0},
				Setup: changeAgainAndAgain, Want: map[string]any{"count": 1, "timed_out": false}},
			{Description: "What the limits are", Params: map[string]any{"operation": "config"}, Want: map[string]any{"limits": map[string]any{"max_events": maxWatchEvents}}},
		},
	}, runWatcher)
}

// changeAgainAndAgain writes a file every few milliseconds, for the example.
func changeAgainAndAgain(dir string) (map[string]string, func(), error) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				_ = os.WriteFile(filepath.Join(dir, "changing.lua"), []byte("-- "+now.String()), 0o600)
			}
		}
	}()
	return nil, func() { close(stop); <-stopped }, nil
}

func runWatcher(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Operation == "config" {
		return tool.Value(map[string]any{
			"defaults": map[string]any{"recursive": true, "debounce_ms": 100, "timeout_seconds": 300, "max_events": 1000, "method": "auto", "poll_interval_ms": 500},
			"limits": map[string]any{"timeout_seconds": maxWatchSeconds, "max_events": maxWatchEvents, "inputs": maxWatchInputs,
				"notified_folders": maxNotified, "polled_entries": maxPolled, "depth": maxWatchDepth},
			"notify_supported": notifySupported(),
		}), nil
	}
	inputs := texts(call.Params["input"])
	if len(inputs) == 0 {
		return nil, call.Missing("input")
	}
	pattern, err := globList(call.Params, "pattern")
	if err != nil {
		return nil, err
	}
	w := &watch{ctx: ctx, call: call, pattern: pattern, recursive: call.Params.Bool("recursive"), limit: call.Params.Int("max_events"),
		debounce: time.Duration(call.Params.Int("debounce_ms")) * time.Millisecond, pending: map[string]*change{}, events: []any{}}
	defer w.close()
	for _, input := range inputs {
		if err := w.addRoot(input); err != nil {
			return nil, err
		}
	}
	timeout := time.Duration(call.Params.Int("timeout_seconds")) * time.Second
	if call.Params.Has("timeout_ms") {
		timeout = time.Duration(call.Params.Int("timeout_ms")) * time.Millisecond
	}
	return w.run(timeout)
}

// addRoot opens a folder or file to watch. A file is watched through its folder.
func (w *watch) addRoot(input string) error {
	p, err := w.call.Sandbox.Place(sandbox.Read, input)
	if err != nil {
		return err
	}
	info, err := p.Root.Stat(p.Name)
	if err != nil {
		defer p.Close()
		return p.Explain(err)
	}
	r := &root{place: p}
	if !info.IsDir() {
		r.only = filepath.Base(p.Path)
		p.Close()
		if r.place, err = w.call.Sandbox.Place(sandbox.Read, filepath.Dir(p.Path)); err != nil {
			return err
		}
	}
	w.roots = append(w.roots, r)
	return nil
}

// root is a folder that was asked for. Its folder stays open, so what is
// watched is what the sandbox allowed, whatever is put in its place.
type root struct {
	place *sandbox.Place
	only  string // the one file of it that matters, or ""
}

// kindOf tells what is at a path below a root: file, directory, symlink,
// other, or unknown when nothing is there.
func (r *root) kindOf(rel string) string {
	c := r.place.Child(rel)
	info, err := c.Root.Lstat(c.Name)
	if err != nil {
		return "unknown"
	}
	return describe(rel, info)["type"].(string)
}

// gone tells whether the folder itself was deleted or moved away.
func (w *watch) gone(r *root) bool {
	p, err := w.call.Sandbox.Place(sandbox.Read, r.place.Path)
	if err == nil {
		defer p.Close()
		_, err = p.Root.Stat(p.Name)
	}
	return errors.Is(err, fs.ErrNotExist)
}

func (w *watch) close() {
	if w.notify != nil {
		w.notify.close()
	}
	for _, r := range w.roots {
		r.place.Close()
	}
}

func (w *watch) result(timedOut bool) *tool.Result {
	value := map[string]any{"events": w.events, "count": len(w.events), "timed_out": timedOut, "method": w.method}
	if w.reason != "" {
		value["reason"] = w.reason
	}
	return &tool.Result{Value: value, Message: fmt.Sprintf("%d events", len(w.events))}
}
