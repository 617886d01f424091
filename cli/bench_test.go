package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/latency/bench"
)

func TestBenchWords(t *testing.T) {
	scratch(t, nil)
	steps(t, []step{
		{"bench --list", 0, "dap/next/tcp", "-"},
		{"bench --list --group size --filter file", 0, "size/file", "-"},
		{"bench --group nope", 2, "-", `there is no group "nope": use one of debugger, kernel,`},
		{"bench --filter (", 2, "-", "--filter"},
		{"bench --filter ^nothing$", 2, "-", "in the groups that --group names (all) and matches --filter"},
		{"bench --count 0 --group size", 2, "-", "must be 1 to 1000"},
		{"bench --filter size/file --save a/b", 2, "-", "cannot be called"},
		{"bench --filter size/file --compare none", 2, "-", "none are saved yet"},
		{"bench --filter size/file --against /nowhere/llmspell", 2, "-", "--against: stat /nowhere/llmspell"},
		{"bench --filter size/file --against .", 2, "-", "it is a folder"},
		{"bench --filter size/file --against a --compare b", 2, "-", "cannot be used together"},
		{"bench --filter size/file --compare a/b", 2, "-", "cannot be called"},
		{"bench --filter size/file -o nowhere/report", 1, "-", "nowhere/report cannot be written"},
		{"bench --filter size/file -o .", 1, "-", "directory"},
		{"bench --filter size/file --compare=", 2, "-", "--compare has no name"},
		{"bench --filter size/file --save=", 2, "-", "--save has no name"},
		{"bench --filter size/file --against=", 2, "-", "--against has no name"},
		{"bench --list --save x", 2, "-", "--list measures nothing"},
		{"bench --list --format html", 2, "-", "text or json"},
		{"bench --filter size/file --format xml", 2, "-", "xml"},
	})
	code, out, _ := call(t, "", "bench", "--list", "--filter", "size/file", "--format", "json")
	var listed struct {
		Benchmarks []listedBenchmark
		Baselines  []string
	}
	if err := json.Unmarshal([]byte(out), &listed); err != nil || code != 0 || len(listed.Benchmarks) != 1 || listed.Benchmarks[0].Unit != bench.Bytes || listed.Baselines == nil {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

// A baseline is saved, compared with, and fails what has become slower; the report shows all of it.
func TestBenchCompares(t *testing.T) {
	dir := scratch(t, nil)
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	const what = "^(size/file|registry/list)$"
	if code, out, errs := call(t, "", "bench", "--filter", what, "--count", "4", "--save", "main"); code != 0 || !strings.Contains(out, "registry/list") || !strings.Contains(out, "processor:") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	code, out, errs := call(t, "", "bench", "--filter", "^size/file$", "--count", "4", "--compare", "main", "--format", "json")
	var got struct {
		bench.Run
		Comparison []bench.Comparison
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || len(got.Comparison) != 1 || got.Comparison[0].Verdict != bench.Noise || len(got.Results[0].Rounds) != 4 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if code, _, errs := call(t, "", "bench", "--filter", "^registry/search$", "--count", "1", "--compare", "main"); code != 2 || !strings.Contains(errs, "nothing was compared: main has no figure") {
		t.Errorf("exit %d: %s", code, errs)
	}
	// The program's file was a fifth smaller then.
	path := filepath.Join(dir, "data", "llmspell", "bench", "main.json")
	var run bench.Run
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &run)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range run.Find("size/file").Rounds {
		run.Find("size/file").Rounds[i].Samples[0] *= 0.8
	}
	if data, err = json.Marshal(run); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, "", "bench", "--filter", "^size/file$", "--count", "4", "--compare", "main", "--save", "main"); code != 1 || !strings.Contains(errs, "the baseline main stays as it was") {
		t.Errorf("exit %d: %s", code, errs)
	}
	page := filepath.Join(dir, "report.html")
	code, out, errs = call(t, "", "bench", "--filter", "^size/file$", "--count", "4", "--compare", "main", "--format", "html", "-o", page)
	if code != 1 || out != "" || !strings.Contains(errs, "slower than main: 1 slower by more than 10 %") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "Compared with main") || !strings.Contains(string(html), "SLOWER") {
		t.Errorf("%v: %.300s", err, html)
	}
	if code, out, _ := call(t, "", "bench", "--list", "--group", "size"); code != 0 || !strings.Contains(out, "baselines: main\n") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// This program is as fast as itself, and another that is none is refused.
func TestBenchAgainst(t *testing.T) {
	dir := scratch(t, nil)
	t.Setenv(asCommand, "1")
	this, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "", "bench", "--filter", "^(size/file|registry/list)$", "--count", "6", "--against", this, "--format", "json")
	var got struct {
		bench.Run
		With       bench.Reference `json:"compared_with"`
		Comparison []bench.Comparison
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Comparison) != 2 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if size := got.Comparison[1]; size.Verdict != bench.Noise || size.Ratio == nil || size.Ratio.Center != 1 || len(got.Results[0].Rounds) != 6 || !got.With.InTurn || got.With.Name != this {
		t.Errorf("%+v, %+v, compared with %+v", size, size.Ratio, got.With)
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("#!/bin/sh\necho hello\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, "", "bench", "--filter", "size/file", "--against", other); code != 1 || !strings.Contains(errs, "it must be an llmspell that has") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestBenchStressWords(t *testing.T) {
	scratch(t, nil)
	steps(t, []step{
		{"bench stress --what nope", 2, "-", `there is no load "nope": use one of sessions,`},
		{"bench stress --duration 10ms", 2, "-", "a second at least"},
		{"bench stress -o nowhere/report", 1, "-", "nowhere/report cannot be written"},
		{"bench stress --sessions 0", 2, "-", "must be 1 to 5000"},
	})
}
