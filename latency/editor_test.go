//go:build !race

package latency

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// editor is a client of a language server on stdin and stdout. A sample ends when the
// bytes of an answer are there: what they cost to read is the editor's.
type editor struct {
	tb      testing.TB
	r       *bufio.Reader
	w       io.Writer
	pid     int
	id      int
	text    string
	version int
	leave   func() // ends the session, and waits for the process
	pause   func() // between two keys; nil: there is none
}

// scriptURI is the document that is edited.
const scriptURI = "file:///proj/main.lua"

// startEditor starts a language server, with folders, until it has answered initialize.
func startEditor(tb testing.TB, binary string, folders []string) *editor {
	tb.Helper()
	cmd := exec.Command(binary, "lsp")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	// It must end by itself; a hang ends here.
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	ended := false
	c := &editor{tb: tb, r: bufio.NewReaderSize(stdout, 64<<10), w: stdin, pid: cmd.Process.Pid}
	c.leave = func() {
		tb.Helper()
		c.call("shutdown", nil)
		c.notify("exit", nil)
		ended = true
		if err := cmd.Wait(); err != nil {
			tb.Errorf("llmspell lsp: %v", err)
		}
		timer.Stop()
	}
	tb.Cleanup(func() {
		if !ended { // the test has failed
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			timer.Stop()
		}
	})
	list := []object{}
	for _, dir := range folders {
		list = append(list, object{"uri": "file://" + dir, "name": dir})
	}
	c.call("initialize", object{
		"processId": nil, "rootUri": nil, "workspaceFolders": list,
		"capabilities": object{
			"workspace": object{"workspaceFolders": true},
			"textDocument": object{
				"publishDiagnostics": object{"versionSupport": true},
				"documentSymbol":     object{"hierarchicalDocumentSymbolSupport": true},
				"hover":              object{"contentFormat": []string{"markdown"}},
				"completion": object{
					"completionItem": object{"snippetSupport": true, "labelDetailsSupport": true},
					"completionList": object{"itemDefaults": []string{"commitCharacters", "editRange", "insertTextFormat", "data"}},
				},
			},
		},
	})
	c.notify("initialized", object{})
	return c
}

// editing starts a server with a script of so many lines open, whose findings are there.
func editing(tb testing.TB, binary string, lines int) *editor {
	tb.Helper()
	return opened(tb, binary, kernelScript(lines))
}

// opened is the same with any text.
func opened(tb testing.TB, binary, text string) *editor {
	tb.Helper()
	c := startEditor(tb, binary, nil)
	c.text, c.version = text, 1
	c.notify("textDocument/didOpen", object{"textDocument": object{"uri": scriptURI, "languageId": "lua", "version": 1, "text": c.text}})
	c.findings()
	return c
}

func (c *editor) write(v any) {
	body, err := json.Marshal(v)
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := fmt.Fprintf(c.w, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		c.tb.Fatalf("write to the language server: %v", err)
	}
}

func (c *editor) notify(method string, params any) {
	m := object{"jsonrpc": "2.0", "method": method}
	if params != nil {
		m["params"] = params
	}
	c.write(m)
}

// read returns the next message.
func (c *editor) read() []byte {
	c.tb.Helper()
	header, err := textproto.NewReader(c.r).ReadMIMEHeader()
	if err != nil {
		c.tb.Fatalf("read from the language server: %v", err)
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		c.tb.Fatal(err)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err != nil {
		c.tb.Fatal(err)
	}
	return body
}

// call sends a request, and returns the answer's message. There is never more than one
// request: a message with the id, and no method, is its answer.
func (c *editor) call(method string, params any) []byte {
	c.tb.Helper()
	c.id++
	m := object{"jsonrpc": "2.0", "id": c.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	c.write(m)
	for {
		body := c.read()
		if head := body[:min(len(body), 80)]; bytes.Contains(head, []byte(`"method"`)) {
			continue
		}
		if bytes.Contains(body[:min(len(body), 80)], []byte(`"error"`)) {
			c.tb.Fatalf("%s: %s", method, body)
		}
		return body
	}
}

// edit replaces characters of a line.
func (c *editor) edit(line, start, count int, text string) {
	c.change(line, start, line, start+count, text)
}

// remove takes lines away.
func (c *editor) remove(line, count int) { c.change(line, 0, line+count, 0, "") }

func (c *editor) change(line, start, endLine, end int, text string) {
	c.version++
	c.notify("textDocument/didChange", object{
		"textDocument": object{"uri": scriptURI, "version": c.version},
		"contentChanges": []object{{
			"range": object{"start": object{"line": line, "character": start}, "end": object{"line": endLine, "character": end}},
			"text":  text,
		}},
	})
}

// findings waits for those of the newest text.
func (c *editor) findings() {
	c.tb.Helper()
	version := fmt.Appendf(nil, `"version":%d`, c.version)
	for {
		body := c.read()
		if bytes.Contains(body[:min(len(body), 80)], []byte("publishDiagnostics")) && bytes.Contains(body, version) {
			return
		}
	}
}

// document are the parameters of a request on the script, at those of one on the place
// behind a piece of it.
func (c *editor) document() object { return object{"textDocument": object{"uri": scriptURI}} }

func (c *editor) at(piece string) object {
	c.tb.Helper()
	before, _, ok := strings.Cut(c.text, piece)
	if !ok {
		c.tb.Fatalf("the script has no %q", piece)
	}
	before += piece
	p := c.document()
	p["position"] = object{"line": strings.Count(before, "\n"), "character": len(before) - 1 - strings.LastIndexByte(before, '\n')}
	return p
}

// typed types so many characters behind "last." and takes them away again, and asks for
// completion each time.
func (c *editor) typed(by stick, n int) series {
	c.tb.Helper()
	return c.typedAt(by, n, strings.Count(c.text, "\n")-1, len("last."), `"name"`)
}

// typedUnclosed does the same in an if without its end, in a function in the middle.
func (c *editor) typedUnclosed(by stick, n int) series {
	c.tb.Helper()
	const behind, lines = "local total = 0\n", "\tif total > 1 then\n\t\tcalc.\n"
	at := len(c.text) / 2
	at += strings.Index(c.text[at:], behind) + len(behind)
	line := strings.Count(c.text[:at], "\n")
	c.edit(line, 0, 0, lines)
	defer c.remove(line, 2)
	return c.typedAt(by, n, line+1, len("\t\tcalc."), `"execute"`)
}

// typedAt types a character behind a column and takes it away again, in turn. The
// completion there must have a text.
func (c *editor) typedAt(by stick, n, line, column int, want string) series {
	c.tb.Helper()
	params := c.document()
	i := -1
	return beside(by, n, func() timings {
		if i++; i > 0 && c.pause != nil {
			c.pause()
		}
		return c.gauged(func() {
			if i%2 == 0 {
				c.edit(line, column, 0, "s")
				params["position"] = object{"line": line, "character": column + 1}
			} else {
				c.edit(line, column, 1, "")
				params["position"] = object{"line": line, "character": column}
			}
			if body := c.call("textDocument/completion", params); !bytes.Contains(body, []byte(want)) {
				c.tb.Fatalf("the completion lacks %s: %.300s", want, body)
			}
		})
	})
}

// looked asks for completion and hover at so many places all over the script.
func (c *editor) looked(n int) {
	c.tb.Helper()
	lines := strings.Count(c.text, "\n")
	for i := range n {
		params := c.document()
		params["position"] = object{"line": i * lines / n, "character": 6}
		c.call("textDocument/completion", params)
		c.call("textDocument/hover", params)
	}
}

// indexed is how many files the server knows of its folders.
func (c *editor) indexed() int {
	c.tb.Helper()
	var m struct{ Result struct{ Files int } }
	if err := json.Unmarshal(c.call("workspace/executeCommand", object{"command": "llmspell.status"}), &m); err != nil {
		c.tb.Fatal(err)
	}
	return m.Result.Files
}

// gauged times something. What it takes of the processors is that of this process and of
// the server; where the system does not tell, only the clock counts.
func (c *editor) gauged(do func()) timings {
	before, own := c.cpu(), cpuTime(c.tb)
	took := byClock(do)
	if before > 0 {
		took.cpu = c.cpu() - before + cpuTime(c.tb) - own
	}
	return took
}

// cpu is what the server has used of the processors; 0 if the system does not tell.
func (c *editor) cpu() time.Duration { return processTime(c.tb, c.pid) }
