//go:build unix

package e2e

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// A stop that somebody else has ended is over at the prompt of the debugger: what is typed
// there then is not done in a frame that is gone, and the REPL goes on.
func TestREPLStopEndedByOthers(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev")
	p := w.start(nil, "repl", "--connect", "dev")
	if _, err := io.WriteString(p.stdin, ".pause\nx = 1\n"); err != nil {
		t.Fatal(err)
	}
	p.sees(p.out, "pause at")
	client, err := rpc.Dial(t.Context(), "unix:"+s.Socket, rpc.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sessions, err := client.Sessions(t.Context())
	if err != nil || len(sessions) != 1 {
		t.Fatal(sessions, err)
	}
	if _, err := client.Interrupt(t.Context(), rpc.InterruptParams{Session: sessions[0].ID}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { // the news may be on its way
		if _, err := io.WriteString(p.stdin, ".locals\n"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.err.String(), "not stopped here any more: it was ended; not done: .locals") {
			return fmt.Errorf("stdout %q, stderr %q", p.out, p.err)
		}
		return nil
	})
	if _, err := io.WriteString(p.stdin, "print('goes', 'on')\n"); err != nil {
		t.Fatal(err)
	}
	p.sees(p.out, "goes\ton")
}

// The prompt of the debugger does not outlive the kernel.
func TestREPLKernelGoneAtAStop(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	p := w.start(nil, "repl", "--connect", "dev")
	if _, err := io.WriteString(p.stdin, ".pause\nx = 1\n"); err != nil {
		t.Fatal(err)
	}
	p.sees(p.out, "pause at")
	w.ok("kernel", "stop", "dev", "--force")
	eventually(t, func() error { // the news may be on its way
		_, _ = io.WriteString(p.stdin, "x = 2\n") // it may have ended
		select {
		case <-p.done:
			return nil
		default:
			return fmt.Errorf("the REPL goes on; stdout %q, stderr %q", p.out, p.err)
		}
	})
	if r := p.end(); r.code != 5 {
		t.Error(r)
	}
}
