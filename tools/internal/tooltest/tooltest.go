// Package tooltest runs tools in tests the way that an Invoker does: with
// parameters checked, defaults filled in, and errors made complete.
package tooltest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Runner runs the tools of a package.
type Runner struct {
	Sandbox *sandbox.Sandbox
	Dir     string // the only folder that the sandbox allows
	// Settings are what the tools find configured.
	Settings map[string]string
	defs     map[string]tool.Definition
	tools    map[string]tool.Tool
}

// New makes a Runner with a sandbox of its own.
func New(t testing.TB, defs []tool.Definition) *Runner {
	t.Helper()
	dir := t.TempDir()
	box, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{Sandbox: box, Dir: dir, defs: map[string]tool.Definition{}, tools: map[string]tool.Tool{}}
	for _, d := range defs {
		if r.tools[d.Descriptor.Name], err = d.New(); err != nil {
			t.Fatal(err)
		}
		r.defs[d.Descriptor.Name] = d
	}
	return r
}

func (r *Runner) setting(name string) string { return r.Settings[name] }

// Allow makes a Runner with the same tools and folder whose sandbox allows more:
// change is given the policy to change.
func (r *Runner) Allow(t testing.TB, change func(*sandbox.Policy), options ...sandbox.Option) *Runner {
	t.Helper()
	policy := r.Sandbox.Policy()
	change(&policy)
	box, err := sandbox.New(r.Dir, policy, options...)
	if err != nil {
		t.Fatal(err)
	}
	out := *r
	out.Sandbox = box
	return &out
}

// Call runs a tool with parameters written as JSON. A result is checked
// against the schema that the tool promises.
func (r *Runner) Call(t testing.TB, ctx context.Context, name, params string) (*tool.Result, *tool.Error) {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(params), &p); err != nil {
		t.Fatalf("bad parameters %s: %v", params, err)
	}
	d := r.defs[name].Descriptor
	checked, err := schema.Compile(d.Parameters).CheckObject(p)
	if err != nil {
		return nil, tool.AsError(name, "", err)
	}
	op, _ := checked["operation"].(string)
	res, err := r.tools[name].Run(ctx, tool.NewCall(checked, r.Sandbox, r.setting, nil))
	if err != nil {
		return nil, tool.AsError(name, op, err)
	}
	if _, err := schema.Compile(d.Result).Check(jsonValue(t, res.Value)); err != nil && d.Result != nil {
		t.Errorf("%s %s: the result %v is not what the tool promises: %v", name, params, res.Value, err)
	}
	return res, nil
}

// Want is one call and what must come of it: Field of the result (or the result
// itself, when Field is empty) as JSON, or an error that contains Err.
type Want struct {
	Params string
	Field  string
	Value  string
	Err    string
	Code   tool.Code // of the error; "" accepts any
}

// Table runs a table of calls of one tool.
func (r *Runner) Table(t *testing.T, name string, table []Want) {
	t.Helper()
	for _, w := range table {
		res, terr := r.Call(t, context.Background(), name, w.Params)
		if w.Err != "" {
			switch {
			case terr == nil:
				t.Errorf("%s: got %v; want the error %q", w.Params, res.Value, w.Err)
			case !strings.Contains(terr.Message, w.Err):
				t.Errorf("%s: got the error %q; want %q", w.Params, terr.Message, w.Err)
			case w.Code != "" && terr.Code != w.Code:
				t.Errorf("%s: got the code %s; want %s", w.Params, terr.Code, w.Code)
			}
			continue
		}
		if terr != nil {
			t.Errorf("%s: %v", w.Params, terr)
			continue
		}
		got := res.Value
		if w.Field != "" {
			m, _ := got.(map[string]any)
			got = m[w.Field]
		}
		if text, _ := json.Marshal(got); string(text) != w.Value {
			t.Errorf("%s: %s = %s; want %s", w.Params, w.Field, text, w.Value)
		}
	}
}

func jsonValue(t testing.TB, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("the result %v is not JSON: %v", v, err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
