//go:build !unix

package lualib

import (
	"os"
	"os/exec"
)

// rename replaces the target as far as the system allows.
func rename(from, to string) error { return os.Rename(from, to) }

// platformError leaves errors to systemError's portable table: the numbers of
// this system are not those that C programs see.
func platformError(error) (message string, number int, ok bool) { return "", 0, false }

// shell is the command line that runs a script's command.
func shell(command string) []string { return []string{"cmd", "/c", command} }

// ownGroup does nothing: there are no process groups to kill.
func ownGroup(*exec.Cmd) {}

// killGroup kills the command.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// waitStatus is what C's system returns for an ended process.
func waitStatus(state *os.ProcessState) int { return state.ExitCode() }
