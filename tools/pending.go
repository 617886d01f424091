package tools

import (
	"context"

	"github.com/llmspell/llmspell/tools/tool"
)

// Pending is a call that goes on by itself. Its methods may be called by any
// goroutine.
type Pending struct {
	name     string
	cancel   context.CancelFunc
	done     chan struct{}
	response *Response // written before done is closed
}

// Start begins a call and does not wait for it. Hooks run, and parameters are
// checked, before it returns: an error, a *tool.Error as of Invoke, means that
// nothing was started. The call ends with ctx. Somebody should Wait for it or
// Cancel it.
func (inv *Invoker) Start(ctx context.Context, name string, params map[string]any, opt CallOptions) (*Pending, error) {
	h, err := inv.within(ctx, name, opt.Timeout)
	if err != nil {
		return nil, err
	}
	return h.Start(ctx, params, opt)
}

// Start is Invoker.Start for this tool.
func (h *Handle) Start(ctx context.Context, params map[string]any, opt CallOptions) (*Pending, error) {
	ctx, cancel := context.WithCancel(ctx)
	opt.Wake, opt.Serve = nil, nil
	c := h.begin(ctx, params, opt)
	if err := c.prepare(); err != nil {
		cancel()
		_, err := c.end(nil, err)
		return nil, err
	}
	p := &Pending{name: h.Descriptor().Name, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		p.response, _ = c.end(c.perform()) // the error is in the response
		close(p.done)
	}()
	return p, nil
}

// Name returns the tool's name.
func (p *Pending) Name() string { return p.name }

// Done is closed when the call has ended.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Cancel makes the call end soon.
func (p *Pending) Cancel() { p.cancel() }

// Wait waits for the end of the call and returns what Invoke would have. When
// ctx is done first it returns nil and ctx's error; the call goes on.
func (p *Pending) Wait(ctx context.Context) (*Response, error) {
	select {
	case <-p.done:
	default:
		select {
		case <-p.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.response.Error != nil {
		return p.response, p.response.Error
	}
	return p.response, nil
}

// Own is a call of a tool whose work the caller does itself, on its own
// goroutine, because nobody else could: a tool that is a function of the running
// script. It is checked, told to hooks and counted like any other.
type Own struct{ c *invocation }

// Begin begins a call that the caller carries out: it runs hooks and checks the
// parameters. When the error is not nil, a *tool.Error, the call has ended. Else
// End must be called.
func (h *Handle) Begin(ctx context.Context, params map[string]any, opt CallOptions) (*Own, error) {
	c := h.begin(ctx, params, opt)
	if err := c.prepare(); err != nil {
		_, err := c.end(nil, err)
		return nil, err
	}
	return &Own{c}, nil
}

// Params returns the checked parameters.
func (o *Own) Params() tool.Params { return o.c.call.Params }

// End gives the call its result, or its error, and returns the answer.
func (o *Own) End(result *tool.Result, err error) (*Response, error) {
	if err == nil && result == nil {
		result = &tool.Result{}
	}
	return o.c.end(result, err)
}
