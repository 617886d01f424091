package bench

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestStore(t *testing.T) {
	s := Store{Dir: filepath.Join(t.TempDir(), "bench")}
	if names, err := s.Names(); err != nil || len(names) != 0 {
		t.Fatalf("%v, %v", names, err)
	}
	if _, err := s.Load("main"); !errors.Is(err, ErrNoBaseline) || !strings.Contains(err.Error(), "none are saved") {
		t.Errorf("%v", err)
	}
	run := runOf(Nanoseconds, 3, 1, 2.5)
	run.Time, run.Environment = time.Unix(1700000000, 0).UTC(), Look()
	for _, name := range []string{"main", "v1.2"} {
		if err := s.Save(name, run); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load("v1.2")
	if err != nil || !reflect.DeepEqual(got, run) {
		t.Errorf("%v: %+v, want %+v", err, got, run)
	}
	if _, err := s.Load("v2"); !errors.Is(err, ErrNoBaseline) || !strings.Contains(err.Error(), "there are main, v1.2") {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"", "../x", "a/b", ".hidden", "a b", strings.Repeat("x", 101)} {
		if err := s.Save(name, run); err == nil {
			t.Errorf("a baseline can be called %q", name)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "torn.json"), []byte(`{"format":1,`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "future.json"), []byte(`{"format":99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	damage := map[string]string{
		"torn": "damaged", "future": "format 99", "rounds": "no rounds", "samples": "without samples", "negative": "less than nothing", "unit": `has the unit "x"`, "yardstick": "takes nothing",
	}
	for name, result := range map[string]string{
		"rounds": `{"name":"x","unit":"ns"}`, "samples": `{"name":"x","unit":"ns","rounds":[{"samples":[]}]}`,
		"negative": `{"name":"x","unit":"ns","rounds":[{"samples":[1,-1]}]}`, "unit": `{"name":"x","unit":"x","rounds":[{"samples":[1]}]}`,
		"yardstick": `{"name":"x","unit":"ns","yardstick":{"what":"y","usual":0},"rounds":[{"samples":[1]}]}`,
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, name+".json"), []byte(`{"format":1,"results":[`+result+`]}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range damage {
		if _, err := s.Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if runs, err := s.History(); err != nil || len(runs) != 2 {
		t.Errorf("the history is %v, %v", runs, err)
	}
	if entries, _ := os.ReadDir(s.Dir); len(entries) != 2+len(damage) {
		t.Errorf("files are left over: %v", entries)
	}
}
