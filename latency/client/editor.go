package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Editor is a client of a language server with one document. There is never more than one
// request at a time.
type Editor struct {
	f       *frames
	program *Program
	id      int
	uri     string
	version int
}

// head is what is read of a message to know what it is.
type head struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
	Params struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
	} `json:"params"`
}

// NewEditor greets a language server, which ends with Leave. A folder may be none.
func NewEditor(p *Program, folder string) (*Editor, error) {
	e := &Editor{f: newFrames(p.Out, p.In), program: p}
	e.f.r.Trust()
	params := Object{
		"processId": nil, "rootUri": nil,
		"capabilities": Object{
			"workspace": Object{"workspaceFolders": true, "configuration": false},
			"textDocument": Object{
				"publishDiagnostics": Object{"versionSupport": true},
				"documentSymbol":     Object{"hierarchicalDocumentSymbolSupport": true},
				"hover":              Object{"contentFormat": []string{"markdown"}},
				"completion":         Object{"completionItem": Object{"snippetSupport": true}},
			},
		},
	}
	if folder != "" {
		params["rootUri"] = "file://" + folder
		params["workspaceFolders"] = []Object{{"uri": "file://" + folder, "name": folder}}
	}
	if _, err := e.Call("initialize", params); err != nil {
		return nil, err
	}
	return e, e.notify("initialized", Object{})
}

// Open opens the document, and waits for its findings.
func (e *Editor) Open(uri, language, text string) error {
	e.uri, e.version = uri, 1
	if err := e.notify("textDocument/didOpen", Object{"textDocument": Object{"uri": uri, "languageId": language, "version": 1, "text": text}}); err != nil {
		return err
	}
	return e.Findings()
}

// Call sends a request and returns the answer's message.
func (e *Editor) Call(method string, params any) ([]byte, error) {
	e.id++
	m := Object{"jsonrpc": "2.0", "id": e.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if err := e.f.write(m); err != nil {
		return nil, err
	}
	for {
		body, err := e.f.read()
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body[:min(len(body), 100)], []byte(`"method"`)) {
			if err := e.asked(body); err != nil {
				return nil, err
			}
			continue
		}
		if bytes.Contains(body[:min(len(body), 100)], []byte(`"error"`)) {
			return nil, fmt.Errorf("%s: %.500s", method, body)
		}
		return body, nil
	}
}

// asked answers a request of the server with nothing.
func (e *Editor) asked(body []byte) error {
	var h head
	if err := json.Unmarshal(body, &h); err != nil {
		return fmt.Errorf("a message of the language server: %w", err)
	}
	if h.ID == nil {
		return nil
	}
	return e.f.write(Object{"jsonrpc": "2.0", "id": h.ID, "result": nil})
}

func (e *Editor) notify(method string, params any) error {
	m := Object{"jsonrpc": "2.0", "method": method}
	if params != nil {
		m["params"] = params
	}
	return e.f.write(m)
}

// Edit replaces characters of a line.
func (e *Editor) Edit(line, start, count int, text string) error {
	e.version++
	return e.notify("textDocument/didChange", Object{
		"textDocument": Object{"uri": e.uri, "version": e.version},
		"contentChanges": []Object{{
			"range": Object{"start": Object{"line": line, "character": start}, "end": Object{"line": line, "character": start + count}},
			"text":  text,
		}},
	})
}

// Findings waits for those of the newest text.
func (e *Editor) Findings() error {
	for {
		body, err := e.f.read()
		if err != nil {
			return err
		}
		var h head
		if err := json.Unmarshal(body, &h); err != nil {
			return fmt.Errorf("a message of the language server: %w", err)
		}
		if h.Method == "textDocument/publishDiagnostics" && h.Params.URI == e.uri && h.Params.Version == e.version {
			return nil
		}
		if h.Method != "" {
			if err := e.asked(body); err != nil {
				return err
			}
		}
	}
}

// Document are the parameters of a request on the document.
func (e *Editor) Document() Object { return Object{"textDocument": Object{"uri": e.uri}} }

// At are those of a request on a place.
func (e *Editor) At(line, character int) Object {
	p := e.Document()
	p["position"] = Object{"line": line, "character": character}
	return p
}

// Behind is the place behind a piece of a text.
func Behind(text, piece string) (line, character int, err error) {
	before, _, ok := strings.Cut(text, piece)
	if !ok {
		return 0, 0, fmt.Errorf("the text has no %q", piece)
	}
	before += piece
	return strings.Count(before, "\n"), len(before) - 1 - strings.LastIndexByte(before, '\n'), nil
}

// PID is the server's process.
func (e *Editor) PID() int { return e.program.PID() }

// Leave ends the session and waits for the end of the process.
func (e *Editor) Leave() error {
	if _, err := e.Call("shutdown", nil); err != nil {
		e.program.Kill()
		return err
	}
	if err := e.notify("exit", nil); err != nil {
		e.program.Kill()
		return err
	}
	return e.program.End()
}
