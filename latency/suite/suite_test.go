package suite

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/llmspell/llmspell/latency/bench"
)

// The registry is whole: each group is there, what has two reaches is told apart, each name is one.
func TestRegistry(t *testing.T) {
	list := All()
	if err := bench.Check(list); err != nil {
		t.Fatal(err)
	}
	groups := map[bench.Group]bool{}
	for _, b := range list {
		groups[b.Group] = true
	}
	for _, g := range bench.Groups() {
		if !groups[g] {
			t.Errorf("nothing measures %s", g)
		}
		delete(groups, g)
	}
	for g := range groups {
		t.Errorf("%s is no group of reports", g)
	}
}

// Every benchmark works against the built program, and leaves no process and no file.
func TestAllMeasure(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "llmspell")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/llmspell/llmspell").CombinedOutput(); err != nil {
		t.Fatalf("build llmspell: %v\n%s", err, out)
	}
	env, end, err := NewEnv(binary)
	if err != nil {
		t.Fatal(err)
	}
	list := All()
	for i := range list {
		list[i].Times = min(list[i].Times, 3)
	}
	run, err := bench.Measure(t.Context(), list, env, bench.Options{Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Results {
		if r.Failed != "" {
			t.Errorf("%s: %s", r.Name, r.Failed)
		} else if s := r.Summary(); s.Samples == 0 || s.Minimum <= 0 {
			t.Errorf("%s measured %+v", r.Name, s)
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(env.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is left over: %v", env.Dir, err)
	}
}
