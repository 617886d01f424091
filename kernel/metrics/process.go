package metrics

import (
	"time"

	"github.com/llmspell/llmspell/internal/footprint"
)

// descriptors are how many files, sockets and the like this process has open, and how
// many it may have. What the system does not tell is negative.
type descriptors struct{ open, most float64 }

// writeProcess writes what the system tells, under the names that all of
// Prometheus' client libraries use, where they have one.
func writeProcess(t *text, started time.Time) {
	use, files := footprint.Use(), readDescriptors()
	for _, f := range []struct {
		name  string
		kind  kind
		help  string
		value float64
	}{
		{"process_cpu_seconds_total", counter, "CPU time of the process, in and out of the system.", use.CPU},
		{"process_resident_memory_bytes", gauge, "Memory that the process has resident, with pages of files that it shares with others.", float64(use.Resident)},
		{"llmspell_process_own_memory_bytes", gauge, "Memory that the process has resident and shares with nobody.", float64(use.Own)},
		{"process_virtual_memory_bytes", gauge, "Addresses that the process uses.", float64(use.Virtual)},
		{"process_open_fds", gauge, "Files, sockets and the like that are open.", files.open},
		{"process_max_fds", gauge, "How many may be open.", files.most},
		{"process_start_time_seconds", gauge, "When the kernel began, in seconds since 1970.", float64(started.UnixMilli()) / 1000},
	} {
		if f.value >= 0 {
			t.one(f.name, f.kind, f.help, f.value)
		}
	}
}
