package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// patience is the time limit of scripts that are not about limits.
const patience = 5 * time.Minute // a stack of 200,000 frames, under the race detector, on a busy machine

// newState makes a state that prints into out (nil: nowhere).
func newState(t testing.TB, out io.Writer, opts runtime.Options) *runtime.State {
	t.Helper()
	if opts.Host == nil {
		opts.Host = lualib.NewHost()
	}
	if out == nil {
		out = io.Discard
	}
	opts.Host.Stdout, opts.Host.Stderr, opts.Host.Stdin = out, io.Discard, strings.NewReader("")
	if opts.Limits.Time == 0 {
		opts.Limits.Time = patience
	}
	st, err := runtime.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// call runs source as the file source.lua in st.
func call(st *runtime.State, source string) error {
	fn, err := st.LoadString(source, "@source.lua", "")
	if err != nil {
		return err
	}
	_, err = st.Call(context.Background(), fn)
	return err
}

// run runs source in a state of its own.
func run(t testing.TB, source string, opts runtime.Options) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := call(newState(t, &out, opts), source)
	return out.String(), err
}

// prints checks what a script prints.
func prints(t *testing.T, source, want string) {
	t.Helper()
	got, err := run(t, source, runtime.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	if got != want {
		t.Errorf("got\n%swant\n%s\n%s", got, want, source)
	}
}

// printsAsPUC checks that a script prints what it prints under PUC Lua 5.1.
func printsAsPUC(t *testing.T, source string) {
	t.Helper()
	want, err := puc.Run(t, source)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	prints(t, source, want)
}

// failure returns the *runtime.Error of a script that must fail.
func failure(t testing.TB, err error) *runtime.Error {
	t.Helper()
	var e *runtime.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not a *runtime.Error", err)
	}
	return e
}

// files writes files into a folder of its own.
func files(t testing.TB, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lineDiff shows the first lines at which two texts part.
func lineDiff(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, a, b)
		}
	}
	return "no difference"
}
