//go:build !linux

package sandbox

import "os/exec"

// Command is a program that runs while its caller talks to it.
type Command struct{}

// StartCommand starts a command within walls; there are none on this platform,
// so that it returns nil without an error: the caller starts it.
func (s *Sandbox) StartCommand(*exec.Cmd, bool) (*Command, error) { return nil, nil }

// Kill ends the command.
func (c *Command) Kill() {}

// Wait waits for the end of the command and returns its wait status.
func (c *Command) Wait() (status int, err error) { return 0, nil }

// LandlockABI returns the version of Landlock that this system has, 0 if it has none.
func LandlockABI() int { return 0 }
