//go:build unix

package lualib

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// processTime is the CPU time that the process has used, in user and system mode.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// rename is rename(2). os.Rename refuses to replace an empty folder.
func rename(from, to string) error {
	return syscall.Rename(from, to)
}

// platformError is the C library's text and number for an error of the system.
func platformError(err error) (message string, number int, ok bool) {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return "", 0, false
	}
	return errno.Error(), int(errno), true
}

// shell is the command line that runs a script's command.
func shell(command string) []string { return []string{"/bin/sh", "-c", command} }

// ownGroup puts a command into a process group of its own, so that killGroup
// reaches the processes it starts.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// killGroup kills the command and, if it has its own group, its descendants.
func killGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.Setpgid {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return
	}
	_ = cmd.Process.Kill()
}

// waitStatus is what C's system returns for an ended process.
func waitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok {
		return int(status)
	}
	return state.ExitCode()
}
