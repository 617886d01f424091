package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// scripts returns a function that runs code in a new session of services, whose folder is dir, and returns what it prints.
func scripts(t *testing.T, services *Services, dir string) func(code string) string {
	return func(code string) string {
		t.Helper()
		var out strings.Builder
		box, err := sandbox.New(dir, sandbox.Folders(dir))
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSession(Config{Dir: dir, Stdout: &out, Services: services, Sandbox: box})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.RunString(t.Context(), code, "=rag", nil); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
}

func TestRAGGlobal(t *testing.T) {
	run := scripts(t, remembering(t, nil), t.TempDir())
	for _, c := range []struct{ code, want string }{
		{`local r = RAG.ingest({content = "The ferry to Gull Island leaves at nine.", id = "ferry", metadata = {kind = "table"}})
		print(r.success, r.documents_processed, r.vectors_created, r.total_tokens > 5, r.added, #r.skipped, r.documents[1].id, r.documents[1].status)`, "true\t1\t1\ttrue\t1\t0\tferry\tadded\n"},
		{`local r = RAG.ingest_batch({"Rye bread rests for a night.", {text = "# Soup\n\nLeek and potato.", kind = "md", id = "soup"}, {id = "ferry", content = "The ferry leaves at ten."}}, {metadata = {n = 1}})
		print(r.documents_processed, r.added, r.replaced)`, "3\t2\t1\n"},
		{`local r = RAG:search("when does the ferry leave", {top_k = 1}) local d = r.results[1]
		print(r.success, r.total, d.id, d.content == d.text and d.text, d.score, d.metadata.n, d.scope, d.collection, d.number)`, "true\t1\tferry\tThe ferry leaves at ten.\t1\t1\tglobal\tdefault\t0\n"},
		{`local d = RAG.search("potato").results[1] print(d.title, d.headings[1], d.metadata.n)`, "Soup\tSoup\t1\n"},
		{`print(RAG.search("zeppelin").total, #RAG.search("").results)`, "0\t0\n"},
		// Scopes are apart.
		{`RAG.ingest({id = "s1", content = "ferry of session one"}, {scope = "session", scope_id = "one", ttl = 3600})
		RAG.ingest({id = "a", content = "ferry of Acme"}, {tenant_id = "acme"}) RAG.ingest({id = "au", content = "ferry of Acme's Ann"}, {tenant_id = "acme", scope = "user", scope_id = "ann"})
		local function ids(o) local out = {} for _, r in ipairs(RAG.search("ferry", o).results) do out[#out + 1] = r.id end table.sort(out) return table.concat(out, " ") end
		print(ids(), ids{scope = "session", scope_id = "one"}, ids{tenant_id = "acme"}, ids{scope = "session:two"}, ids{scope = "*"}, ids{scope = "tenant:acme*"})`,
			"ferry\ts1\ta\t\ta au ferry s1\ta au\n"},
		{`print(RAG.search("ferry", {metadata_filter = {n = 2}}).total, RAG.search("ferry", {filters = {n = 1}}).total, RAG.search("ferry bread", {id = "ferry"}).total, RAG.search("ferry", {collection = {"x", "y"}}).total)`, "0\t1\t1\t0\n"},
		{`local s = RAG.get_stats() print(s.total_documents, s.total_vectors, #s.collections, RAG.get_stats("session", "one").total_documents, RAG.get_stats("tenant", "acme").total_documents)
		for _, c in ipairs(RAG.collections{scope = "session", scope_id = "one"}) do print(c.scope, c.collection, c.documents, c.ttl_seconds) end`, "6\t6\t4\t1\t2\nsession:one\tdefault\t1\t3600\n"},
		{`for _, d in ipairs(RAG.list{collection = "default", scope = "global", limit = 2}) do print(d.title, d.chunks, d.bytes) end`, "\t1\t28\nSoup\t1\t24\n"},
		{`local r = RAG.create_session_collection("two", 60) print(r.success, r.scope, r.ttl_seconds) print(RAG.configure_session{session_id = "two", vector_ttl = 5}.ttl_seconds, RAG.set_ttl("x", 0).collection)`,
			"true\tsession:two\t60\n5\tx\n"},
		// What configure says holds for this script alone.
		{`RAG.configure{scope = "user", scope_id = "bea", collection = "notes", k = 1, chunking = {size = 20}} RAG.ingest("Bea likes lakes. Bea likes hills. Bea likes rain.")
		local r = RAG.search("bea") print(r.total, r.results[1].scope, r.results[1].collection, RAG.search("ferry", {scope = "global"}).total)`, "1\tuser:bea\tnotes\t0\n"},
		{`print(RAG.search("bea").total, RAG.search("bea", {scope = "user:bea"}).total)`, "0\t3\n"},
		{`print(RAG.delete{id = "none"}, RAG.delete{id = "ferry"}, RAG.search("ferry").total, RAG.cleanup_scope("tenant", "acme"), RAG.cleanup_scope("session", "one"), RAG.cleanup_scope("session", "one"))`, "0\t1\t0\t2\t1\t0\n"},
		{`print(RAG.save(), RAG.list_providers()[1], RAG.delete{scope = "*"}, #RAG.list(), #RAG.collections())`, "true\twords\t3\t0\t0\n"},
	} {
		if got := run(c.code); got != c.want {
			t.Errorf("%s\nprints %q, not %q", c.code, got, c.want)
		}
	}
	for code, want := range map[string]string{
		`RAG.ingest()`: `RAG.ingest: argument 1 must be a document`,
		`RAG.ingest({{content = "x"}, {id = "y"}})`:                          `document 2: it has neither content nor path`,
		`RAG.ingest({content = "x", path = "y"})`:                            `it has both content and path`,
		`RAG.ingest({content = " "})`:                                        `there is no text in it`,
		`RAG.ingest({content = "\255"})`:                                     `UTF-8`,
		`RAG.ingest("x", {chunking = {chunk_size = 1}})`:                     `chunk_size`,
		`RAG.ingest("x", {chunking = {size = 100, overlap = 90}})`:           `an overlap of 90`,
		`RAG.ingest("x", {chunking = {strategy = "best"}})`:                  `strategy`,
		`RAG.ingest({content = "x", name = "y"})`:                            `"document.name" is not known`,
		`RAG.ingest({{content = "a", id = "1"}, {content = "b", id = "1"}})`: `it has the id of document 1`,
		`RAG.ingest("x", {scope = "*"})`:                                     `belongs to one scope`,
		`RAG.ingest("x", {scope_id = "y"})`:                                  `a scope_id needs a scope`,
		`RAG.search("x", {scope = "session"})`:                               `needs a scope_id`,
		`RAG.search("x", {threshold = 2})`:                                   `threshold`,
		`RAG.search(1)`:                                                      `argument 1 must be the words`,
		`RAG.delete({})`:                                                     `the filter means all documents`,
		`RAG.cleanup_scope("*")`:                                             `must name one scope`,
		`RAG.set_ttl("x", "soon")`:                                           `argument 2 must be how long`,
		`RAG.configure_session{}`:                                            `there is no current session`,
		`RAG.configure{colection = "x"}`:                                     `did you mean "collection"`,
	} {
		if out := run(`print(select(2, pcall(function() ` + code + ` end)))`); !strings.Contains(out, want) {
			t.Errorf("%s: %s", code, out)
		}
	}
}

// Files are read as the session may, and no others.
func TestRAGReadsFiles(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"docs/a.md": "# Boats\n\nMarigold is a boat.", "docs/b.html": "<title>Pages</title><body><p>About herons</p></body>", "docs/c.go": "package c\n\n// Heron counts.\nfunc Heron() {}\n",
		"docs/d.bin": "\x00\x01", "docs/.e.md": "hidden"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "secret.md"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	run := scripts(t, remembering(t, nil), dir)
	for _, c := range []struct{ code, want string }{
		{`local r = RAG.ingest({path = "docs"}, {metadata = {from = "disk"}}) print(r.documents_processed, r.added, #r.skipped, r.skipped[1].reason)`, "3\t3\t1\tit is no text\n"},
		{`local r = RAG.ingest({path = "docs"}, {metadata = {from = "disk"}}) print(r.unchanged)`, "3\n"},
		{`local r = RAG.search("boat").results[1] print(r.title, r.metadata.from, r.source:match("[^/\\]+$"), r.id == r.source)`, "Boats\tdisk\ta.md\ttrue\n"},
		{`local r = RAG.ingest({path = "docs/a.md", id = "boats", title = "Of boats", metadata = {x = 1}}, {collection = "own", globs = "*.md"}) print(r.added, RAG.search("boat", {collection = "own"}).results[1].id)`, "1\tboats\n"},
		{`print(RAG.ingest({path = "docs"}, {collection = "globs", globs = {"*.go", "*.md"}, exclude = "c.*", hidden = true}).added)`, "2\n"},
	} {
		if got := run(c.code); got != c.want {
			t.Errorf("%s\nprints %q, not %q", c.code, got, c.want)
		}
	}
	for path, want := range map[string]string{filepath.Join(outside, "secret.md"): "--allow-read", filepath.Join(outside, "*.md"): "--allow-read", "none.md": "no such file"} {
		out := run(`print(select(2, pcall(RAG.ingest, {path = "` + filepath.ToSlash(path) + `"})))`)
		if !strings.Contains(out, want) || strings.Contains(run(`print(RAG.search("secret", {scope = "*"}).total)`), "1") {
			t.Errorf("%s: %s", path, out)
		}
	}
}

// What has a time to live is gone after it, without anybody asking.
func TestRAGExpires(t *testing.T) {
	run := scripts(t, remembering(t, nil), t.TempDir())
	run(`RAG.create_session_collection("s", 0.2) RAG.ingest("a passing word", {scope = "session", scope_id = "s"})`)
	until := time.Now().Add(10 * time.Second)
	for run(`print(RAG.search("passing", {scope = "*"}).total)`) != "0\n" {
		if time.Now().After(until) {
			t.Fatal("it is found after its time")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := run(`print(#RAG.list(), RAG.get_stats().total_documents)`); got != "0\t0\n" {
		t.Errorf("what is over is listed: %s", got)
	}
}
