// Package example runs the examples that tools carry, and writes them as
// people type them. `llmspell tool test`, the test over all tools and the
// documentation use it alike.
package example

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Outcome tells what came of one example.
type Outcome struct {
	Tool    string
	Example *tool.Example
	// Params are the parameters of the call, placeholders filled in.
	Params map[string]any
	// Response is nil when the call was never made.
	Response *tools.Response
	// Dir is the folder in which it ran, which is gone, and Values are those of its
	// Setup: for telling what in the result belongs to this run alone.
	Dir      string
	Values   map[string]string
	Duration time.Duration
	// Err says why the example failed. It wraps tool.ErrNoExample when this
	// machine lacks what it takes.
	Err error
}

// Unavailable tells whether this machine cannot run the example.
func (o *Outcome) Unavailable() bool { return errors.Is(o.Err, tool.ErrNoExample) }

// Run runs one example of a tool in a fresh folder, which alone its sandbox
// allows, beside this machine's loopback addresses for tools that need the
// network, and programs for those that need processes. It checks the result
// against the example's Want and the tool's schema.
func Run(ctx context.Context, reg *tools.Registry, d *tool.Descriptor, ex *tool.Example) *Outcome {
	return RunUnder(ctx, reg, d, ex, policy)
}

// RunUnder is Run with another policy: it is given the example's folder.
func RunUnder(ctx context.Context, reg *tools.Registry, d *tool.Descriptor, ex *tool.Example,
	policy func(d *tool.Descriptor, dir string) sandbox.Policy) *Outcome {
	o := &Outcome{Tool: d.Name, Example: ex}
	start := time.Now()
	o.Err = o.run(ctx, reg, d, policy)
	o.Duration = time.Since(start)
	return o
}

func (o *Outcome) run(ctx context.Context, reg *tools.Registry, d *tool.Descriptor, policy func(*tool.Descriptor, string) sandbox.Policy) error {
	end, err := o.prepare()
	if err != nil {
		return err
	}
	defer end()
	box, err := sandbox.New(o.Dir, policy(d, o.Dir), sandbox.WithEnvironment(environment()))
	if err != nil {
		return err
	}
	inv := tools.NewInvoker(reg, tools.Options{Sandbox: box, Settings: func(_, name string) (string, bool) {
		v, ok := o.Example.Settings[name]
		text, _ := fill(v, o.Values).(string)
		return text, ok
	}})
	if o.Response, err = inv.Invoke(ctx, d.Name, o.Params, tools.CallOptions{}); err != nil {
		return err
	}
	result, err := plain(o.Response.Result)
	if err != nil {
		return fmt.Errorf("the result is not JSON: %w", err)
	}
	if d.Result != nil {
		if _, err := schema.Compile(d.Result).Check(result); err != nil {
			return fmt.Errorf("the result is not what the schema promises: %w", err)
		}
	}
	if o.Example.Want == nil {
		return nil
	}
	want, err := plain(fill(o.Example.Want, o.Values))
	if err != nil {
		return fmt.Errorf("what the example wants is not JSON: %w", err)
	}
	return Match(want, result)
}

// prepare makes the folder, the files and what Setup adds. end removes all.
func (o *Outcome) prepare() (end func(), err error) {
	dir, err := os.MkdirTemp("", "llmspell-example-*")
	if err != nil {
		return nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if o.Dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Example.Files)) {
		path := filepath.Join(o.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(o.Example.Files[name]), 0o644); err != nil {
			return nil, err
		}
	}
	if o.Example.Setup != nil {
		values, stop, err := o.Example.Setup(o.Dir)
		if err != nil {
			return nil, err
		}
		o.Values = values
		if stop != nil {
			end = func() { stop(); remove() }
		}
	}
	o.Params, _ = fill(o.Example.Params, o.Values).(map[string]any)
	if end == nil {
		end = remove
	}
	return end, nil
}

// policy allows what the tool says that it needs, and no more.
func policy(d *tool.Descriptor, dir string) sandbox.Policy {
	p := sandbox.Folders(dir)
	if d.NeedsAny(tool.Network) {
		p.Net.Allow = []string{"localhost", "127.0.0.0/8", "::1"}
	}
	if d.NeedsAny(tool.Processes) {
		p.Run.All = true
	}
	p.Env.Allow = sandbox.Restricted().Env.Allow
	p.DB.All = true // a database is reached through a file or an address, which are decided above
	return p
}

// environment is the same everywhere, but for what Windows needs to run a program.
func environment() sandbox.Environment {
	vars := map[string]string{"HOME": "/home/ada", "USER": "ada", "LANG": "en_US.UTF-8", "TZ": "UTC", "PATH": "/usr/local/bin:/usr/bin:/bin"}
	needed := []string{}
	if runtime.GOOS == "windows" {
		needed = []string{"PATH", "SystemRoot", "TEMP", "TMP"}
	}
	for _, name := range needed {
		if v, ok := os.LookupEnv(name); ok {
			vars[name] = v
		}
	}
	return sandbox.Environment{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		List: func() []string {
			var list []string
			for _, name := range slices.Sorted(maps.Keys(vars)) {
				list = append(list, name+"="+vars[name])
			}
			return list
		},
	}
}

// fill puts values in place of {name} in the strings of a JSON-like value.
func fill(v any, values map[string]string) any {
	switch v := v.(type) {
	case string:
		for name, value := range values {
			v = strings.ReplaceAll(v, "{"+name+"}", value)
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = fill(item, values)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = fill(item, values)
		}
		return out
	}
	return v
}

// plain gives a value the types that JSON decoding gives.
func plain(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(text, &out)
	return out, err
}
