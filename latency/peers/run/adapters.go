package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
	"github.com/llmspell/llmspell/latency/suite"
)

//go:embed programs/steps.go.txt
var goSteps string

//go:embed programs/steps.c
var cSteps string

//go:embed programs/steps.py
var pythonSteps string

// adapter starts a debug adapter and says what to launch in it.
type adapter func(context.Context, *bench.Env) (*adapted, error)

// adapted is a debug adapter that runs.
type adapted struct {
	program *client.Program
	conn    net.Conn // nil: on its streams
	launch  client.Object
	source  string
	line    int
}

var adapters = struct{ llmspell, dlv, lldb, debugpy adapter }{
	llmspell: func(ctx context.Context, env *bench.Env) (*adapted, error) {
		path, line, err := suite.Script(env, "steps.lua", "body")
		if err != nil {
			return nil, err
		}
		p, err := client.Start(ctx, env.Vars, env.Binary, "dap")
		return &adapted{program: p, launch: client.Object{"program": path}, source: path, line: line}, err
	},
	dlv: func(ctx context.Context, env *bench.Env) (*adapted, error) {
		source, line, err := put(env, "steps.go", goSteps, "// body")
		if err != nil {
			return nil, err
		}
		binary := filepath.Join(env.Dir, "steps-go")
		if out, err := exec.CommandContext(ctx, "go", "build", "-gcflags=all=-N -l", "-o", binary, source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build steps.go: %w\n%s", err, out)
		}
		p, err := client.Start(ctx, nil, "dlv", "dap", "--listen=127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		line1, err := bufio.NewReader(p.Out).ReadString('\n')
		address, ok := strings.CutPrefix(strings.TrimSpace(line1), "DAP server listening at: ")
		if err != nil || !ok {
			p.Kill()
			return nil, fmt.Errorf("dlv said %q: %v", line1, err)
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			p.Kill()
			return nil, err
		}
		return &adapted{program: p, conn: conn, launch: client.Object{"mode": "exec", "program": binary}, source: source, line: line}, nil
	},
	lldb: func(ctx context.Context, env *bench.Env) (*adapted, error) {
		source, line, err := put(env, "steps.c", cSteps, "// body")
		if err != nil {
			return nil, err
		}
		binary := filepath.Join(env.Dir, "steps-c")
		if out, err := exec.CommandContext(ctx, "cc", "-g", "-O0", "-o", binary, source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("compile steps.c: %w\n%s", err, out)
		}
		adapter, _ := lldbDAP()
		p, err := client.Start(ctx, nil, adapter)
		return &adapted{program: p, launch: client.Object{"program": binary, "disableASLR": false}, source: source, line: line}, err
	},
	debugpy: func(ctx context.Context, env *bench.Env) (*adapted, error) {
		source, line, err := put(env, "steps.py", pythonSteps, "# body")
		if err != nil {
			return nil, err
		}
		p, err := client.Start(ctx, nil, python, "-m", "debugpy.adapter")
		return &adapted{program: p, launch: client.Object{"program": source, "console": "internalConsole", "request": "launch", "type": "python", "python": []string{python}}, source: source, line: line}, err
	},
}

// lldbDAP is LLDB's debug adapter, the newest of those that are there, and the program that tells its version. Without
// any it is one that cannot be found.
func lldbDAP() (adapter, version string) {
	const oldest, newest = 18, 40
	for n := newest; n >= oldest; n-- {
		adapter := fmt.Sprint("lldb-dap-", n)
		if _, err := exec.LookPath(adapter); err == nil {
			return adapter, fmt.Sprint("lldb-", n)
		}
	}
	return "lldb-dap", "lldb"
}

// put writes a program into the folder, and returns its path and the line with a mark.
func put(env *bench.Env, name, text, mark string) (string, int, error) {
	dir, err := filepath.EvalSymlinks(env.Dir)
	if err != nil {
		return "", 0, err
	}
	path := filepath.Join(dir, name)
	before, _, ok := strings.Cut(text, mark)
	if !ok {
		return "", 0, fmt.Errorf("%s has no %s", name, mark)
	}
	return path, strings.Count(before, "\n") + 1, os.WriteFile(path, []byte(text), 0o600)
}

// steps measures steps in a debug adapter; look asks for what an editor shows, too.
func steps(start adapter, look bool) func(context.Context, *bench.Env) (*bench.Probe, error) {
	return func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
		a, err := start(ctx, env)
		if err != nil {
			return nil, err
		}
		d := client.NewDebugger(a.program.Out, a.program.In)
		if a.conn != nil {
			d = client.NewDebugger(a.conn, a.conn)
		}
		end := func() error {
			_ = d.Disconnect() // what it says of its end is not measured
			if a.conn != nil {
				a.conn.Close()
			}
			a.program.Kill()
			return nil
		}
		if err = d.Launch("peer", a.launch, a.source, a.line); err == nil {
			if err = d.Expect("breakpoint"); err == nil {
				err = d.Breakpoints(a.source)
			}
		}
		if err != nil {
			return nil, errors.Join(err, end())
		}
		return &bench.Probe{Close: end, Once: func() error {
			if err := d.Step("next"); err != nil || !look {
				return err
			}
			vars, err := d.Locals()
			if err == nil && len(vars) < 2 {
				err = fmt.Errorf("%d locals, want 2 at least", len(vars))
			}
			return err
		}}, nil
	}
}
