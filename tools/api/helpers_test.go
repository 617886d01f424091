package api

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// runner runs the tools with a sandbox that allows loopback.
func runner(t testing.TB) *tooltest.Runner {
	t.Helper()
	return tooltest.New(t, Definitions()).Allow(t, func(p *sandbox.Policy) { p.Net.Allow = []string{"127.0.0.1"} })
}

// call runs a tool and returns its result as an object, or its error.
func call(t testing.TB, r *tooltest.Runner, name string, params map[string]any) (map[string]any, *tool.Error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return callContext(t, ctx, r, name, params)
}

func callContext(t testing.TB, ctx context.Context, r *tooltest.Runner, name string, params map[string]any) (map[string]any, *tool.Error) {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	res, terr := r.Call(t, ctx, name, string(text))
	if terr != nil {
		return nil, terr
	}
	plain, err := json.Marshal(res.Value)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(plain, &out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// field looks into a result by a path.
func field(t testing.TB, v any, path string) any {
	t.Helper()
	out, _, err := lookup(v, path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// write puts a file into the folder that the sandbox allows.
func write(t testing.TB, r *tooltest.Runner, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// linkOut makes a link that leads out of the folder, and returns what is there.
func linkOut(t testing.TB, r *tooltest.Runner, name string) (outside string) {
	t.Helper()
	outside = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(r.Dir, name)); err != nil {
		t.Fatal(err)
	}
	return outside
}
