//go:build unix

package e2e

import (
	"net"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// An editor debugs a script in the language server's process: inline values have the
// values of the frame that has stopped.
func TestDebugInLanguageServer(t *testing.T) {
	w := newWorld(t)
	text := "local a = {b = 20}\nlocal sum = a.b + 1\nprint(sum)\n"
	e := w.edit(text)
	var debugServer struct{ Address, Token string }
	command := protocol.ExecuteCommandParams{Command: "llmspell.debugServer"}
	e.Call("workspace/executeCommand", command, &debugServer)
	first := debugServer
	e.Call("workspace/executeCommand", command, &debugServer)
	if debugServer != first || first.Token == "" {
		t.Fatalf("%+v, then %+v", first, debugServer)
	}
	conn, err := net.Dial("tcp", debugServer.Address)
	if err != nil {
		t.Fatal(err)
	}
	path := w.write("edited.lua", text)
	c := daptest.New(t, conn)
	c.InitializeWith(map[string]any{"token": debugServer.Token, "adapterID": "llmspell", "linesStartAt1": true, "columnsStartAt1": true})
	launch := c.Launch(map[string]any{"program": path})
	c.SetBreakpoints(path, 3)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", 3)
	stop := protocol.Range{Start: protocol.Position{Line: 2}, End: protocol.Position{Line: 2}}
	var list []struct{ Text, VariableName, Expression string }
	e.Call("textDocument/inlineValue", protocol.InlineValueParams{
		DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(e.uri)},
		Range:          protocol.Range{End: protocol.Position{Line: 99}}, Context: protocol.InlineValueContext{FrameID: c.Top(1).Id, StoppedLocation: stop},
	}, &list)
	var texts []string
	for _, v := range list {
		texts = append(texts, v.Text)
	}
	if !slices.Contains(texts, "sum = 21") || !slices.Contains(texts, "a.b = 20") {
		t.Errorf("%+v", list)
	}
	c.Continue(1)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()

	// Nobody debugs there without the token.
	if conn, err = net.Dial("tcp", debugServer.Address); err != nil {
		t.Fatal(err)
	}
	stranger := daptest.New(t, conn)
	stranger.Call("initialize", map[string]any{"adapterID": "llmspell"}, nil)
	stranger.Fails(stranger.Launch(map[string]any{"program": path}))
	stranger.Close()
	e.Shutdown()
}
