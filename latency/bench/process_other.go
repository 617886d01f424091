//go:build !linux

package bench

import "time"

// ProcessCPU is not known here.
func ProcessCPU(int) time.Duration { return 0 }

// ProcessMemory is not known here.
func ProcessMemory(int, string) int64 { return 0 }

// ProcessFiles is not known here.
func ProcessFiles(int) int { return 0 }
