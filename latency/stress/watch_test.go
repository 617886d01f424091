package stress

import (
	"strings"
	"testing"
)

// What is left behind is a leak, of each kind by itself; what a heap keeps is not.
func TestLeaks(t *testing.T) {
	p := &watched{Process: Process{Before: Sample{Memory: 40 << 20, Files: 10, Goroutines: 20}}}
	for name, tt := range map[string]struct {
		now  Sample
		want string // of the only leak
	}{
		"nothing":      {Sample{Memory: 40 << 20, Files: 10, Goroutines: 20}, ""},
		"less":         {Sample{Memory: 20 << 20, Files: 9, Goroutines: 19}, ""},
		"a loose heap": {Sample{Memory: 60 << 20, Files: 10, Goroutines: 20}, ""},
		"memory":       {Sample{Memory: 90 << 20, Files: 10, Goroutines: 20}, "90.0 MB are in use afterwards, 40.0 MB were before"},
		"a descriptor": {Sample{Memory: 40 << 20, Files: 11, Goroutines: 20}, "11 descriptors"},
		"a goroutine":  {Sample{Memory: 40 << 20, Files: 10, Goroutines: 21}, "21 goroutines"},
	} {
		got := strings.Join(p.leaks(tt.now), "; ")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestFailed(t *testing.T) {
	good := Report{Loads: []Load{{Name: "tools", Operations: 5}}, Processes: []Process{{Name: "kernel"}}}
	if err := good.Failed(); err != nil {
		t.Error(err)
	}
	bad := Report{
		Loads:     []Load{{Name: "tools", Operations: 5, Failures: 2, FirstFailure: "no answer"}, {Name: "churn"}},
		Processes: []Process{{Name: "kernel", Leaks: []string{"a leak"}}},
	}
	err := bad.Failed()
	for _, want := range []string{"tools: 2 of 5 failed, the first: no answer", "churn has not done anything", "kernel: a leak"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}
