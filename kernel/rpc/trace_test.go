package rpc

import (
	"context"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// tracer notes which traces requests say that they belong to.
type tracer struct {
	mu   sync.Mutex
	seen map[string][2]string // by method
}

func (t *tracer) StartRequest(ctx context.Context, method, parent, state string) (context.Context, func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[method] = [2]string{parent, state}
	return ctx, func(error) {}
}

func (t *tracer) StartExecution(ctx context.Context, _ kernel.TracedExecution) (context.Context, func(error)) {
	return ctx, func(error) {}
}
func (t *tracer) ToolContext(ctx context.Context) context.Context { return ctx }
func (t *tracer) ToolHook() tools.Hook                            { return tools.Hook{} }
func (t *tracer) Shutdown(context.Context) error                  { return nil }

// A request belongs to the trace of its context, whatever the trace is called.
func TestClientSendsTrace(t *testing.T) {
	services := kernel.NewServices(kernel.Openers{})
	seen := &tracer{seen: map[string][2]string{}}
	services.Tracer = seen
	c := newRig(t, Options{Kernel: kernel.New(kernel.Options{Services: services})}).dial(ClientOptions{})
	const parent, state = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", `a="b\c"`
	traced := tool.WithTraceParent(background, func() (string, string) { return parent, state })
	if _, err := c.Run(traced, RunParams{Code: "return 1"}, RunHandlers{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Call(traced, "tool.invoke", InvokeParams{Name: "calculator", Params: map[string]any{"expression": "1"}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(background); err != nil {
		t.Fatal(err)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for method, want := range map[string][2]string{"exec.run": {parent, state}, "tool.invoke": {parent, state}, "kernel.status": {}} {
		if got := seen.seen[method]; got != want {
			t.Errorf("%s came with %q, want %q", method, got, want)
		}
	}
}
