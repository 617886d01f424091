package dap_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// kernelOptions are those of a server that reaches a game as session "s" of kernel
// "dev".
func kernelOptions(t *testing.T, g *game) dap.Options {
	var serving sync.WaitGroup
	t.Cleanup(serving.Wait)
	return dap.Options{DialKernel: func(ctx context.Context, kernel, session, given string) (net.Conn, error) {
		if kernel != "dev" || session != "" && session != "s" {
			return nil, errors.New("no such kernel runs")
		}
		here, there := net.Pipe()
		serving.Go(func() { _ = g.server.ServeTarget(context.Background(), there, "game") })
		return here, nil
	}}
}

// An attach that names a kernel debugs a session there. The server's token is not
// asked for: whoever dials a kernel has been let in by that.
func TestAttachKernel(t *testing.T) {
	g := newGame(t, dap.Options{Token: token, AttachOnly: true}, dap.TargetOptions{})
	st2, err := g.server.Register("other", g.st, dap.TargetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st2.Unregister()
	path := script(t, "local n = 1", "done = n")
	c := connect(t, kernelOptions(t, g))
	attach(c, map[string]any{"kernel": "dev", "session": "s"}, path, 2)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "n", c.Locals(1)["n"], "1")
	c.Disconnect()
	if err := g.ended(); err != nil {
		t.Error(err)
	}
}

func TestAttachKernelErrors(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	tests := []struct {
		name string
		args map[string]any
		want string
	}{
		{"no such kernel", map[string]any{"kernel": "x"}, "no such kernel"},
		{"two servers", map[string]any{"kernel": "dev", "connect": "127.0.0.1:1"}, "exclude each other"},
		{"no kernel", map[string]any{"session": "s"}, `needs "kernel"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, kernelOptions(t, g))
			c.Initialize()
			seq := c.Send("attach", tt.args)
			if tt.name == "no such kernel" {
				c.ConfigurationDone()
			}
			contains(t, c.Fails(seq), tt.want)
			c.Disconnect()
		})
	}
	c := connect(t, dap.Options{})
	c.Initialize()
	contains(t, c.CallError("attach", map[string]any{"kernel": "dev"}), "knows no kernels")
	c.Disconnect()
}

// A connection for one target reaches no other.
func TestServeTarget(t *testing.T) {
	g := newGame(t, dap.Options{AttachOnly: true}, dap.TargetOptions{})
	for name, args := range map[string]map[string]any{
		"another target":  {"target": "other"},
		"another session": {"session": "other"},
		"another server":  {"connect": "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := net.Pipe()
			served := make(chan error, 1)
			go func() { served <- g.server.ServeTarget(t.Context(), there, "game") }()
			c := daptest.New(t, here)
			c.Initialize()
			contains(t, c.CallError("attach", args), `this connection debugs session "game"`)
			c.Disconnect()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
