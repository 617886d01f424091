package rag

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory/inmem"
)

// questions about this project's own documentation, and where the answers stand: a file, and a word of the
// headings above it.
var questions = []struct{ ask, file, under string }{
	{"how do I give a script permission to reach one host on the network", "sandbox", ""},
	{"which exit code means that a breakpoint was never reached", "ci", ""},
	{"keep only one object at a time for a predicate", "memory", "known"},
	{"what happens to forgotten turns on disk, is the log overwritten", "memory", "forget"},
	{"is a write lost after a power failure", "memory", "durab"},
	{"import conversations from a file with one JSON object a line", "memory", "import"},
	{"how many characters does a chunk have", "retrieval", "cut"},
	{"what share of the budget do facts get in a hybrid context", "retrieval", "context"},
	{"how is Chinese or Japanese text found", "retrieval", "score"},
	{"when is HNSW chosen instead of an exact scan", "vectors", ""},
	{"attach a debugger to a running daemon", "kernel-daemon", ""},
	{"set up Neovim for debugging Lua", "editors", "neovim"},
	{"Emacs dap-mode configuration", "editors", "emacs"},
	{"open an SSH or remote container in VS Code", "editors", ""},
	{"break when a variable changes its value", "debugger", ""},
	{"log message instead of stopping at a breakpoint", "debugger", ""},
	{"what does the step back request answer", "dap", ""},
	{"call a tool of another MCP server", "mcp", ""},
	{"write my own test functions and measure coverage", "testing", ""},
	{"expire a value of State after some seconds", "state", ""},
	{"compare and swap a value between two processes", "state", ""},
	{"subscribe to events with a wildcard pattern", "events", ""},
	{"what happens to events when the buffer is full", "events", ""},
	{"cancel a tool call from a hook", "hooks", ""},
	{"at which points can hooks be registered", "hooks", ""},
	{"export a session with its artifacts to a bundle", "sessions", ""},
	{"replay an earlier session and compare the results", "sessions", ""},
	{"set the log level of one component", "logs", ""},
	{"Prometheus metrics endpoint", "observability", ""},
	{"send traces to an OpenTelemetry collector", "observability", ""},
	{"embed the debugger into my own Go program", "embedding", ""},
	{"where does integer division differ from Lua 5.3", "lua", ""},
	{"goto and labels", "lua", ""},
	{"string to number conversion of hexadecimal floats", "lua", ""},
	{"rename a symbol in all files", "lsp", ""},
	{"ignore one finding of the linter in a line", "check", ""},
	{"JSON-RPC method that executes code in a session", "rpc", ""},
	{"multi-line input and history of the prompt", "repl", ""},
	{"limit the memory and processes of programs that a script starts", "sandbox-processes", ""},
	{"block private addresses and localhost for http requests", "sandbox-network", ""},
	{"environment variable that overrides a setting of the configuration file", "config", ""},
	{"read text out of a PDF", "tools", "pdf"},
	{"send an e-mail with an attachment", "tools", ""},
	{"resize a picture", "tools", ""},
	{"how do the packages depend on each other", "architecture", ""},
	{"generate a systemd unit for the kernel", "kernel-daemon", ""},
}

// TestQuality asks about real documents, without a model.
func TestQuality(t *testing.T) {
	l, err := New(inmem.New(nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Ingest(t.Context(), Input{ID: strings.TrimSuffix(filepath.Base(name), ".md"), Kind: Markdown, Text: string(text)}); err != nil {
			t.Fatal(err)
		}
	}
	first, hit, where := 0, 0, 0.0
	for _, q := range questions {
		found, err := l.Search(t.Context(), Query{Text: q.ask, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		rank := 0
		for i, f := range found {
			if f.Of.ID == q.file && strings.Contains(strings.ToLower(strings.Join(f.Headings, " ")), q.under) {
				rank = i + 1
				break
			}
		}
		switch {
		case rank == 1:
			first++
			fallthrough
		case rank > 0:
			hit++
			where += 1 / float64(rank)
		default:
			t.Logf("not found: %s (%s): %s", q.ask, q.file, headingsOf(found))
		}
	}
	n := float64(len(questions))
	t.Logf("%d documents: first %.1f %%, among five %.1f %%, mean reciprocal rank %.3f", len(files), 100*float64(first)/n, 100*float64(hit)/n, where/n)
	if float64(hit)/n < 0.9 {
		t.Errorf("of %d answers %d are among the first five", len(questions), hit)
	}
}

func headingsOf(found []Found) string {
	var out []string
	for _, f := range found {
		out = append(out, f.Of.ID+"/"+strings.Join(f.Headings, "/"))
	}
	return strings.Join(out, ", ")
}
