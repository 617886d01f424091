//go:build unix

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// lspOf starts the language server of the command.
func (w *world) lspOf(env []string, args ...string) (*lsptest.Client, *process) {
	w.t.Helper()
	p := w.prepare(env, append([]string{"lsp"}, args...)...)
	p.cmd.Stdout = nil
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	p.begin()
	c := lsptest.New(w.t, pipes{out, p.stdin})
	c.Initialize(nil)
	return c, p
}

// offers waits until completion at a place has a label, or has it no longer.
func offers(t *testing.T, c *lsptest.Client, uri protocol.URI, line, character uint32, label string, want bool) {
	t.Helper()
	eventually(t, func() error {
		var list protocol.CompletionList
		c.Call("textDocument/completion", lsptest.At(uri, line, character), &list)
		var labels []string
		for _, item := range list.Items {
			labels = append(labels, item.Label)
		}
		if slices.ContainsFunc(labels, func(l string) bool { return l == label || l == `"`+label+`"` }) != want {
			return fmt.Errorf("%q is offered: %v; there are %.300v", label, !want, labels)
		}
		return nil
	})
}

// The variable LLMSPELL_KERNEL chooses the language server's kernel as --connect does:
// keys of its state come and go.
func TestLanguageServerKernelVariable(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev", "--port", "0")
	w.ok("exec", "--connect", "dev", `State.set("first_key", 1)`)
	for name, kernel := range map[string]string{"id": "dev", "socket": s.Socket, "address": s.Address} {
		t.Run(name, func(t *testing.T) {
			c, p := w.lspOf([]string{"LLMSPELL_KERNEL=" + kernel})
			uri := protocol.URI("file://" + w.dir + "/" + name + ".lua")
			c.Open(uri, "local v = State.get(\"\")\nlocal r = Tool.invoke(\"\", {})\n")
			offers(t, c, uri, 0, 21, "first_key", true)
			offers(t, c, uri, 1, 23, "calculator", true)
			w.ok("exec", "--connect", "dev", `State.set("later_`+name+`", 1)`)
			offers(t, c, uri, 0, 21, "later_"+name, true)
			w.ok("state", "delete", "--connect", "dev", "later_"+name)
			offers(t, c, uri, 0, 21, "later_"+name, false)
			c.Shutdown()
			if r := p.end(); r.code != 0 {
				t.Error(r)
			}
		})
	}
}

// A kernel of another name than the one that runs is told in the editor. As soon as there
// is one of that name its variables are offered, with what is in them.
func TestLanguageServerWithoutItsKernel(t *testing.T) {
	w := newWorld(t)
	c, p := w.lspOf(nil, "--connect", "dve")
	status := func() string {
		var s struct {
			Kernel struct{ Asked, Connected, Error string }
		}
		c.Call("workspace/executeCommand", protocol.ExecuteCommandParams{Command: "llmspell.status"}, &s)
		return fmt.Sprintf("%s, connected to %q, %s", s.Kernel.Asked, s.Kernel.Connected, s.Kernel.Error)
	}
	told := string(c.Await("window/showMessage", nil))
	if !strings.Contains(told, `the kernel \"dve\" cannot be reached`) {
		t.Error(told)
	}
	if got := status(); !strings.HasPrefix(got, `dve, connected to "", `) || len(got) < 40 {
		t.Error(got)
	}
	w.daemon("dve")
	w.session("dve", `cfg = {db = {host = "here"}}`)
	uri := protocol.URI("file://" + w.dir + "/a.lua")
	c.Open(uri, "print(cfg.db.)\n")
	offers(t, c, uri, 0, 13, "host", true)
	if got := status(); got != `dve, connected to "dve", ` {
		t.Error(got)
	}
	eventually(t, func() error { // a busy kernel may take longer than one hover waits
		var h protocol.Hover
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, 0, 11)}, &h)
		if !strings.Contains(h.Contents.Value, "(field) cfg.db: table") || !strings.Contains(h.Contents.Value, `host="here"`) {
			return fmt.Errorf("%q", h.Contents.Value)
		}
		return nil
	})
	if n := len(c.Arrived("window/showMessage")); n != 0 { // besides the one that was awaited
		t.Errorf("it is told %d times more", n)
	}
	c.Shutdown()
	if r := p.end(); r.code != 0 || !strings.Contains(r.errout, "no kernel") {
		t.Error(r)
	}
}
