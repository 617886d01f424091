//go:build !linux

package metrics

import (
	"os"

	"github.com/shirou/gopsutil/v4/process"
)

func readDescriptors() descriptors {
	d := descriptors{open: -1, most: -1}
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return d
	}
	if n, err := self.NumFDs(); err == nil {
		d.open = float64(n)
	}
	return d
}
