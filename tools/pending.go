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
	p := &Pending{name: h.Descriptor().Name, cancel: cancel, done: make(chan struct{})}
	if err := c.prepare(); err != nil {
		r, again := c.conclude(nil, err)
		if !again {
			cancel()
			if r.Error != nil {
				return nil, r.Error
			}
			p.response = r // hooks have made an answer of the failure
			close(p.done)
			return p, nil
		}
	}
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

// Own is a call in steps: Begin, the work, Conclude or End. The caller does the
// work itself because nobody else could (a tool that is a function of the running
// script), or lets another goroutine Perform it. Begin, Conclude and End run hooks
// and belong on the caller's goroutine. The call is checked and counted like any
// other.
type Own struct{ c *invocation }

// Begin begins a call in steps: it runs hooks and checks the parameters. Where the
// call has ended with that Own is nil and the response is the answer, which may be a
// success: hooks may have made one of a failure. Else End or Conclude must be called.
func (h *Handle) Begin(ctx context.Context, params map[string]any, opt CallOptions) (*Own, *Response) {
	c := h.begin(ctx, params, opt)
	if err := c.prepare(); err != nil {
		if r, again := c.conclude(nil, err); !again {
			return nil, r
		}
	}
	return &Own{c}, nil
}

// Descriptor describes the tool that is to work: hooks may have chosen another than
// the caller.
func (o *Own) Descriptor() *tool.Descriptor { return o.c.h.Descriptor() }

// Answered tells whether a hook has answered for the tool. Perform then returns the
// answer.
func (o *Own) Answered() bool { return o.c.hooked != nil && o.c.hooked.answer != nil }

// Params returns the checked parameters.
func (o *Own) Params() tool.Params { return o.c.call.Params }

// Pause waits as long as hooks have asked for before the tool works again. Perform
// does so itself.
func (o *Own) Pause() error { return o.c.rest() }

// Perform lets the tool work, on any goroutine.
func (o *Own) Perform() (*tool.Result, error) { return o.c.perform() }

// Conclude gives the call its result, or its error, and returns the answer. When
// hooks want the tool to work again, or another one, it returns again instead, and
// the work and Conclude follow once more.
func (o *Own) Conclude(result *tool.Result, err error) (r *Response, again bool) {
	if err == nil && result == nil {
		result = &tool.Result{}
	}
	return o.c.conclude(result, err)
}

// End is Conclude that does what is wanted again by itself.
func (o *Own) End(result *tool.Result, err error) (*Response, error) {
	if err == nil && result == nil {
		result = &tool.Result{}
	}
	return o.c.end(result, err)
}
