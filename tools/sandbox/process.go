package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Program is what Run runs. No shell sees any of it.
type Program struct {
	Name string   // a name or path, as FindProgram takes it
	Args []string // without the program's name
	Dir  string   // the working folder, which the sandbox must allow to read; empty: Dir() if it does, else /
	// Env are further variables, "NAME=value". The program also has those that
	// the sandbox allows to read, and a PATH.
	Env    []string
	Stdin  []byte
	Limits Limits
}

// Limits of a program and all that it starts, together. Zero fields take
// the value of DefaultLimits.
type Limits struct {
	Wall      time.Duration // how long it may run
	Output    int           // bytes kept of each output stream; what goes beyond is dropped
	CPU       time.Duration
	Memory    int64 // bytes of memory that is not shared with other programs
	Processes int   // at a time
	FileSize  int64 // bytes of each file that is written
	OpenFiles int   // of each process
}

// DefaultLimits returns the limits of programs for which nothing else is said.
func DefaultLimits() Limits {
	return Limits{Wall: 30 * time.Second, Output: 1 << 20, CPU: 60 * time.Second, Memory: 1 << 30, Processes: 64,
		FileSize: 1 << 30, OpenFiles: 256}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Wall > 0 {
		d.Wall = l.Wall
	}
	if l.Output > 0 {
		d.Output = l.Output
	}
	if l.CPU > 0 {
		d.CPU = l.CPU
	}
	if l.Memory > 0 {
		d.Memory = l.Memory
	}
	if l.Processes > 0 {
		d.Processes = l.Processes
	}
	if l.FileSize > 0 {
		d.FileSize = l.FileSize
	}
	if l.OpenFiles > 0 {
		d.OpenFiles = l.OpenFiles
	}
	return d
}

// Reason says why a program ended.
type Reason string

// The reasons. Beyond ByItself and BySignal, a limit was reached and everything
// was killed.
const (
	ByItself       Reason = "exit"
	BySignal       Reason = "signal" // of its own, or from somebody else
	ByWallLimit    Reason = "time limit"
	ByCPULimit     Reason = "CPU limit"
	ByMemoryLimit  Reason = "memory limit"
	ByProcessLimit Reason = "process limit"
)

// Exit is how a program ended.
type Exit struct {
	Path           string // the program
	Code           int    // -1 when a signal ended it
	Signal         string // such as "killed"; empty when it exited
	Reason         Reason
	Stdout, Stderr []byte
	// DroppedStdout and DroppedStderr count the bytes beyond Limits.Output.
	DroppedStdout, DroppedStderr int64
	Duration                     time.Duration
	CPU                          time.Duration // 0 where it is not known
	Memory                       int64         // the most that one process had resident, in bytes; 0 where it is not known
	Killed                       int           // processes that were still there at the end
	// Confined tells what walls stood around it: "landlock", "network",
	// "limits", "tree" (every descendant is found); fewer on other platforms.
	Confined []string
}

// Run runs a program to its end, and then ends whatever it has started and
// left. It returns when none of it is left. Reaching a limit is no error: see
// Exit.Reason. The error is a *DeniedError, an error of starting it, or ctx's.
//
// What the program may do is bounded by the policy as far as the platform can:
// see docs/sandbox.md. Where a program has called Main, which is Linux only, a
// supervisor process of its own watches over each Run.
func (s *Sandbox) Run(ctx context.Context, p Program) (*Exit, error) {
	job, err := s.prepare(p)
	if err != nil {
		return nil, err
	}
	defer job.dir.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return job.run(ctx)
}

// job is a Program that was checked and is ready to run.
type job struct {
	box    *Sandbox
	path   string
	args   []string // with the name
	env    []string
	dir    *os.File
	stdin  []byte
	limits Limits
}

func (s *Sandbox) prepare(p Program) (*job, error) {
	path, err := s.FindProgram(p.Name)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, a := range p.Args {
		if strings.IndexByte(a, 0) >= 0 {
			return nil, fmt.Errorf("the argument %q contains a zero byte, which no program can be given", a)
		}
		size += len(a) + 1
	}
	if size > maxArguments {
		return nil, fmt.Errorf("the arguments take %d bytes; %d is the most: pass more through the program's input or a file", size, maxArguments)
	}
	j := &job{box: s, path: path, args: append([]string{p.Name}, p.Args...), stdin: p.Stdin, limits: p.Limits.orDefault()}
	var folder string
	if j.dir, folder, err = s.openDir(p.Dir); err != nil {
		return nil, err
	}
	if j.env, err = s.childEnv(p.Env, folder); err != nil {
		j.dir.Close()
		return nil, err
	}
	return j, nil
}

// maxArguments is what every platform can pass on.
const maxArguments = 128 << 10

// openDir opens the working folder, so that no link put in its place meanwhile
// leads elsewhere, and returns its path too.
func (s *Sandbox) openDir(dir string) (*os.File, string, error) {
	place, err := s.Place(Read, orString(dir, "."))
	if err != nil {
		if dir != "" {
			return nil, "", err
		}
		root := filepath.VolumeName(s.dir) + string(filepath.Separator)
		f, err := os.Open(root)
		return f, root, err
	}
	defer place.Close()
	f, err := place.Root.OpenFile(place.Name, os.O_RDONLY|openDirectory, 0)
	if err != nil {
		return nil, "", fmt.Errorf("cannot enter the working folder: %w", place.Explain(err))
	}
	info, err := f.Stat()
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("cannot enter the working folder: %q is not a folder", dir)
	}
	if err != nil {
		f.Close()
		return nil, "", err
	}
	return f, place.Path, nil
}

func orString(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// childEnv makes the environment of a program: what the sandbox allows to
// read, then what the caller adds.
func (s *Sandbox) childEnv(extra []string, dir string) ([]string, error) {
	vars := map[string]string{"PATH": defaultPath, "PWD": dir}
	for _, pair := range s.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok && name != "PWD" {
			vars[name] = value
		}
	}
	for _, pair := range extra {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || strings.IndexByte(pair, 0) >= 0 {
			return nil, fmt.Errorf("%q is no environment variable; write NAME=value, without zero bytes", clipName(name))
		}
		if !s.policy.Run.All && LoadsCode(name) {
			return nil, &DeniedError{Permission: Run, Target: name,
				Reason: "makes programs run other code than their own", Flag: "--allow-run"}
		}
		vars[name] = value
	}
	env := make([]string, 0, len(vars))
	size := 0
	for name, value := range vars {
		env = append(env, name+"="+value)
		size += len(name) + len(value) + 2
	}
	if size > maxArguments {
		return nil, fmt.Errorf("the environment takes %d bytes; %d is the most", size, maxArguments)
	}
	slices.Sort(env)
	return env, nil
}

func clipName(name string) string {
	if len(name) > 60 {
		return name[:60] + "…"
	}
	return name
}

// LoadsCode tells whether a variable can make any program, or those of a
// common kind, run code of the caller's choice, such as LD_PRELOAD. An entry that
// allows one program does not allow that.
func LoadsCode(name string) bool {
	upper := strings.ToUpper(name)
	for _, prefix := range []string{"LD_", "DYLD_", "BASH_FUNC_", "GIT_CONFIG"} {
		if strings.HasPrefix(upper, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"GCONV_PATH", "BASH_ENV", "ENV", "SHELLOPTS", "PS4", "PROMPT_COMMAND", "IFS", "PERL5OPT", "PERL5LIB", "PERL5DB",
		"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONBREAKPOINT", "NODE_OPTIONS", "NODE_PATH", "RUBYOPT", "RUBYLIB", "LUA_INIT", "LUA_PATH", "LUA_CPATH",
		"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR", "GIT_EXEC_PATH", "GIT_ASKPASS",
		"GIT_PROXY_COMMAND", "PAGER", "EDITOR", "VISUAL", "MANPAGER", "LESSOPEN", "LESSCLOSE", "SSH_ASKPASS", "MAKEFLAGS", "GOFLAGS", "RUSTC_WRAPPER"}, upper)
}
