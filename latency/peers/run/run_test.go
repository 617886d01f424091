package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/peers/vectors"
	"github.com/llmspell/llmspell/latency/suite"
)

// made is a run of all topics, of which the last was not measured.
func made() *bench.Run {
	run := &bench.Run{Environment: bench.Environment{System: "linux/amd64", Cores: 2}}
	for _, t := range topics() {
		for i, p := range t.peers {
			b := p.benchmark(t)
			run.Results = append(run.Results, bench.Result{Name: b.Name, What: b.What, Unit: b.Unit, Rounds: []bench.Round{{Samples: []float64{1000 * float64(i+1)}}}})
		}
	}
	run.Results[len(run.Results)-1].Failed = "not | there"
	return run
}

// The table and the page have each program, what it takes over ours, and why one is missing.
func TestPage(t *testing.T) {
	own := &bench.Run{Results: []bench.Result{{Name: "kernel/message", What: "is fast", Reach: bench.Direct, Unit: bench.Nanoseconds, Claim: &bench.Claim{Figure: "11.9 ms", Source: "its guide"}, Rounds: []bench.Round{{Samples: []float64{10_000}}}}}}
	path := filepath.Join(t.TempDir(), "rows")
	if err := vectors.Save(path, []vectors.Row{
		{Vectors: 1000, Program: "llmspell", P50: 20 * time.Microsecond, Recall: 1}, {Vectors: 1000, Program: "pgvector, ef 50", Build: time.Second, P50: 50 * time.Microsecond, Recall: 0.97},
		{Vectors: 1000, Program: "hnswlib, ef 50", P50: 10 * time.Microsecond, Recall: 1},
		{Vectors: 9000, Program: "llmspell", Build: time.Second, P50: 40 * time.Microsecond, Recall: 1},
		{Vectors: 9000, Program: "hnswlib", Missing: "it needs a C++ compiler"},
	}); err != nil {
		t.Fatal(err)
	}
	searches, err := vectors.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var text, doc, without bytes.Buffer
	if err := vectorTable(&text, searches); err != nil {
		t.Fatal(err)
	}
	if vectorSection(&without, nil); !strings.Contains(without.String(), "Not measured") {
		t.Errorf("without searches the page says %q", &without)
	}
	if err := table(&text, made()); err != nil {
		t.Fatal(err)
	}
	if err := page(&doc, made(), own, searches); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"dlv", "2.00x", "2.50x", "not measured: not | there", costTitle, "Faster than llmspell: hnswlib, ef 50 of 1000. Why"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &text)
		}
	}
	for _, want := range []string{
		"| dlv | `dlv dap` | 2.00 µs | 2.00 µs | 2.00 µs | 2.00x |", `not measured: not \| there`, "no number in it was typed", "claim: 11.9 ms (its guide)", "| luajit | 1.00x |",
		"| 1000 | pgvector, ef 50 | 1.00 s | 50.0 µs | 2.50x | 0.9700 |", "| 9000 | llmspell | 1.00 s | 40.0 µs | 1.00x | 1.0000 |",
		"| 9000 | hnswlib | not measured: it needs a C++ compiler |  |  |  |", "Faster than llmspell: hnswlib, ef 50 of 1000. Why",
	} {
		if !strings.Contains(doc.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// The programs that are compared do what they are to do.
func TestPrograms(t *testing.T) {
	text := goFile(5000)
	if n := strings.Count(text, "\n"); n < 4800 || n > 5100 {
		t.Errorf("the Go file has %d lines", n)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "main.go", strings.Replace(text, "\tlast.\n", "\t_ = last\n", 1), parser.AllErrors); err != nil {
		t.Error(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "steps.go", goSteps, parser.AllErrors); err != nil {
		t.Error(err)
	}
	hash, parse := toolCalls()
	if n := len(records()); n < 50_000 || n > 80_000 || !strings.Contains(hash.python, "sha256") || !strings.Contains(records(), parse.want) {
		t.Errorf("the text of tool calls has %d bytes", n)
	}
	if lines := neverLines(workLua); len(lines) != 2 {
		t.Errorf("%v are never reached", lines)
	}
	for _, mark := range []struct{ text, mark string }{{goSteps, "// body"}, {cSteps, "// body"}, {pythonSteps, "# body"}, {workLua, "-- hook\n"}} {
		if strings.Count(mark.text, mark.mark) != 1 {
			t.Errorf("%q is not there once", mark.mark)
		}
	}
	for _, name := range []string{"start/daemon", "socket/run", "lsp/completion-5000"} {
		if !slices.ContainsFunc(suite.All(), func(b bench.Benchmark) bool { return b.Name == name }) {
			t.Errorf("the suite has no %s", name)
		}
	}
}
