//go:build !linux

package metrics

import (
	"os"

	gopsutil "github.com/shirou/gopsutil/v4/process"
)

func readProcess() process {
	p := process{cpu: -1, resident: -1, virtual: -1, descriptors: -1, maxDescrip: -1}
	self, err := gopsutil.NewProcess(int32(os.Getpid()))
	if err != nil {
		return p
	}
	if times, err := self.Times(); err == nil {
		p.cpu = times.User + times.System
	}
	if memory, err := self.MemoryInfo(); err == nil {
		p.resident, p.virtual = float64(memory.RSS), float64(memory.VMS)
	}
	if n, err := self.NumFDs(); err == nil {
		p.descriptors = float64(n)
	}
	return p
}
