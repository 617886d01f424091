package metrics

import (
	"runtime"
	"runtime/metrics"
)

// writeGo writes what the Go runtime tells, under the names that Prometheus'
// client library gives to the same figures.
func writeGo(t *text) {
	families := []struct {
		source, name string
		kind         kind
		help         string
	}{
		{"/sched/goroutines:goroutines", "go_goroutines", gauge, "Goroutines that exist."},
		{"/sched/threads/total:threads", "go_threads", gauge, "Threads of the system that Go uses."},
		{"/sched/gomaxprocs:threads", "go_sched_gomaxprocs_threads", gauge, "Threads that run Go code at once, at most."},
		{"/gc/cycles/total:gc-cycles", "go_gc_cycles_total_gc_cycles_total", counter, "Garbage collections."},
		{"/gc/heap/goal:bytes", "go_memstats_next_gc_bytes", gauge, "Size of the heap at which garbage is collected next."},
		{"/gc/heap/allocs:bytes", "go_memstats_alloc_bytes_total", counter, "Bytes of the heap that were allocated, freed ones included."},
		{"/gc/heap/allocs:objects", "go_memstats_mallocs_total", counter, "Objects that were allocated, freed ones included."},
		{"/memory/classes/heap/objects:bytes", "go_memstats_heap_alloc_bytes", gauge, "Bytes of objects on the heap."},
		{"/memory/classes/heap/stacks:bytes", "go_memstats_stack_inuse_bytes", gauge, "Bytes of the stacks of goroutines."},
		{"/memory/classes/heap/released:bytes", "go_memstats_heap_released_bytes", gauge, "Bytes that were given back to the system."},
		{"/memory/classes/total:bytes", "go_memstats_sys_bytes", gauge, "Bytes of addresses that Go has from the system."},
		{"/cpu/classes/gc/total:cpu-seconds", "go_cpu_classes_gc_total_cpu_seconds_total", counter, "Estimated CPU time of garbage collection."},
	}
	samples := make([]metrics.Sample, len(families))
	for i, f := range families {
		samples[i].Name = f.source
	}
	metrics.Read(samples)
	for i, f := range families {
		switch v := samples[i].Value; v.Kind() {
		case metrics.KindUint64:
			t.one(f.name, f.kind, f.help, float64(v.Uint64()))
		case metrics.KindFloat64:
			t.one(f.name, f.kind, f.help, v.Float64())
		default: // a Go that does not know it
		}
	}
	t.one("go_info", gauge, "Always 1; the label is the version of Go.", 1, label{"version", runtime.Version()})
}
