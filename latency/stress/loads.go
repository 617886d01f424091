package stress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/client"
	"github.com/llmspell/llmspell/latency/suite"
)

func some(n int) func(Options) int { return func(Options) int { return n } }

// kinds are all kinds of load.
func kinds() []kind {
	return []kind{
		{"sessions", "debug sessions at a time: launch, breakpoint, steps with locals, disconnect", func(o Options) int { return o.Sessions }, debugging},
		{"breakpoints", "a breakpoint is set in a running loop, hit, taken away, and the loop goes on", some(2), toggling},
		{"tools", "tools are invoked and code is run in a kernel, without a pause", some(8), working},
		{"payloads", "texts of megabytes, to the kernel and back", some(2), carrying},
		{"errors", "scripts that fail, tools that are not there, wrong parameters", some(4), failing},
		{"churn", "clients that come, begin something, and go in the middle of it", some(4), leaving},
	}
}

func nothing() {}

// debugging is a whole debug session at each operation.
func debugging(_ context.Context, w *world, worker int) (func() error, func(), error) {
	path := w.steps
	return func() error {
		d, conn, err := w.debugger(worker)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := d.Launch("llmspell", client.Object{"program": path}, path, w.body); err != nil {
			return err
		}
		if err := d.Expect("breakpoint"); err != nil {
			return err
		}
		if err := d.Breakpoints(path); err != nil {
			return err
		}
		for range 10 {
			if err := d.Step("next"); err != nil {
				return err
			}
			if vars, err := d.Locals(); err != nil || len(vars) < 3 {
				return fmt.Errorf("the locals are %v: %w", vars, err)
			}
		}
		return d.Disconnect()
	}, nothing, nil
}

// toggling sets a breakpoint in a loop that runs, and takes it away.
func toggling(_ context.Context, w *world, worker int) (func() error, func(), error) {
	path := w.busy
	const inside = 5 // the line in the loop
	d, conn, err := w.debugger(worker)
	if err != nil {
		return nil, nil, err
	}
	if err := d.Launch("llmspell", client.Object{"program": path}, path); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return func() error {
			if err := conn.SetDeadline(time.Now().Add(opTime)); err != nil {
				return err
			}
			if err := d.Breakpoints(path, inside); err != nil {
				return err
			}
			if err := d.Expect("breakpoint"); err != nil {
				return err
			}
			if err := d.Breakpoints(path); err != nil {
				return err
			}
			return d.Call("continue", client.Object{"threadId": d.Thread}, nil)
		}, func() {
			_ = d.Disconnect() // what it says was seen
			conn.Close()
		}, nil
}

// withClient makes a load of operations on one connection to the kernel.
func withClient(ctx context.Context, w *world, op func(context.Context, *rpc.Client, int) error) (func() error, func(), error) {
	c, err := w.kernel.Dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	i := 0
	return func() error {
		i++
		ctx, cancel := context.WithTimeout(ctx, opTime)
		defer cancel()
		return op(ctx, c, i)
	}, func() { c.Close() }, nil
}

func working(ctx context.Context, w *world, worker int) (func() error, func(), error) {
	return withClient(ctx, w, func(ctx context.Context, c *rpc.Client, i int) error {
		if i%50 != 0 {
			return suite.Calculate(ctx, c, fmt.Sprintf("%d + %d", i, worker), fmt.Sprint(i+worker))
		}
		res, err := c.Run(ctx, rpc.RunParams{Code: "local t = {} for i = 1, 1000 do t[i] = { i } end return #t"}, rpc.RunHandlers{})
		if err != nil || res.Error != nil || len(res.Texts) != 1 || res.Texts[0] != "1000" {
			return fmt.Errorf("the kernel answered %+v: %w", res, err)
		}
		return nil
	})
}

func carrying(ctx context.Context, w *world, _ int) (func() error, func(), error) {
	const size = 4 << 20
	text := strings.Repeat("the quick brown fox jumps over the lazy dog and comes back; ", size/60)
	return withClient(ctx, w, func(ctx context.Context, c *rpc.Client, i int) error {
		if i%2 == 0 {
			res, err := c.IsComplete(ctx, text)
			if err != nil || res.Status != kernel.CodeUnknown {
				return fmt.Errorf("the kernel answered %+v: %w", res, err)
			}
			return nil
		}
		got := 0
		res, err := c.Run(ctx, rpc.RunParams{Code: "io.write(string.rep('x', 1048576))"}, rpc.RunHandlers{Output: func(_ string, p []byte) { got += len(p) }})
		if err != nil || res.Error != nil || got != 1<<20 {
			return fmt.Errorf("%d bytes of output came of %d: %+v, %w", got, 1<<20, res, err)
		}
		return nil
	})
}

func failing(ctx context.Context, w *world, _ int) (func() error, func(), error) {
	return withClient(ctx, w, func(ctx context.Context, c *rpc.Client, i int) error {
		switch i % 3 {
		case 0:
			res, err := c.Run(ctx, rpc.RunParams{Code: "local function deep(n) if n == 0 then error({ code = 7 }) end deep(n - 1) return n end deep(50)"}, rpc.RunHandlers{})
			if err != nil || res.Error == nil {
				return fmt.Errorf("a script that fails is answered with %+v: %w", res, err)
			}
		case 1:
			if res, err := c.InvokeTool(ctx, rpc.InvokeParams{Name: "no-such-tool"}); err == nil && res.Success {
				return fmt.Errorf("a tool that is not there is answered with %+v", res)
			}
		case 2:
			if res, err := c.InvokeTool(ctx, rpc.InvokeParams{Name: "calculator", Params: map[string]any{"input": i, "nope": true}}); err == nil && res.Success {
				return fmt.Errorf("wrong parameters are answered with %+v", res)
			}
		}
		return c.Err()
	})
}

// leaving connects, begins something and goes: from the kernel, and from a debug adapter.
func leaving(ctx context.Context, w *world, worker int) (func() error, func(), error) {
	i := 0
	return func() error {
		i++
		if i%2 == 0 {
			return leaveDebugger(w, worker, i)
		}
		c, err := w.kernel.Dial(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		soon, cancel := context.WithTimeout(ctx, time.Duration(i%20)*time.Millisecond)
		defer cancel()
		res, err := c.Run(soon, rpc.RunParams{Code: "while true do end"}, rpc.RunHandlers{})
		if err == nil && res.Error == nil {
			return errors.New("a loop without an end has ended")
		}
		return nil
	}, nothing, nil
}

func leaveDebugger(w *world, worker, i int) error {
	d, conn, err := w.debugger(worker)
	if err != nil {
		return err
	}
	defer conn.Close()
	if i%4 == 0 { // in the middle of a header
		_, err := io.WriteString(conn, "Content-Len")
		return refused(err)
	}
	if err := d.Launch("llmspell", client.Object{"program": w.busy}, w.busy); err != nil {
		return err
	}
	return nil // while it runs
}

// refused is nil where the other side has gone, as it may.
func refused(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return nil
	}
	return err
}
