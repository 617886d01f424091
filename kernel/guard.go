package kernel

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// guard is the lualib.System of a session: Lua's own libraries reach files and
// programs through the session's sandbox, as tools do.
type guard struct {
	box *sandbox.Sandbox
	// network leaves the network open to the shell.
	network bool
	// last is the denial that a function has given as nil and a message. When
	// the script raises that message, the denial is the error's cause.
	last atomic.Pointer[sandbox.DeniedError]
	// violated, if not nil, is told of each denial. Any goroutine.
	violated func(*sandbox.DeniedError)
}

// denied turns a denial into what lualib shows as it is.
func (g *guard) denied(err error) error {
	if denied, ok := errors.AsType[*sandbox.DeniedError](err); ok {
		g.last.Store(denied)
		if g.violated != nil {
			g.violated(denied)
		}
		return &lualib.Denied{Err: denied}
	}
	return err
}

// checkName gives the system's own errors for names that no file can have.
func checkName(name string) error {
	switch {
	case name == "":
		return syscall.ENOENT
	case strings.IndexByte(name, 0) >= 0:
		return syscall.EINVAL
	}
	return nil
}

// OpenFile may run on another goroutine than the script's, which waits for it.
func (g *guard) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	f, err := g.box.Open(name, flag, perm)
	return f, g.denied(err)
}

func (g *guard) Stat(name string) (fs.FileInfo, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	info, err := g.box.Stat(name)
	return info, g.denied(err)
}

func (g *guard) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return g.denied(g.box.Remove(name))
}

func (g *guard) Rename(from, to string) error {
	if err := errors.Join(checkName(from), checkName(to)); err != nil {
		return err
	}
	return g.denied(g.box.Rename(from, to))
}

func (g *guard) CreateTemp(prefix string) (*os.File, error) {
	f, err := g.box.CreateTemp(prefix)
	return f, g.denied(err)
}

// MayRun asks for the permission to run the shell, since a shell runs anything.
func (g *guard) MayRun() error {
	_, err := g.box.FindProgram(shell)
	if _, ok := errors.AsType[*sandbox.DeniedError](err); ok {
		return g.denied(err)
	}
	return nil // a shell that is missing is reported when it is started
}

// Start runs the shell within the walls that the sandbox puts around programs.
func (g *guard) Start(cmd *exec.Cmd) (lualib.Command, error) {
	c, err := g.box.StartCommand(cmd, g.network)
	if c == nil {
		return nil, err
	}
	return c, err
}

func (g *guard) MayReadEnv(name string) error {
	_, _, err := g.box.Getenv(name)
	return g.denied(err)
}

// blame makes a denial the cause of the error of a script that has raised its
// message, as assert(io.open(name)) does.
func (g *guard) blame(err *runtime.Error) {
	last := g.last.Load()
	if last != nil && err.Cause == nil && err.Kind == runtime.KindScript && strings.Contains(err.Message, last.Error()) {
		err.Cause = last
	}
}
