package metrics

import "time"

// process is what the system tells of this process. What it does not tell is
// negative.
type process struct {
	cpu                     float64 // seconds
	resident, virtual       float64 // bytes
	descriptors, maxDescrip float64
}

// ProcessUse tells the resident memory of this process in bytes, and the processor
// time that it has used in seconds; 0 where the system does not tell.
func ProcessUse() (resident uint64, cpu float64) {
	p := readProcess()
	return uint64(max(p.resident, 0)), max(p.cpu, 0)
}

// writeProcess writes what the system tells, under the names that all of
// Prometheus' client libraries use.
func writeProcess(t *text, started time.Time) {
	p := readProcess()
	for _, f := range []struct {
		name  string
		kind  kind
		help  string
		value float64
	}{
		{"process_cpu_seconds_total", counter, "CPU time of the process, in and out of the system.", p.cpu},
		{"process_resident_memory_bytes", gauge, "Memory that the process has resident.", p.resident},
		{"process_virtual_memory_bytes", gauge, "Addresses that the process uses.", p.virtual},
		{"process_open_fds", gauge, "Files, sockets and the like that are open.", p.descriptors},
		{"process_max_fds", gauge, "How many may be open.", p.maxDescrip},
		{"process_start_time_seconds", gauge, "When the kernel began, in seconds since 1970.", float64(started.UnixMilli()) / 1000},
	} {
		if f.value >= 0 {
			t.one(f.name, f.kind, f.help, f.value)
		}
	}
}
