package puc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Timeout is the longest that one script may run. Test scripts take
// milliseconds; the rest is allowance for a loaded machine.
const Timeout = 2 * time.Minute

// Path returns the path of PUC Lua 5.1's interpreter. Without one it skips the
// test, or fails it when the environment says CI=true.
func Path(t testing.TB) string {
	t.Helper()
	path, err := find(exec.LookPath)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

// find looks for the interpreter under the names that systems give it.
func find(lookPath func(string) (string, error)) (string, error) {
	for _, name := range []string{"lua5.1", "lua51", "lua-5.1"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("lua5.1 is not on PATH; install the package lua5.1 (Debian, Ubuntu) or lua@5.1 (Homebrew)")
}

// Run executes a script with args and returns what it wrote to its standard
// output. The script is a path ending in .lua, or else Lua source, which runs
// as a file named source.lua in a folder of its own. A script that fails
// returns its output so far together with an error that holds its message.
func Run(t testing.TB, script string, args ...string) (stdout string, err error) {
	t.Helper()
	dir := ""
	if !isPath(script) {
		dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "source.lua"), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		script = "source.lua"
	}
	var out bytes.Buffer
	err = execute(t, dir, &out, append([]string{script}, args...))
	return out.String(), err
}

// isPath tells a script's path from source text.
func isPath(script string) bool {
	return strings.HasSuffix(script, ".lua") && !strings.Contains(script, "\n")
}

// execute runs the interpreter in dir (empty: the test's own working folder).
func execute(t testing.TB, dir string, stdout io.Writer, args []string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Timeout)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, Path(t), args...)
	cmd.Dir = dir
	cmd.Stdout = stdout
	cmd.Stderr = &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("lua5.1 %s: stopped after %v: %w", strings.Join(args, " "), Timeout, ctx.Err())
	default:
		return fmt.Errorf("lua5.1 %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
}
