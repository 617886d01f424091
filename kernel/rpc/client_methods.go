package rpc

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
)

// ask makes a request whose result is an R.
func ask[R any](ctx context.Context, c *Client, method string, params any) (R, error) {
	var r R
	err := c.Call(ctx, method, params, &r)
	return r, err
}

// Ping waits for a sign of life.
func (c *Client) Ping(ctx context.Context) error { return c.Call(ctx, "$/ping", Empty{}, nil) }

// Status tells how the kernel is.
func (c *Client) Status(ctx context.Context) (StatusResult, error) {
	return ask[StatusResult](ctx, c, "kernel.status", Empty{})
}

// Shutdown begins the kernel's shutdown, and returns when it has begun.
func (c *Client) Shutdown(ctx context.Context, p ShutdownParams) error {
	return c.Call(ctx, "kernel.shutdown", p, nil)
}

// Reload makes the kernel read its configuration again.
func (c *Client) Reload(ctx context.Context) (ReloadResult, error) {
	return ask[ReloadResult](ctx, c, "kernel.reload", Empty{})
}

// LogLevels sets the levels of the kernel's log, unless levels is "", and returns
// those in force.
func (c *Client) LogLevels(ctx context.Context, levels string) (string, error) {
	r, err := ask[LogResult](ctx, c, "kernel.log", LogParams{levels})
	return r.Levels, err
}

// Profile makes a profile of the kernel's process.
func (c *Client) Profile(ctx context.Context, p ProfileParams) ([]byte, error) {
	r, err := ask[ProfileResult](ctx, c, "kernel.profile", p)
	return r.Data, err
}

// CreateSession makes a session.
func (c *Client) CreateSession(ctx context.Context, p SessionParams) (SessionInfo, error) {
	return ask[SessionInfo](ctx, c, "session.create", p)
}

// Sessions lists the sessions, the oldest first.
func (c *Client) Sessions(ctx context.Context) ([]SessionInfo, error) {
	r, err := ask[SessionList](ctx, c, "session.list", Empty{})
	return r.Sessions, err
}

// Session describes a session.
func (c *Client) Session(ctx context.Context, id string) (SessionInfo, error) {
	return ask[SessionInfo](ctx, c, "session.info", SessionParam{id})
}

// CloseSession ends what runs in a session, and the session.
func (c *Client) CloseSession(ctx context.Context, id string) error {
	return c.Call(ctx, "session.close", SessionParam{id}, nil)
}

// Interrupt ends executions and tells how many. Their sessions stay.
func (c *Client) Interrupt(ctx context.Context, p InterruptParams) (int, error) {
	r, err := ask[InterruptResult](ctx, c, "exec.interrupt", p)
	return r.Interrupted, err
}

// Complete proposes how code goes on at a position, an offset in bytes.
func (c *Client) Complete(ctx context.Context, p CompleteParams) (kernel.Completions, error) {
	return ask[kernel.Completions](ctx, c, "exec.complete", p)
}

// Inspect tells about the name at a position in code.
func (c *Client) Inspect(ctx context.Context, p InspectParams) (kernel.Inspection, error) {
	return ask[kernel.Inspection](ctx, c, "exec.inspect", p)
}

// Variables lists globals, or the entries of a value.
func (c *Client) Variables(ctx context.Context, p VariablesParams) (kernel.Variables, error) {
	return ask[kernel.Variables](ctx, c, "exec.variables", p)
}

// IsComplete tells whether code could be executed as it is.
func (c *Client) IsComplete(ctx context.Context, code string) (kernel.Completeness, error) {
	return ask[kernel.Completeness](ctx, c, "exec.isComplete", CodeParam{code})
}

// Hooks lists the kernel's hooks.
func (c *Client) Hooks(ctx context.Context, p HooksParams) ([]HookInfo, error) {
	r, err := ask[HookList](ctx, c, "hooks.list", p)
	return r.Hooks, err
}

// Tools lists tools.
func (c *Client) Tools(ctx context.Context, f ToolFilter) ([]tools.Summary, error) {
	r, err := ask[ToolList](ctx, c, "tool.list", f)
	return r.Tools, err
}

// Tool describes a tool.
func (c *Client) Tool(ctx context.Context, name string) (tools.Description, error) {
	return ask[tools.Description](ctx, c, "tool.info", ToolParam{Name: name})
}

// SessionTool describes a tool that a script of a session has registered.
func (c *Client) SessionTool(ctx context.Context, session, name string) (tools.Description, error) {
	return ask[tools.Description](ctx, c, "tool.info", ToolParam{Name: name, Session: session})
}

// SearchTools finds tools by what they do, the best match first.
func (c *Client) SearchTools(ctx context.Context, p ToolSearch) ([]tools.Summary, error) {
	r, err := ask[ToolList](ctx, c, "tool.search", p)
	return r.Tools, err
}

// InvokeTool calls a tool. A tool that fails is a response with Error.
func (c *Client) InvokeTool(ctx context.Context, p InvokeParams) (ToolResponse, error) {
	return ask[ToolResponse](ctx, c, "tool.invoke", p)
}

// Publish publishes an event.
func (c *Client) Publish(ctx context.Context, p PublishParams) (PublishResult, error) {
	return ask[PublishResult](ctx, c, "events.publish", p)
}

// Events returns past events, the oldest first.
func (c *Client) Events(ctx context.Context, p HistoryParams) ([]Event, error) {
	r, err := ask[EventList](ctx, c, "events.history", p)
	return r.Events, err
}

// Attach turns the connection into one of the Debug Adapter Protocol, to a session:
// the kernel is the debug adapter. The Client is of no use afterwards; the stream
// must be closed by the caller. On an error the Client stays usable.
func (c *Client) Attach(ctx context.Context, session string) (net.Conn, error) {
	id, p, err := c.request(ctx, "debug.attach", SessionParam{session}, nil, true)
	if err != nil {
		return nil, err
	}
	select {
	case m, ok := <-p.answer:
		if err := c.answered(m, ok, &AttachResult{}); err != nil {
			return nil, err
		}
		return &takenConn{c.conn, c.in.Stream()}, nil
	case <-ctx.Done():
		// The answer, should it come, would end the protocol: nothing can follow.
		c.forget(id)
		c.Close()
		return nil, context.Cause(ctx)
	}
}

// takenConn is a connection of which the first bytes have been read already.
type takenConn struct {
	net.Conn
	r io.Reader
}

func (t *takenConn) Read(p []byte) (int, error) { return t.r.Read(p) }

// CloseWrite tells the other end that no more is sent; what it says is still read.
func (t *takenConn) CloseWrite() error {
	half, ok := t.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}
