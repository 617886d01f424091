package system

import (
	"runtime"
	"testing"
)

func TestParseCoreTimes(t *testing.T) {
	stat := "cpu  9 9 9 9 9\ncpu0 10 1 5 100 20 2 3 4 9 9\ncpu1 1 2 3 4\nintr 5 6\ncpufreq\n"
	got, err := parseCoreTimes([]byte(stat))
	if err != nil || len(got) != 2 || got[0] != (coreTime{145, 25}) || got[1] != (coreTime{10, 6}) {
		t.Errorf("it gives %v, %v", got, err)
	}
	for _, bad := range []string{"", "cpu 1 2 3 4\n", "cpu0 1 x 3 4 5\n", "cpu0 -1 2 3 4\n"} {
		if got, err := parseCoreTimes([]byte(bad)); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestBusyPercent(t *testing.T) {
	for _, tt := range []struct {
		before, after coreTime
		want          float64
	}{
		{coreTime{100, 10}, coreTime{200, 60}, 50},
		{coreTime{100, 10}, coreTime{200, 10}, 0},
		{coreTime{100, 10}, coreTime{200, 5}, 0}, // counters of some virtual machines go back
		{coreTime{100, 10}, coreTime{100, 20}, 100},
		{coreTime{100, 10}, coreTime{110, 99}, 100},
	} {
		if got := busyPercent(tt.before, tt.after); got != tt.want {
			t.Errorf("from %v to %v it is %v %%, want %v", tt.before, tt.after, got, tt.want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	usage, err := coreUsage(t.Context(), 1)
	if err != nil || len(usage) < 1 {
		t.Errorf("the processors' usage is %v, %v", usage, err)
	}
	if n := physicalCores(t.Context()); n < 0 || n > runtime.NumCPU() && n > len(usage) {
		t.Errorf("%d cores of %d threads", n, len(usage))
	}
	if n, err := processCount(t.Context()); n < 1 || err != nil {
		t.Errorf("%d processes, %v", n, err)
	}
}
