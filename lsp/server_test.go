package lsp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lsp")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		os.Setenv(name, dir)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// start serves a client in this process.
func start(t testing.TB) *lsptest.Client {
	t.Helper()
	return lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
}

// folder makes a folder with files, and returns its path.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func folders(paths ...string) map[string]any {
	var list []protocol.WorkspaceFolder
	for _, p := range paths {
		list = append(list, protocol.WorkspaceFolder{URI: protocol.FileURI(p), Name: filepath.Base(p)})
	}
	return map[string]any{"workspaceFolders": list}
}

// status asks the server what it has.
func status(c *lsptest.Client) (s struct {
	Files, Open int
	Folders     []string
	Positions   string
}) {
	c.Call("workspace/executeCommand", protocol.ExecuteCommandParams{Command: "llmspell.status"}, &s)
	return s
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(lsptest.Timeout); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

const uri = protocol.URI("file:///proj/a.lua")

// symbols are the document's symbols as text: name(children…).
func symbols(c *lsptest.Client, uri protocol.URI) string {
	var list []protocol.DocumentSymbol
	c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
	return names(list)
}

func names(list []protocol.DocumentSymbol) string {
	var out []string
	for _, s := range list {
		if s.Children != nil {
			s.Name += "(" + names(s.Children) + ")"
		}
		out = append(out, s.Name)
	}
	return strings.Join(out, " ")
}

func TestSession(t *testing.T) {
	c := start(t)
	r := c.Initialize(nil)
	if r.ServerInfo.Name != "llmspell" || r.Capabilities.PositionEncoding != protocol.UTF16 || r.Capabilities.TextDocumentSync.Change != protocol.SyncIncremental || !r.Capabilities.FoldingRangeProvider {
		t.Errorf("%+v", r)
	}
	c.Open(uri, "local function a() end\nlocal M = {}\nfunction M.b(x, ...) local function c() end end\nfunction M:d() end\nreturn M\n")
	if got := symbols(c, uri); got != "a M M.b(c) M:d" {
		t.Errorf("%q", got)
	}
	c.Change(uri, lsptest.Replace(0, 15, 0, 16, "first"), lsptest.Replace(4, 0, 5, 0, ""))
	if got := symbols(c, uri); got != "first M M.b(c) M:d" {
		t.Errorf("%q", got)
	}
	c.Close(uri)
	c.Shutdown()
}

// A request sees the changes that came before it, and none that came later.
func TestNothingOvertakes(t *testing.T) {
	c := start(t)
	c.Initialize(nil)
	c.Open(uri, "function v0() end")
	var pending []*lsptest.Pending
	params := protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}
	for i := range 200 {
		c.Change(uri, protocol.ContentChange{Text: fmt.Sprintf("function v%d() end", i)})
		pending = append(pending, c.Begin("textDocument/documentSymbol", params))
	}
	for i, p := range pending {
		var list []protocol.DocumentSymbol
		if err := p.Wait(&list); err != nil || len(list) != 1 || list[0].Name != fmt.Sprint("v", i) {
			t.Fatalf("request %d: %v %v", i, err, list)
		}
	}
}

// A file after many edits is like one that was just opened.
func TestEditsEqualOpen(t *testing.T) {
	for _, encoding := range []string{protocol.UTF8, protocol.UTF16, protocol.UTF32} {
		c := start(t)
		caps := lsptest.Modern()
		caps["general"] = map[string]any{"positionEncodings": []string{"utf-7", encoding}}
		if r := c.Initialize(map[string]any{"capabilities": caps}); r.Capabilities.PositionEncoding != encoding {
			t.Errorf("%s: %s", encoding, r.Capabilities.PositionEncoding)
		}
		r := rand.New(rand.NewPCG(1, 2))
		lines := strings.Split(strings.Repeat("local function f(😀é)\r\n  return { x = '日本' }\nend\n", 10), "\n")
		c.Open(uri, strings.Join(lines, "\n"))
		for i := range 300 {
			at := r.IntN(len(lines))
			text := []string{"end", "local x = {", "function g() end", "}", "-- 😀", "if x then"}[r.IntN(6)]
			eol := ""
			if at < len(lines)-1 && strings.HasSuffix(lines[at], "\r") {
				eol = "\r"
			}
			// The end of the line is beyond all columns.
			c.Change(uri, lsptest.Replace(uint32(at), 0, uint32(at), 1<<31-1, text))
			lines[at] = text + eol
			if i%100 != 99 {
				continue
			}
			other := protocol.URI(fmt.Sprintf("file:///proj/fresh%d.lua", i))
			c.Open(other, strings.Join(lines, "\n"))
			if got, want := symbols(c, uri), symbols(c, other); got != want {
				t.Fatalf("%s, edit %d:\n%s\n%s", encoding, i, got, want)
			}
		}
		c.Shutdown()
	}
}

// Clients of clangd's extension get the encoding that they ask for, in their way.
func TestOffsetEncoding(t *testing.T) {
	c := start(t)
	caps := lsptest.Modern()
	delete(caps, "general")
	caps["offsetEncoding"] = []string{"utf-8", "utf-16"}
	if r := c.Initialize(map[string]any{"capabilities": caps}); r.OffsetEncoding != "utf-8" {
		t.Errorf("%+v", r)
	}
}

// What a client does wrong with documents is repaired or said, and the next right thing
// works.
func TestWrongDocuments(t *testing.T) {
	c := start(t)
	c.Initialize(nil)
	said := func(want string) {
		t.Helper()
		if got := string(c.Await("window/showMessage", nil)); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	c.Change("file:///proj/never.lua", lsptest.Replace(0, 0, 0, 0, "x"))
	said("never opened")
	// What comes late for a document that was closed is no loss: nothing is said of it, or
	// the next message would not be the next mistake's.
	c.Open("untitled:Untitled-1", "print(1)")
	c.Close("untitled:Untitled-1")
	c.Change("untitled:Untitled-1", lsptest.Replace(0, 0, 0, 8, ""))
	// Nor of what comes too early for one that is restored.
	c.Change("untitled:Untitled-2", lsptest.Replace(0, 0, 0, 0, "local a = 1"))
	c.Open("untitled:Untitled-2", "function restored() end")
	if got := symbols(c, "untitled:Untitled-2"); got != "restored" {
		t.Errorf("%q", got)
	}
	c.Change("file:///proj/whole.lua", protocol.ContentChange{Text: "function whole() end"}, lsptest.Replace(0, 9, 0, 14, "part"))
	if got := symbols(c, "file:///proj/whole.lua"); got != "part" {
		t.Errorf("%q", got)
	}
	c.Open(uri, "function a() end")
	c.Change(uri, lsptest.Replace(50, 0, 60, 0, "\nfunction b() end"))
	said("does not fit its text")
	if got := symbols(c, uri); got != "a b" {
		t.Errorf("%q", got)
	}
	c.Notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": 1}, "contentChanges": []any{map[string]any{"range": 5, "text": "x"}}})
	said("could not be read")
	c.Notify("textDocument/didOpen", map[string]any{"textDocument": 5})
	said("could not be read")
	c.Notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": -7}, "contentChanges": []any{map[string]any{"text": "function c() end"}}})
	if got := symbols(c, uri); got != "c" {
		t.Errorf("%q", got)
	}
	c.Open(uri, "function twice() end")
	if got := symbols(c, uri); got != "twice" {
		t.Errorf("%q", got)
	}
	c.Notify("textDocument/didClose", map[string]any{"textDocument": lsptest.Document("file:///proj/unknown.lua")})
	c.Close(uri)
	if got := symbols(c, uri); got != "" {
		t.Errorf("%q", got)
	}
	c.Shutdown()
}

// Findings are pushed after changes, with the version, and go when the file is closed.
func TestPush(t *testing.T) {
	c := start(t)
	c.Initialize(nil)
	c.Open(uri, "local = 1\n")
	d := c.Diagnostics(uri)
	if len(d) == 0 || d[0].Severity != protocol.SeverityError || d[0].Source != "llmspell" || d[0].Code != "syntax" {
		t.Errorf("%+v", d)
	}
	c.Change(uri, lsptest.Replace(0, 6, 0, 6, "_ "))
	if d := c.Diagnostics(uri); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	c.Change(uri, lsptest.Replace(0, 0, 0, 5, "lokal"))
	if d := c.Diagnostics(uri); len(d) == 0 {
		t.Error("no findings")
	}
	c.Close(uri)
	c.Await("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), `"diagnostics":[]`) })
	c.Shutdown()
}

// Clients that ask for findings are not pushed them, and told when they have the newest.
func TestPull(t *testing.T) {
	c := start(t)
	caps := lsptest.Modern()
	caps["textDocument"].(map[string]any)["diagnostic"] = map[string]any{}
	c.Initialize(map[string]any{"capabilities": caps})
	c.Open(uri, "local = 1\n")
	ask := func(previous string) (r protocol.DiagnosticReport) {
		c.Call("textDocument/diagnostic", protocol.DiagnosticParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, PreviousResultID: previous}, &r)
		return r
	}
	first := ask("")
	if first.Kind != "full" || len(first.Items) == 0 || first.ResultID == "" {
		t.Errorf("%+v", first)
	}
	if again := ask(first.ResultID); again.Kind != "unchanged" || again.ResultID != first.ResultID {
		t.Errorf("%+v", again)
	}
	c.Change(uri, lsptest.Replace(0, 6, 0, 6, "_ "))
	if now := ask(first.ResultID); now.Kind != "full" || now.Items == nil || len(now.Items) != 0 {
		t.Errorf("%+v", now)
	}
	if c.Close(uri); ask("").Kind != "full" {
		t.Error("no report of a file that is not there")
	}
	c.Shutdown()
	if pushed := c.Arrived("textDocument/publishDiagnostics"); len(pushed) != 0 {
		t.Errorf("%s", pushed)
	}
}

// All files of the workspace are checked, in parts; a client that knows all is answered
// when something changes.
func TestWorkspaceDiagnostics(t *testing.T) {
	files := map[string]string{"good.lua": "return 1", ".hidden/bad.lua": "x x", "node_modules/a/bad.lua": "x x", "vendor/bad.lua": "x x"}
	for i := range 120 {
		files[fmt.Sprintf("sub/bad%03d.lua", i)] = "local = 1"
	}
	dir := folder(t, files)
	c := start(t)
	caps := lsptest.Modern()
	caps["textDocument"].(map[string]any)["diagnostic"] = map[string]any{}
	params := folders(dir)
	params["capabilities"] = caps
	c.Initialize(params)
	until(t, "the index", func() bool { return status(c).Files == 121 })
	var known []protocol.PreviousResultID
	var last protocol.WorkspaceReport
	p := protocol.WorkspaceDiagnosticParams{PreviousResultIDs: []protocol.PreviousResultID{}}
	p.PartialResultToken = "parts"
	c.Call("workspace/diagnostic", p, &last)
	if len(last.Items) != 0 {
		t.Errorf("%d reports come with the answer, beside those in parts", len(last.Items))
	}
	var items []protocol.WorkspaceDocumentReport
	for _, part := range c.Arrived("$/progress") {
		var x struct {
			Token string
			Value protocol.WorkspaceReport
		}
		if err := json.Unmarshal(part, &x); err == nil && x.Token == "parts" {
			if len(x.Value.Items) > 50 {
				t.Errorf("a part of %d reports", len(x.Value.Items))
			}
			items = append(items, x.Value.Items...)
		}
	}
	if len(items) != 120 {
		t.Fatalf("%d reports", len(items))
	}
	for _, x := range items {
		known = append(known, protocol.PreviousResultID{URI: x.URI, Value: x.ResultID})
	}
	pending := c.Begin("workspace/diagnostic", protocol.WorkspaceDiagnosticParams{PreviousResultIDs: known})
	open := items[7].URI
	c.Open(open, "local _ = 1")
	var news protocol.WorkspaceReport
	if err := pending.Wait(&news); err != nil || len(news.Items) != 1 || news.Items[0].URI != open || len(news.Items[0].Items) != 0 || news.Items[0].Version == nil {
		t.Errorf("%v %+v", err, news)
	}
	pending = c.Begin("workspace/diagnostic", protocol.WorkspaceDiagnosticParams{PreviousResultIDs: slices.DeleteFunc(known, func(x protocol.PreviousResultID) bool { return x.URI == open })})
	c.Notify("$/cancelRequest", map[string]any{"id": pending.ID})
	if err := pending.Wait(nil); err == nil || err.Code != -32800 {
		t.Errorf("%v", err)
	}
	c.Shutdown()
}

// Folders come and go while the server runs, and files change on disk.
func TestFolders(t *testing.T) {
	one, two := folder(t, map[string]string{"a.lua": "", "b.lua": "", "no.txt": ""}), folder(t, map[string]string{"c.lua": "", "skip/d.lua": "", ".luarc.json": `{"workspace.ignoreDir": ["skip"]} // comment`})
	c := start(t)
	c.Initialize(folders(one))
	until(t, "the first folder", func() bool { return status(c).Files == 2 })
	change := func(added, removed []string) {
		event := map[string]any{"added": []any{}, "removed": []any{}}
		if added != nil {
			event["added"] = folders(added...)["workspaceFolders"]
		}
		if removed != nil {
			event["removed"] = folders(removed...)["workspaceFolders"]
		}
		c.Notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": event})
	}
	change([]string{two}, nil)
	until(t, "both folders", func() bool { s := status(c); return s.Files == 3 && len(s.Folders) == 2 || s.Files == 4 })
	change(nil, []string{one})
	until(t, "the second folder", func() bool { return len(status(c).Folders) == 1 && status(c).Files <= 2 })
	before := status(c).Files
	news := func(path string, kind protocol.FileChange) {
		c.Notify("workspace/didChangeWatchedFiles", protocol.DidChangeWatchedFilesParams{Changes: []protocol.FileEvent{{URI: protocol.FileURI(path), Type: kind}}})
	}
	path := filepath.Join(two, "new.lua")
	write(t, path, "x = 1")
	news(path, protocol.FileCreated)
	until(t, "a new file", func() bool { return status(c).Files == before+1 })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	news(path, protocol.FileDeleted)
	until(t, "a deleted file", func() bool { return status(c).Files == before })
	outside := filepath.Join(one, "a.lua")
	news(outside, protocol.FileChanged)
	write(t, path, "x = 1")
	news(path, protocol.FileCreated)
	until(t, "a file again, and none from outside", func() bool { return status(c).Files == before+1 })
	// Of folders that come and go clients tell nothing but that.
	sub := filepath.Join(two, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(sub, "e.lua"), "x = 1")
	write(t, filepath.Join(sub, "f.lua"), "x = 1")
	news(sub, protocol.FileCreated)
	until(t, "the files of a new folder", func() bool { return status(c).Files == before+3 })
	if err := os.Rename(sub, filepath.Join(two, "skip", "sub")); err != nil {
		t.Fatal(err)
	}
	news(sub, protocol.FileDeleted)
	news(filepath.Join(two, "skip", "sub"), protocol.FileCreated)
	until(t, "no files of a moved folder", func() bool { return status(c).Files == before+1 })
	c.Shutdown()
}

// Settings come with initialize, are asked for, and pushed.
func TestSettings(t *testing.T) {
	c := start(t)
	c.Initialize(map[string]any{"initializationOptions": map[string]any{"llmspell": map[string]any{"diagnostics": map[string]any{"disable": []string{"syntax"}}}}})
	c.Open(uri, "local = 1")
	if d := c.Diagnostics(uri); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": map[string]any{"diagnostics": map[string]any{"disable": []string{}}}}})
	if d := c.Diagnostics(uri); len(d) == 0 {
		t.Error("no findings")
	}
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"llmspell": map[string]any{"diagnostics": map[string]any{"enable": "perhaps"}}}})
	if text := string(c.Await("window/showMessage", nil)); !strings.Contains(text, "the setting llmspell.diagnostics.enable must be true or false, not") {
		t.Error(text)
	}
	c.Shutdown()

	c = start(t)
	caps := lsptest.Modern()
	caps["workspace"] = map[string]any{"configuration": true, "didChangeConfiguration": map[string]any{"dynamicRegistration": true}, "didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}}
	enable := make(chan bool, 10)
	enable <- false
	registered := make(chan string, 10)
	c.OnRequest("client/registerCapability", func(p json.RawMessage) (any, error) { registered <- string(p); return nil, nil })
	c.OnRequest("workspace/configuration", func(json.RawMessage) (any, error) {
		return []any{map[string]any{"diagnostics": map[string]any{"enable": <-enable}}}, nil
	})
	c.Initialize(map[string]any{"capabilities": caps})
	c.Open(uri, "local = 1")
	if p := <-registered; !strings.Contains(p, "**/*.lua") || !strings.Contains(p, "workspace/didChangeConfiguration") {
		t.Error(p)
	}
	c.Await("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), `"diagnostics":[]`) })
	enable <- true
	c.Notify("workspace/didChangeConfiguration", map[string]any{"settings": nil})
	c.Await("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), `"syntax"`) })
	c.Shutdown()
}

// A large workspace shows its progress, which the user can end.
func TestProgress(t *testing.T) {
	files := map[string]string{}
	for i := range 150 {
		files[fmt.Sprintf("f%03d.lua", i)] = "x = 1"
	}
	c := start(t)
	c.Initialize(folders(folder(t, files)))
	kinds := []string{}
	for !slices.Contains(kinds, "end") {
		var p struct{ Value protocol.WorkDone }
		if err := json.Unmarshal(c.Await("$/progress", nil), &p); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, p.Value.Kind)
	}
	if kinds[0] != "begin" || kinds[len(kinds)-1] != "end" || len(kinds) < 3 {
		t.Error(kinds)
	}
	c.Notify("window/workDoneProgress/cancel", map[string]any{"token": "llmspell-1"})
	c.Notify("window/workDoneProgress/cancel", map[string]any{"token": 7})
	c.Shutdown()
}

// Two clients of one server do not see each other's open files.
func TestTwoClients(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := folder(t, map[string]string{"a.lua": "function disk() end"})
	file := protocol.FileURI(filepath.Join(dir, "a.lua"))
	ctx, cancel := context.WithCancel(context.Background())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- lsp.New(lsp.Options{Token: "secret"}).Serve(ctx, ln) }()
	dial := func() *lsptest.Client {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return lsptest.New(t, conn)
	}
	params := folders(dir)
	params["initializationOptions"] = map[string]any{"token": "secret"}
	a, b := dial(), dial()
	a.Initialize(params)
	b.Initialize(params)
	a.Open(file, "function fromA() end")
	if got := symbols(a, file); got != "fromA" {
		t.Errorf("%q", got)
	}
	if got := symbols(b, file); got != "disk" {
		t.Errorf("%q", got)
	}
	b.Open(file, "function fromB() end")
	if got := symbols(a, file) + symbols(b, file); got != "fromAfromB" {
		t.Errorf("%q", got)
	}
	a.Close(file)
	if got := symbols(a, file) + symbols(b, file); got != "diskfromB" {
		t.Errorf("%q", got)
	}
	a.Shutdown()
	if got := symbols(b, file); got != "fromB" {
		t.Errorf("%q", got)
	}
	wrong := dial()
	e := wrong.CallError("initialize", map[string]any{"capabilities": map[string]any{}, "initializationOptions": map[string]any{"token": "guess"}})
	if !strings.Contains(e.Message, "wrong token") {
		t.Error(e)
	}
	wrong.Closed()
	again := dial() // another one does not wait for who guesses
	again.Initialize(params)
	again.Shutdown()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	b.Closed()
	until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}

// The server ends with the process that has started it.
func TestParent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sleep")
	}
	p, err := os.StartProcess("/bin/sleep", []string{"sleep", "100"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	c := start(t)
	c.Initialize(map[string]any{"processId": p.Pid})
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	c.Closed()
}

// A thousand requests in one go, all cancelled, leave nothing.
func TestStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	c := start(t)
	c.Initialize(nil)
	c.Open(uri, strings.Repeat("function f() local x = { a = function() end } end\n", 500))
	var all []*lsptest.Pending
	for range 1000 {
		all = append(all, c.Begin("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}))
	}
	for _, p := range all {
		c.Notify("$/cancelRequest", map[string]any{"id": p.ID})
	}
	cancelled := 0
	for _, p := range all {
		if err := p.Wait(nil); err != nil && err.Code == -32800 {
			cancelled++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of 1000 were cancelled", cancelled)
	c.Shutdown()
	until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}
