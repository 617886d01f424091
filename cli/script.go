package cli

import (
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// scriptFlags are the limits and permissions that every command which runs Lua
// takes.
type scriptFlags struct {
	timeout         time.Duration
	maxInstructions int64
	maxMemory       string
	permissions     permissions
	mcp             mcpFlags
	cmd             *cobra.Command
	session         string // --session
	stream          bool
	engine          choice
}

func (f *scriptFlags) add(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "end the script after this long, e.g. 30s (0: never)")
	cmd.Flags().Int64Var(&f.maxInstructions, "max-instructions", 0, "end the script after this many VM instructions (0: never)")
	cmd.Flags().StringVar(&f.maxMemory, "max-memory", "1GiB", "soft limit of the heap, e.g. 256MiB (0: none)")
	follow(cmd.Flags(), "timeout", followTime)
	follow(cmd.Flags(), "max-instructions", followInstructions)
	follow(cmd.Flags(), "max-memory", followHeap)
	f.cmd = cmd
	f.permissions.add(cmd)
	f.mcp.add(cmd)
	cmd.Long = strings.TrimLeft(cmd.Long+"\n\n"+permissionsHelp, "\n")
}

// addEngine adds the flags that say how a script is run. There is one engine, and what a
// script prints is shown at once: they are for commands and jobs that say so anyway.
func (f *scriptFlags) addEngine(cmd *cobra.Command) {
	f.engine = newChoice("lua")
	addChoice(cmd, &f.engine, "engine", "the engine that runs it (or LLMSPELL_ENGINE)")
	cmd.Flags().BoolVar(&f.stream, "stream", false, "show what it prints at once; this is always so, but in a report of --output json")
}

func (f *scriptFlags) limits() (runtime.Limits, error) {
	heap, err := config.ParseSize(f.maxMemory)
	switch {
	case err != nil:
		return runtime.Limits{}, usagef("--max-memory: %v", err)
	case f.timeout < 0:
		return runtime.Limits{}, usagef("--timeout: %v is negative", f.timeout)
	case f.maxInstructions < 0:
		return runtime.Limits{}, usagef("--max-instructions: %d is negative", f.maxInstructions)
	}
	return runtime.Limits{Time: f.timeout, Instructions: f.maxInstructions, Heap: heap}, nil
}

// newSession makes the session for a command whose script lies in folder, and
// what flushes its output.
func (a *app) newSession(f *scriptFlags, folder string) (*kernel.Session, *output, error) {
	limits, err := f.limits()
	if err != nil {
		return nil, nil, err
	}
	box, err := f.permissions.sandboxFor(folder)
	if err != nil {
		return nil, nil, err
	}
	tuneGC(limits.Heap)
	out := newOutput(a.stdout)
	cfg := kernel.Config{
		Stdout: out, Stderr: flushBefore{out, a.stderr}, Stdin: a.stdin,
		Limits: limits, Sandbox: box, Log: a.component("kernel"),
	}
	if err := a.inSession(f, &cfg); err != nil {
		return nil, nil, err
	}
	s, err := a.openSession(&f.mcp, cfg)
	if err != nil && cfg.OnClose != nil {
		cfg.OnClose()
	}
	return s, out, err
}

// tuneGC trades memory for speed in a process that runs one script: the heap
// may grow to four times what lives before a collection, up to the limit.
func tuneGC(heap int64) {
	debug.SetGCPercent(400)
	if heap > 0 {
		debug.SetMemoryLimit(heap + heap/4)
	}
}
