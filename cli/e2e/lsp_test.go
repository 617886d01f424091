//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// pipes are the ends of a process's stdin and stdout.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// editor is an editor with the language server as a process.
type editor struct {
	*lsptest.Client
	w   *world
	uri protocol.URI
}

// edit starts `llmspell lsp` and opens a document in which each line is completed at its
// end.
func (w *world) edit(text string, args ...string) *editor {
	w.t.Helper()
	p := &process{w: w, args: args, err: &buffer{}, out: &buffer{}, done: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], append([]string{"lsp"}, args...)...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = w.dir, w.environ(), p.err
	in, err := p.cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	p.begin()
	e := &editor{Client: lsptest.New(w.t, pipes{out, in}), w: w, uri: protocol.FileURI(w.write("edited.lua", text))}
	e.Initialize(nil)
	e.Open(e.uri, text)
	return e
}

// offers are the labels of what is offered in a line, behind its first character c.
func (e *editor) offers(line, character uint32) []string {
	e.w.t.Helper()
	var list protocol.CompletionList
	e.Call("textDocument/completion", protocol.CompletionParams{PositionParams: lsptest.At(e.uri, line, character)}, &list)
	var labels []string
	for _, item := range list.Items {
		labels = append(labels, item.Label)
	}
	return labels
}

// offered waits until a line offers something, or does not any more.
func (e *editor) offered(line, character uint32, label string, want bool) {
	e.w.t.Helper()
	eventually(e.w.t, func() error {
		if labels := e.offers(line, character); slices.Contains(labels, label) != want {
			return fmt.Errorf("%q offered: %v, wanted %v: %.300q", label, !want, want, labels)
		}
		return nil
	})
}

// session makes a session in a kernel, and runs a script in it.
func (w *world) session(id, code string) (*rpc.Client, string) {
	w.t.Helper()
	client, err := rpc.Dial(w.t.Context(), "unix:"+w.status(id).Socket, rpc.ClientOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { client.Close() })
	s, err := client.CreateSession(w.t.Context(), rpc.SessionParams{Cwd: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	w.runIn(client, s.ID, code)
	return client, s.ID
}

func (w *world) runIn(client *rpc.Client, session, code string) {
	w.t.Helper()
	r, err := client.Run(w.t.Context(), rpc.RunParams{Session: session, Code: rpc.Text(code)}, rpc.RunHandlers{})
	if err == nil && r.Error != nil {
		err = errors.New(string(r.Error.Message))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestLanguageServerFollowsKernel: what a kernel has is offered, what it has no more is
// not; whether the kernel answers, hangs, dies or comes back, nobody waits for it.
func TestLanguageServerFollowsKernel(t *testing.T) {
	w := newWorld(t)
	const register = `Tool.register({name = "live-greet", description = "Greets.", execute = print,
		parameters = {{name = "whom", type = "string", required = true}}})
		State.set("live-key", {n = 1})`
	w.daemon("dev")
	e := w.edit("Tool.get(\"\")\nTool.execute(\"live-greet\", { })\nState.get(\"\")\nTool.execute(\"calculator\", { })\n", "--connect", "dev")
	e.offered(0, 10, "calculator", true)
	client, session := w.session("dev", register)
	e.offered(0, 10, "live-greet", true)
	e.offered(1, 28, "whom", true)
	e.offered(2, 11, "live-key", true)
	w.runIn(client, session, `Tool.register({name = "second", description = "d", execute = print}) State.delete("live-key")`)
	e.offered(0, 10, "second", true)
	e.offered(2, 11, "live-key", false)

	t.Run("closed session", func(t *testing.T) {
		if err := client.CloseSession(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		e.offered(0, 10, "live-greet", false)
		e.offered(0, 10, "second", false)
	})

	t.Run("kernel that hangs", func(t *testing.T) {
		pid := w.status("dev").PID
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		defer syscall.Kill(pid, syscall.SIGCONT) //nolint:errcheck // it may be gone
		fastest := time.Hour
		for range 20 {
			began := time.Now()
			if !slices.Contains(e.offers(3, 28), "input") {
				t.Error("the parameters of a tool are not offered while the kernel hangs")
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest > time.Second { // less than any wait for the kernel
			t.Errorf("each completion takes at least %v while the kernel hangs", fastest)
		}
	})

	t.Run("kernel that comes back", func(t *testing.T) {
		w.session("dev", register)
		e.offered(0, 10, "live-greet", true)
		if err := syscall.Kill(w.status("dev").PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		e.offered(0, 10, "live-greet", false)
		e.offered(0, 10, "calculator", true)
		w.daemon("dev")
		w.session("dev", register)
		e.offered(0, 10, "live-greet", true)
	})
	e.Shutdown()
}
