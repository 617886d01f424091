package tools

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/tool"
)

// invocation is one call from its beginning to its answer: prepare, perform and
// end, in this order. It belongs to one goroutine at a time.
type invocation struct {
	h        *Handle
	parent   context.Context // the caller's
	ctx      *callContext    // the tool's: done at the deadline too
	params   map[string]any
	opt      CallOptions
	call     *tool.Call
	start    time.Time
	limit    time.Duration
	progress *gate // nil when nobody listens

	hooks     []*Hook // those that have something to do
	hooked    *HookCall
	passed    int // how many hooks have let the call pass
	redirects int
	pause     time.Duration // before the tool works
	attempts  int
	cached    bool
}

func (h *Handle) begin(ctx context.Context, params map[string]any, opt CallOptions) *invocation {
	d := h.Descriptor()
	c := &invocation{h: h, parent: ctx, params: params, opt: opt, start: time.Now(), limit: opt.Timeout}
	if c.limit <= 0 {
		c.limit = d.Timeout
	}
	if c.limit <= 0 {
		c.limit = h.inv.opt.Timeout
	}
	c.ctx = withDeadline(ctx, c.start.Add(c.limit))
	if opt.Wake != nil && opt.Serve != nil {
		c.ctx.waking, c.ctx.serving = opt.Wake, opt.Serve
	}
	if opt.Progress != nil {
		c.progress = &gate{report: opt.Progress}
	}
	c.call = tool.NewCall(nil, nil, h.setting, c.report())
	h.stats.inFlight.Add(1)
	c.hook()
	return c
}

// report returns what is told how the tool goes on, or nil.
func (c *invocation) report() func(tool.Progress) {
	if c.progress == nil {
		return nil
	}
	return c.progress.pass
}

func (h *Handle) setting(name string) string { return h.inv.setting(h.Descriptor(), name) }

// prepare runs the hooks and checks the parameters.
func (c *invocation) prepare() error {
	if err := c.before(); err != nil {
		return err
	}
	return c.aim()
}

// aim checks the parameters for the tool, or for that to which hooks redirect the
// call.
func (c *invocation) aim() error {
	for {
		if err := c.validate(); err != nil {
			return err
		}
		if !c.hooked.redirects() {
			if err := c.arm(); err != nil {
				return err
			}
		}
		if !c.hooked.redirects() {
			return nil
		}
		if err := c.redirected(); err != nil {
			return err
		}
	}
}

// arm completes the call, so that the tool can work or a hook answers.
func (c *invocation) arm() (err error) {
	if err := c.checkParams(); err != nil {
		return err
	}
	if c.call.Sandbox = c.opt.Sandbox; c.call.Sandbox == nil {
		if c.call.Sandbox, err = c.h.inv.sandbox(); err != nil {
			return err
		}
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if err := c.ready(); err != nil || c.hooked == nil {
		return err
	}
	return c.ctx.why() // hooks may have taken long
}

// checkParams checks the parameters against the tool's schema.
func (c *invocation) checkParams() error {
	checked, err := c.h.check(c.params)
	if err != nil {
		return err
	}
	c.call.Params = checked
	c.call.Operation = c.call.Params.String("operation")
	return nil
}

// check survives a schema, and a value of the caller's, that is wrong itself.
func (h *Handle) check(params map[string]any) (checked map[string]any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = h.panicked(v)
		}
	}()
	if params, err = plain(params); err != nil {
		return nil, err
	}
	return h.entry.checker().CheckObject(params)
}

// perform finds the result in the cache, or lets the tool work.
func (c *invocation) perform() (result *tool.Result, err error) {
	defer func() {
		if v := recover(); v != nil { // a tool's own panic does not get so far: Options.Settings
			result, err = nil, c.h.panicked(v)
		}
	}()
	if c.hooked != nil && c.hooked.answer != nil {
		return c.hooked.answer, nil
	}
	if err := c.rest(); err != nil {
		return nil, err
	}
	if d := c.h.Descriptor(); d.CacheFor > 0 && !d.SideEffects && !c.opt.NoCache && c.h.inv.cache != nil {
		if key, ok := c.cacheKey(); ok {
			return c.shared(key)
		}
	}
	return c.retrying(c.ctx)
}

// rest waits before the tool works again.
func (c *invocation) rest() error {
	if c.pause <= 0 {
		return nil
	}
	return tool.Sleep(c.ctx, c.pause)
}

// end makes the answer and tells everyone of it. Where hooks want the tool to work
// again it does so here.
func (c *invocation) end(result *tool.Result, err error) (*Response, error) {
	r, again := c.conclude(result, err)
	for again {
		r, again = c.conclude(c.perform())
	}
	if r.Error != nil {
		return r, r.Error
	}
	return r, nil
}

// conclude makes the answer and tells everyone of it; or hooks want the tool to
// work again, or another one, and it is for the caller to perform that.
func (c *invocation) conclude(result *tool.Result, err error) (r *Response, again bool) {
	for {
		r = c.answer(result, err)
		if !c.ended(r) {
			break
		}
		if c.hooked.redirect == "" {
			return nil, true
		}
		if err = c.redirected(); err == nil {
			if err = c.aim(); err == nil {
				return nil, true
			}
		}
		result = nil
	}
	c.ctx.end()
	c.progress.close()
	c.after(r)
	c.h.stats.ended(r.Duration, r.Error)
	c.observed(r)
	return r, false
}

// answer is the response before hooks have seen it.
func (c *invocation) answer(result *tool.Result, err error) *Response {
	r := &Response{Operation: c.operation()}
	if err != nil {
		r.Error = c.explain(err)
	} else {
		r.Success, r.Message, r.Text, r.Result, r.Metadata = true, result.Message, result.Text, result.Value, result.Metadata
	}
	if c.cached {
		r.annotate("cached", true)
	}
	if c.attempts > 1 {
		r.annotate("attempts", c.attempts)
	}
	r.Duration = time.Since(c.start)
	return r
}

// observed tells the metrics hook. A panic in it changes nothing for the caller.
func (c *invocation) observed(r *Response) {
	observe := c.h.inv.opt.Observe
	if observe == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			_ = c.h.hookPanicked(v)
		}
	}()
	observe(Observation{Tool: c.h.Descriptor().Name, Operation: r.Operation, Duration: r.Duration, Err: r.Error})
}

// operation is what the answer names as done: the operation of the checked
// parameters, else (they are wrong) the one that was asked for, else (the tool
// has none) the tool's name.
func (c *invocation) operation() string {
	if op := c.call.Operation; op != "" {
		return op
	}
	if op, _ := c.params["operation"].(string); op != "" && len(op) <= maxOperation && utf8.ValidString(op) {
		return op
	}
	return c.h.Descriptor().Name
}

// maxOperation is the longest operation that an answer repeats, in bytes, when
// the tool does not know it.
const maxOperation = 64

// annotate adds to the metadata, which the tool may still hold.
func (r *Response) annotate(key string, v any) {
	r.Metadata = maps.Clone(r.Metadata)
	if r.Metadata == nil {
		r.Metadata = map[string]any{}
	}
	r.Metadata[key] = v
}

// explain makes the error complete: whose it is, of which kind, and for the
// ends of time what ended it.
func (c *invocation) explain(err error) *tool.Error {
	te := tool.AsError(c.h.Descriptor().Name, c.call.Operation, err)
	te.Details = maps.Clone(te.Details) // others may have got the same error
	switch why := c.stopped(err); {
	case why == nil:
		return te
	case errors.Is(why, context.Canceled):
		te.Code, te.Message = tool.Cancelled, "was cancelled"
	case c.parent.Err() != nil || c.ctx.inherited:
		te.Code, te.Message = tool.Timeout, "was stopped because the time of its caller is up"
	default:
		te.Code, te.Message = tool.Timeout, fmt.Sprintf("did not finish within %v; pass less work or a longer timeout", c.limit)
	}
	if left := (*abandonedError)(nil); errors.As(err, &left) {
		if te.Details == nil {
			te.Details = map[string]any{}
		}
		te.Details["abandoned"] = abandonedNote
	}
	return te
}

// stopped returns context.Canceled or context.DeadlineExceeded when err comes from
// the end of the call, and nil when it is the tool's own: a tool may run into
// deadlines of its own making.
func (c *invocation) stopped(err error) error {
	why := c.ctx.why()
	var timed net.Error
	switch {
	case why == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, context.Cause(c.parent)):
		return why
	case errors.As(err, &timed) && timed.Timeout(): // a connection that got the context's deadline
		return why
	}
	return nil
}

// gate passes progress on until its call has returned. A nil gate is closed.
type gate struct {
	mu     sync.Mutex
	report func(tool.Progress) // nil: closed
}

func (g *gate) pass(p tool.Progress) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.report != nil {
		g.report(p)
	}
}

func (g *gate) close() {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.report = nil
	g.mu.Unlock()
}

// Failure is the response of a call that could not be made, such as that of a tool
// that HandleContext does not find.
func Failure(err error) *Response { return failed("", err) }

func failed(operation string, err error) *Response {
	var te *tool.Error
	if !errors.As(err, &te) {
		te = tool.AsError("", operation, err)
	}
	return &Response{Operation: operation, Error: te}
}
