package mcp

import (
	"io"
	"os"
	"os/exec"
)

// inputPipe makes the pipe that a process reads. The process's end is closed by
// whoever starts it.
func inputPipe(cmd *exec.Cmd) (ours io.WriteCloser, theirs io.Closer, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin = r
	return w, r, nil
}

// outputPipe makes the pipe that a process writes.
func outputPipe(cmd *exec.Cmd) (ours io.ReadCloser, theirs io.Closer, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdout = w
	return r, w, nil
}
