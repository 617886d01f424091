//go:build !linux

package system

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/process"
)

// coreUsage returns how busy each logical processor was during the interval,
// in percent.
func coreUsage(ctx context.Context, interval time.Duration) ([]float64, error) {
	return cpu.PercentWithContext(ctx, interval, true)
}

// physicalCores counts the cores. It returns 0 where the system does not tell.
func physicalCores(ctx context.Context) int {
	n, _ := cpu.CountsWithContext(ctx, false) // 0 with an error
	return n
}

// processCount counts the processes that this one can see.
func processCount(ctx context.Context) (int, error) {
	pids, err := process.PidsWithContext(ctx)
	return len(pids), err
}
