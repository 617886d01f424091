package lualib

import (
	"io/fs"
	"os"
	"os/exec"
)

// System is how the libraries reach files and programs. A host that does not
// trust its scripts puts its own in Host.System, which refuses what it does not
// allow by an error that is, or wraps, a *Denied. File names are resolved
// against Host.Dir already. It is only called on the goroutine that runs the
// state, except OpenFile.
type System interface {
	// OpenFile opens a file as os.OpenFile does.
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	// Stat describes a file, following links.
	Stat(name string) (fs.FileInfo, error)
	// Remove removes a file or an empty folder.
	Remove(name string) error
	// Rename moves a file or folder, over what is there.
	Rename(from, to string) error
	// CreateTemp makes a file in the temporary folder, whose name begins with
	// prefix, and opens it for reading and writing.
	CreateTemp(prefix string) (*os.File, error)
	// MayRun tells whether commands may be run in the shell.
	MayRun() error
	// MayReadEnv tells whether a variable of the Host's may be read, and given
	// to child processes.
	MayReadEnv(name string) error
}

// Starter is a System that starts the commands of io.popen and os.execute
// itself, once MayRun has allowed them.
type Starter interface {
	// Start starts a command that is ready to be started. Nil without an error
	// leaves that to the library.
	Start(cmd *exec.Cmd) (Command, error)
}

// Command is a command that a Starter has started.
type Command interface {
	// Wait waits for its end, and returns its wait status. It is called once.
	Wait() (status int, err error)
	// Kill ends it and what it has started. It may be called at any time.
	Kill()
}

// Denied is the refusal of a System. Functions that report failures by nil and
// a message give its text as it is, with the number of EACCES; the others raise
// it by Host.Raise.
type Denied struct{ Err error }

func (d *Denied) Error() string { return d.Err.Error() }

// Unwrap returns the host's own error.
func (d *Denied) Unwrap() error { return d.Err }

// OS is the System that allows everything that the operating system allows.
type OS struct{}

// OpenFile is os.OpenFile.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}

// Stat is os.Stat.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// Remove is os.Remove.
func (OS) Remove(name string) error { return os.Remove(name) }

// Rename is the system's rename.
func (OS) Rename(from, to string) error { return rename(from, to) }

// CreateTemp is os.CreateTemp in the system's folder.
func (OS) CreateTemp(prefix string) (*os.File, error) { return os.CreateTemp("", prefix) }

// MayRun allows commands.
func (OS) MayRun() error { return nil }

// MayReadEnv allows all variables.
func (OS) MayReadEnv(string) error { return nil }
