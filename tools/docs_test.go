package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/internal/tooldoc"
)

var update = flag.Bool("update", false, "write docs/tools.md and the recorded results of its examples")

const (
	docsFile    = "../docs/tools.md"
	recordsFile = "internal/tooldoc/testdata/results.json"
)

// TestDocs runs every example, compares its result with the recorded one, and
// docs/tools.md with what is generated from both.
func TestDocs(t *testing.T) {
	records := tooldoc.Records{}
	data, err := os.ReadFile(recordsFile)
	if err == nil {
		err = json.Unmarshal(data, &records)
	}
	if err != nil && !*update {
		t.Fatal(err)
	}
	reg := tools.Builtin()
	list := reg.List(tools.Filter{})
	settled := tooldoc.Records{}
	for _, d := range list {
		results := make([]any, len(d.Examples))
		for i := range d.Examples {
			var recorded any
			if old := records[d.Name]; i < len(old) {
				recorded = old[i]
			}
			o := example.Run(context.Background(), reg, d, &d.Examples[i])
			switch {
			case o.Unavailable() && recorded != nil: // shown as it was on a machine that could
				results[i] = recorded
				continue
			case o.Err != nil:
				t.Errorf("%s: %s: %v", d.Name, d.Examples[i].Description, o.Err)
				results[i] = recorded
				continue
			}
			got, err := tooldoc.Plain(o.Response.Result)
			if err != nil {
				t.Fatal(err)
			}
			want, err := tooldoc.Plain(d.Examples[i].Want)
			if err != nil {
				t.Fatal(err)
			}
			results[i] = tooldoc.Settle(recorded, tooldoc.Neutral(got, o), want)
		}
		settled[d.Name] = results
	}
	text := tooldoc.Markdown(list, settled)
	newRecords, err := json.MarshalIndent(settled, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	newRecords = append(newRecords, '\n')
	if *update {
		if err := os.MkdirAll("internal/tooldoc/testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{docsFile: []byte(text), recordsFile: newRecords} {
			if err := os.WriteFile(name, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	compareFile(t, recordsFile, newRecords)
	compareFile(t, docsFile, []byte(text))
}

// compareFile shows the first line that differs.
func compareFile(t *testing.T, name string, want []byte) {
	t.Helper()
	have, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
		return
	}
	if bytes.Equal(have, want) {
		return
	}
	a, b := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			t.Errorf("%s:%d is out of date; go test ./tools -run TestDocs -update writes it\nhave %s\nwant %s", name, i+1, a[i], b[i])
			return
		}
	}
	t.Errorf("%s is out of date: it has %d lines, not %d; go test ./tools -run TestDocs -update writes it", name, len(a), len(b))
}
