//go:build !linux

package footprint

import (
	"os"

	"github.com/shirou/gopsutil/v4/process"
)

// Use tells what this process uses now.
func Use() Usage {
	u := unknown
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return u
	}
	if times, err := self.Times(); err == nil {
		u.CPU = times.User + times.System
	}
	if memory, err := self.MemoryInfo(); err == nil {
		u.Resident, u.Virtual = int64(memory.RSS), int64(memory.VMS)
	}
	return u
}
