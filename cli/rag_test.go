package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dialogue"
)

// helloPDF is a page that says Hello, PDF!
const helloPDF = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n" +
	"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n" +
	"4 0 obj\n<</Length 41>>\nstream\nBT /F1 12 Tf 20 50 Td (Hello, PDF!) Tj ET\nendstream\nendobj\n" +
	"5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>\nendobj\n6 0 obj\n<</Title(Greeting)>>\nendobj\n" +
	"xref\n0 7\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n0000000217 00000 n \n0000000306 00000 n \n0000000394 00000 n \n" +
	"trailer\n<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n431\n%%EOF\n"

// One step follows the other on one store.
func TestRAGCommands(t *testing.T) {
	data := ownFolders(t)
	for name, text := range map[string]string{
		"docs/boats.md": "# Boats\n\nMarigold is a boat.\n\n## Care\n\nVarnish the hull each spring.\n", "docs/page.html": "<html><title>Herons</title><body><h1>Where they nest</h1><p>Herons nest in &amp; above reeds.</p><script>var x</script></body></html>",
		"docs/hello.pdf": helloPDF, "docs/main.go": "package main\n\n// sailFast sails fast.\nfunc sailFast() {}\n", "docs/note.txt": "The secret harbour is Quillwater.", "docs/image.bin": "\x00\x01", "docs/.hidden.md": "hidden heron", "empty/x.bin": "\x00",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		stdin, args    string // words, ~ for a blank inside
		code           int
		stdout, stderr string // parts; with = before it, all of it
	}{
		{"", "rag list --format json", 0, "=[]\n", ""},
		{"", "rag ingest docs --metadata {\"n\":1}", 0, "=5 documents: 5 added, 0 replaced, 0 unchanged (6 chunks, ", "image.bin: it is no text"},
		{"", "rag ingest docs --metadata {\"n\":1}", 0, "=5 documents: 0 added, 0 replaced, 5 unchanged", ""},
		{"", "rag ingest docs/*.md docs/boats.md --collection c --size 20 --overlap 5", 0, "=1 document: 1 added", ""},
		{"", "rag ingest none.md", 1, "=", "no such file"},
		{"", "rag ingest empty", 1, "=0 documents", "there was nothing to take in: 1 files were passed by"},
		{"", "rag ingest docs --size 5", 1, "=", "a chunk size of 5 characters: it must be from 16"},
		{"", "rag ingest docs --chunker best", 2, "=", "want auto, fixed"},
		{"", "rag ingest docs --id one", 2, "=", "--id names one document"},
		{"", "rag ingest docs --scope *", 1, "=", "ends with *"},
		{"A text from stdin about kestrels", "rag ingest - --id stdin --scope user:ann --title Kestrels --ttl 1h", 0, "=1 document: 1 added", ""},
		{"x", "rag ingest -", 2, "=", "needs an --id"},
		{"", "rag search varnish~the~hull --limit 1 --collection default", 0, "boats.md\t1\t## Care  Varnish the hull each spring.", ""},
		{"", "rag search hello --format json", 0, `"title": "Greeting"`, ""},
		{"", "rag search where~do~herons~nest --format json --limit 1", 0, `Herons nest in & above reeds.`, ""},
		{"", "rag search sail~fast --limit 1", 0, "main.go", ""},
		{"", "rag search hidden", 0, "=", ""},
		{"", "rag search kestrels", 0, "=", ""},
		{"", "rag search kestrels --scope user:* --format yaml", 0, "scope: user:ann", ""},
		{"", "rag search boat --threshold 2", 2, "=", "--threshold must be from 0 to 1"},
		{"", "rag search boat --metadata {\"n\":2}", 0, "=", ""},
		{"", "rag stats", 0, "documents    7 (", ""},
		{"", "rag stats --format json --scope user:ann", 0, `"ttl_seconds": 3600`, ""},
		{"", "rag list --scope user:ann --format text", 0, "=stdin\tuser:ann\tdefault\t1\t", ""},
		{"", "rag stats --tenant other", 0, "documents    0 (0 chunks, 0 tokens)", ""},
		{"", "context assemble varnish~the~hull --strategy rag --budget 200", 0, "Boats / Care: ## Care\n  Varnish the hull each spring.\n", "of 200 tokens (o200k_base)"},
		{"", "context assemble kestrels --strategy rag --scope user:ann --format json", 0, `"document": "stdin"`, ""},
		{"", "memory check", 0, "=ok\n", ""},
		{"", "rag delete", 2, "=", "say what"},
		{"", "rag delete none", 1, "=", "there is nothing of the kind"},
		{"", "rag delete --metadata {\"n\":1}", 0, "=", "5 deleted"},
		{"", "rag search quillwater", 0, "=", ""},
		{"", "rag delete --all", 0, "=", "2 deleted"},
		{"", "rag stats --format json", 0, `"documents": 0`, ""},
	} {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		code, out, errs := call(t, tt.stdin, args...)
		fits := strings.Contains(out, tt.stdout)
		if whole, ok := strings.CutPrefix(tt.stdout, "="); ok {
			fits = strings.HasPrefix(out, whole) && (whole != "" || out == "") && (!strings.HasSuffix(whole, "\n") || out == whole)
		}
		if code != tt.code || !fits || !strings.Contains(errs, tt.stderr) {
			t.Errorf("%s: exit code %d\n%s%s", tt.args, code, out, errs)
		}
	}
	// Nothing is left of what was deleted, in any file.
	for _, name := range []string{"memory.db", "memory.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(data, name))
		if err == nil && strings.Contains(string(raw), "Quillwater") {
			t.Errorf("%s still has what was deleted", name)
		}
	}
}

func TestContextCommands(t *testing.T) {
	ownFolders(t)
	called(t, 0, "memory", "add", "chat", "Ann", "My boat is called Marigold", "--id", "D1:1", "--time", "2024-05-01")
	called(t, 0, "memory", "add", "club", "Bob", "A boat needs paint", "--id", "D1:1", "--time", "2024-05-02")
	if got := called(t, 0, "context", "assemble", "boat Marigold", "--session", "chat"); got != "# 2024-05-01\n[D1:1] Ann: My boat is called Marigold\n" {
		t.Errorf("got %q", got)
	}
	var got struct {
		IDs    []string
		Tokens int `json:"token_count"`
		Chunks []struct{ ID, Cite, Session, Role, Content string }
		Span   struct{ Start, End time.Time } `json:"temporal_span"`
	}
	if err := json.Unmarshal([]byte(called(t, 0, "context", "assemble", "boat Marigold", "--format", "json", "--strategy", "episodic")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.IDs) != 2 || got.IDs[0] != "D1:1" || len(got.Chunks) != 2 || got.Chunks[0].Session != "chat" || got.Chunks[1].Session != "club" || got.Chunks[1].Cite != "#2" || got.Chunks[1].Content != "A boat needs paint" ||
		got.Span.Start.Format(time.DateOnly) != "2024-05-01" || got.Span.End.Format(time.DateOnly) != "2024-05-02" || got.Tokens == 0 {
		t.Errorf("got %+v", got)
	}
	code, out, errs := call(t, "boat\n\n{\"query\":\"marigold\",\"session\":\"chat\"}\n", "context", "assemble", "--batch", "--budget", "100")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 || !strings.HasPrefix(lines[0], `{"query":"boat","ids":["D1:1","D1:1"],"token_count":`) || !strings.Contains(lines[1], `"formatted":"# 2024-05-01\n[D1:1] Ann`) {
		t.Errorf("%d %s%s", code, out, errs)
	}
	for _, c := range []struct{ args, want string }{
		{"context analyze boat", "episodic  "}, {"context analyze boat --format json", `"strategy": "hybrid"`}, {"context strategies", "pieces of documents (40 %)"}, {"context strategies --format json", `"default": true`},
	} {
		if out := called(t, 0, strings.Fields(c.args)...); !strings.Contains(out, c.want) {
			t.Errorf("%s: %s", c.args, out)
		}
	}
	refused(t, 2, "--budget must be 100 or more, not 99", "context", "assemble", "x", "--budget", "99")
	refused(t, 2, "give a query, or --batch", "context", "assemble")
	refused(t, 2, "want hybrid, episodic", "context", "assemble", "x", "--strategy", "best")
	refused(t, 1, `no token encoding "p50k"`, "context", "assemble", "x", "--encoding", "p50k")
	refused(t, 1, "the query is empty", "context", "assemble", "")
}

// TestEvidenceKept measures as a user would how much of what answers a question is in its context.
func TestEvidenceKept(t *testing.T) {
	set, err := dialogue.Read("../memory/text/testdata/quality")
	if err != nil {
		t.Fatal(err)
	}
	ownFolders(t)
	var turns, questions bytes.Buffer
	in, ask := json.NewEncoder(&turns), json.NewEncoder(&questions)
	for i, turn := range set.Turns {
		err = errors.Join(err, in.Encode(map[string]any{"session": turn.Session, "id": fmt.Sprint(i), "role": turn.Speaker, "time": turn.Time, "content": turn.Text}))
	}
	for _, q := range set.Questions {
		err = errors.Join(err, ask.Encode(map[string]any{"query": q.Text}))
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, turns.String(), "memory", "import", "-"); code != 0 {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		budget int
		least  float64
	}{{512, 0.85}, {1024, 0.92}, {2048, 0.95}} {
		code, out, errs := call(t, questions.String(), "context", "assemble", "--batch", "--budget", fmt.Sprint(c.budget))
		if code != 0 {
			t.Fatal(errs)
		}
		kept, tokens := 0.0, 0
		answers := json.NewDecoder(strings.NewReader(out))
		for _, q := range set.Questions {
			var a struct {
				IDs    []string
				Tokens int `json:"token_count"`
			}
			if err := answers.Decode(&a); err != nil {
				t.Fatal(err)
			}
			var numbers []int64
			for _, id := range a.IDs {
				n, err := strconv.ParseInt(id, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				numbers = append(numbers, n)
			}
			if a.Tokens > c.budget {
				t.Errorf("%q: %d tokens of %d", q.Text, a.Tokens, c.budget)
			}
			kept, tokens = kept+q.Recall(numbers), tokens+a.Tokens
		}
		n := len(set.Questions)
		t.Logf("evidence kept in %d tokens: %.1f %% of %d questions; the contexts have %d tokens in the mean", c.budget, 100*kept/float64(n), n, tokens/n)
		if kept/float64(n) < c.least {
			t.Errorf("%.1f %% of the evidence is kept in %d tokens, it should be %.0f %%", 100*kept/float64(n), c.budget, 100*c.least)
		}
	}
}
