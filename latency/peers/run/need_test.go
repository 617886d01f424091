package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/latency/bench"
)

// A row of a program that is not there says which, and how it comes there.
func TestMissing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for name, text := range map[string]string{"there": "#!/bin/sh\nexit 0\n", "without": "#!/bin/sh\nexit 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		need need
		want string // "": nothing is missing
	}{
		{nothing, ""},
		{need{program: "there"}, ""},
		{need{program: "there", modules: "x"}, ""},
		{need{program: "without"}, ""},
		{need{program: "without", modules: "x, y", install: "get x"}, "without cannot import x, y (get x)"},
		{need{program: "none", modules: "x", install: "get none"}, "none is not there (get none)"},
	} {
		err := tt.need.missing(t.Context())
		if (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("%+v: %v, want %q", tt.need, err, tt.want)
		}
	}
	for _, topic := range topics() {
		for _, p := range topic.peers[1:] {
			if p.needs.program == "" || p.needs.install == "" {
				t.Errorf("%s of %s does not say what it needs", p.name, topic.name)
			}
		}
	}
	b := peer{name: "p", needs: need{program: "none", install: "get none"}}.benchmark(topics()[0])
	run, err := bench.Measure(t.Context(), []bench.Benchmark{b}, nil, bench.Options{Rounds: 1})
	if err != nil || run.Results[0].Failed != "none is not there (get none)" {
		t.Errorf("%+v, %v", run.Results, err)
	}
}

// A long reason is cut between characters.
func TestLongNote(t *testing.T) {
	run := made()
	last := &run.Results[len(run.Results)-1]
	last.Failed = strings.Repeat("é", 200)
	list := topics()
	rows := list[len(list)-1].rows(run)
	if note := rows[len(rows)-1].note; note != "not measured: "+strings.Repeat("é", longestNote)+"…" {
		t.Errorf("%q", note)
	}
}
