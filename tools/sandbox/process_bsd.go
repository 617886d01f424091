//go:build unix && !linux

package sandbox

import (
	"context"
	"os"
	"syscall"
)

const openDirectory = syscall.O_DIRECTORY

// Main does nothing here: there are supervisors on Linux only.
func Main() {}

func (j *job) run(ctx context.Context) (*Exit, error) { return j.runPlain(ctx) }

func folderPath(dir *os.File) string { return dir.Name() }

// killMarked finds nothing here: environments of processes cannot be read.
func killMarked(string) int { return 0 }
