package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxCalls bounds the calls that a server works on at a time, over all its
// clients. Further ones wait.
const maxCalls = 64

// ServerOptions of a server.
type ServerOptions struct {
	Version string             // of llmspell, for clients to see
	Tools   []*tool.Descriptor // those that are offered
	Log     *slog.Logger       // nil: no log
}

// NewServer makes a server that offers tools. Each call goes through the Invoker, with its
// sandbox and limits; calls that are under way end when ctx does.
func NewServer(ctx context.Context, inv *tools.Invoker, opt ServerOptions) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "llmspell", Title: "llmspell tools", Version: opt.Version}, &sdk.ServerOptions{
		Logger: opt.Log,
		// No logging: that part of the protocol is deprecated, and ours goes to stderr.
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{ListChanged: true}},
		PageSize:     1000,
	})
	c := &caller{ctx: ctx, inv: inv, slots: make(chan struct{}, maxCalls)}
	offered := make(map[string]bool, len(opt.Tools))
	for _, d := range opt.Tools {
		s.AddTool(Describe(d), c.handler(d))
		offered[d.Name] = true
	}
	s.AddReceivingMiddleware(c.names(offered))
	return s
}

// names lets clients call tools by all their names, as scripts do, and tells those
// that call none what they could have meant.
func (c *caller) names(offered map[string]bool) sdk.Middleware {
	return func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
			call, ok := req.(*sdk.CallToolRequest)
			if !ok || call.Params == nil || offered[call.Params.Name] {
				return next(ctx, method, req)
			}
			name, why := call.Params.Name, ""
			switch d, known := c.known(name); {
			case known && offered[d.Name]:
				call.Params.Name = d.Name
				return next(ctx, method, req)
			case known:
				why = fmt.Sprintf("the tool %q is not offered by this server: it was left out by its flags, or could do nothing under its permissions", d.Name)
			default:
				why = fmt.Sprintf("there is no tool named %q", clip(name, 80))
				if near := schema.Nearest(name, slices.Sorted(maps.Keys(offered))); near != "" {
					why += fmt.Sprintf("; did you mean %q?", near)
				}
			}
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "unknown tool: " + why}
		}
	}
}

// known finds a tool of ours. Those of other servers are not passed on, nor looked for.
func (c *caller) known(name string) (*tool.Descriptor, bool) {
	if strings.HasPrefix(fold(name), Prefix) {
		return nil, false
	}
	return c.inv.Registry().Get(name)
}

// Describe writes a descriptor as the protocol has it.
func Describe(d *tool.Descriptor) *sdk.Tool {
	open := d.NeedsAny(tool.Network, tool.Processes)
	t := &sdk.Tool{
		Name: d.Name, Description: d.Description, InputSchema: portable(d.Parameters.JSON()),
		Annotations: &sdk.ToolAnnotations{
			ReadOnlyHint: !d.SideEffects, DestructiveHint: &d.SideEffects, IdempotentHint: !d.SideEffects, OpenWorldHint: &open,
		},
	}
	if d.Result != nil && len(d.Result.Types) == 1 && d.Result.Types[0] == schema.Object {
		t.OutputSchema = portable(d.Result.JSON())
	}
	return t
}

// portable removes from a JSON Schema the patterns: they are written for Go, and a
// client may not even read them. The Invoker checks them, and says so.
func portable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			if _, isText := item.(string); k == "pattern" && isText {
				continue
			}
			out[k] = portable(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = portable(item)
		}
		return out
	}
	return v
}

// caller makes the calls of a server's clients.
type caller struct {
	ctx   context.Context // ends all calls
	inv   *tools.Invoker
	slots chan struct{}
}

func (c *caller) handler(d *tool.Descriptor) sdk.ToolHandler {
	return func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(c.ctx, cancel)()
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return failure(tool.AsError(d.Name, "", ctx.Err())), nil
		}
		params, err := arguments(req.Params.Arguments)
		if err != nil {
			return failure(tool.AsError(d.Name, "", err)), nil
		}
		var opt tools.CallOptions
		if token := req.Params.GetProgressToken(); token != nil {
			opt.Progress = (&reporter{ctx: ctx, session: req.Session, token: token}).report
		}
		response, err := c.inv.Invoke(ctx, d.Name, params, opt)
		if err != nil {
			return failure(response.Error), nil
		}
		return success(response), nil
	}
}

// arguments decodes the parameters. Whole numbers stay exact.
func arguments(raw json.RawMessage) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, &schema.FieldError{Expected: "a JSON object", Found: "text that is not JSON: " + err.Error()}
	}
	params, ok := value.(map[string]any)
	if value != nil && !ok {
		return nil, &schema.FieldError{Expected: "a JSON object", Value: value}
	}
	for k, v := range params {
		var err error
		if params[k], err = tool.Numbers(v); err != nil {
			return nil, &schema.FieldError{Path: k, Expected: "numbers that fit", Found: err.Error()}
		}
	}
	return params, nil
}

// success gives the result as structured content and, for clients that do not read
// it, as text.
func success(r *tools.Response) *sdk.CallToolResult {
	out := &sdk.CallToolResult{}
	text, err := json.Marshal(r.Result)
	if err != nil {
		return failure(tool.AsError("", r.Operation, fmt.Errorf("the result cannot be written as JSON: %w", err)))
	}
	if _, isObject := r.Result.(map[string]any); isObject {
		out.StructuredContent = json.RawMessage(text) // written once
	}
	switch {
	case r.Text != nil:
		out.Content = []sdk.Content{&sdk.TextContent{Text: *r.Text}}
	case r.Result == nil:
		out.Content = []sdk.Content{&sdk.TextContent{Text: r.Message}}
	default:
		out.Content = []sdk.Content{&sdk.TextContent{Text: string(text)}}
	}
	return out
}

// ErrorKey is where a result that is an error has its parts for programs, in its
// _meta: {code, message, details}. Its structured content stays empty: clients check
// that against the tool's output schema, also that of errors.
const ErrorKey = "llmspell/error"

// failure gives an error as a result, which models see and can act on, in the words
// that everyone else gets.
func failure(e *tool.Error) *sdk.CallToolResult {
	info := map[string]any{"code": string(e.Code), "message": e.Message}
	if len(e.Details) > 0 {
		info["details"] = e.Details
	}
	return &sdk.CallToolResult{
		IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: e.Error()}}, Meta: sdk.Meta{ErrorKey: info},
	}
}

// reportEvery bounds how often a client is told of progress.
const reportEvery = 100 * time.Millisecond

// reporter passes progress on. The protocol wants numbers that grow.
type reporter struct {
	ctx     context.Context
	session *sdk.ServerSession
	token   any
	mu      sync.Mutex
	sent    bool
	last    float64
	at      time.Time
}

func (r *reporter) report(p tool.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	finished := p.Total > 0 && p.Done >= p.Total
	if r.sent && (p.Done <= r.last || time.Since(r.at) < reportEvery && !finished) || r.ctx.Err() != nil {
		return
	}
	r.sent, r.last, r.at = true, p.Done, time.Now()
	// An error means that the client is gone, which the call learns by itself.
	_ = r.session.NotifyProgress(r.ctx, &sdk.ProgressNotificationParams{
		ProgressToken: r.token, Message: p.Message, Progress: p.Done, Total: p.Total,
	})
}
