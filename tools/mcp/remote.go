package mcp

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Limits on what a server says about its tools.
const (
	maxTools       = 1000
	maxDescription = 8 << 10
	maxSchema      = 256 << 10
)

// register reads the server's tools and puts them in the registry in place of
// those that it had before.
func (s *server) register(ctx context.Context, session *sdk.ClientSession) error {
	var defs []tool.Definition
	var names []string
	taken := map[string]bool{}
	for t, err := range session.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		if len(defs) == maxTools {
			s.owner.opt.Log.Warn("an MCP server has too many tools; the first are taken", "server", s.cfg.Name, "tools", maxTools)
			break
		}
		d := s.describe(t)
		if t.Name == "" || len(t.Name) > 128 || taken[fold(t.Name)] {
			s.owner.opt.Log.Warn("a tool of an MCP server is left out: its name is missing, too long or taken", "server", s.cfg.Name, "tool", clip(t.Name, 128))
			continue
		}
		taken[fold(t.Name)] = true
		names = append(names, d.Name)
		defs = append(defs, tool.Static(d, s.runner(t.Name)))
	}
	if err := s.owner.reg.Replace(Prefix+s.cfg.Name+"/", defs...); err != nil {
		return err
	}
	s.setNames(names)
	return nil
}

// describe turns what a server says about a tool into a descriptor. Its hints are not
// believed: every tool may have side effects.
func (s *server) describe(t *sdk.Tool) *tool.Descriptor {
	need := tool.Processes
	if s.cfg.URL != "" {
		need = tool.Network
	}
	description := t.Description
	if description == "" {
		description = firstText(t.Title, "A tool of the MCP server "+s.cfg.Name)
	}
	d := &tool.Descriptor{
		Name: Prefix + s.cfg.Name + "/" + t.Name, Category: Category, Version: "1.0.0", Tags: []string{"mcp", s.cfg.Name},
		Description: clip(description, maxDescription), Security: tool.Restricted, Needs: []tool.Need{need}, SideEffects: true,
		Parameters: foreignSchema(t.InputSchema), Timeout: s.cfg.Timeout,
		Result: &schema.Schema{Description: "The server's structured content; or {content}: a list of {type: text, text}, " +
			"{type: image or audio, mime_type, data in Base64}, {type: resource, uri, mime_type, text or blob} and {type: resource_link, uri, name}"},
	}
	if d.Timeout == 0 {
		d.Timeout = CallTimeout
	}
	switch {
	case len(d.Parameters.Types) == 0:
		d.Parameters.Types = []schema.Type{schema.Object} // whatever else it says, it is called with one
	case len(d.Parameters.Types) != 1 || d.Parameters.Types[0] != schema.Object:
		d.Parameters = schema.Map("")
	}
	if t.OutputSchema != nil {
		d.Result = foreignSchema(t.OutputSchema)
	}
	return d
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// runner makes the function that calls a tool of the server.
func (s *server) runner(name string) tool.Func {
	return func(ctx context.Context, call *tool.Call) (*tool.Result, error) {
		if call.Sandbox != s.owner.opt.Sandbox {
			if err := s.cfg.permitted(call.Sandbox); err != nil {
				return nil, err
			}
		}
		l, err := s.connect(ctx)
		if err != nil {
			return nil, err
		}
		token, forget := s.expect(func(p tool.Progress) { call.Report(p.Done, p.Total, p.Message) })
		defer forget()
		params := &sdk.CallToolParams{Name: name, Arguments: map[string]any(call.Params)}
		if call.Params == nil {
			params.Arguments = map[string]any{}
		}
		params.SetProgressToken(token)
		res, err := l.session.CallTool(ctx, params)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, s.failed(l, err)
		}
		return s.result(res)
	}
}

// failed explains why a call was not answered: the server refused it, or the
// connection has ended, and is then given up.
func (s *server) failed(l *link, err error) error {
	var refused *jsonrpc.Error
	if errors.As(err, &refused) {
		return explained(&s.cfg, tool.RemoteFailed, "refused the call: %s", refused.Message)
	}
	if !errors.Is(err, sdk.ErrConnectionClosed) && !errors.Is(err, io.EOF) && s.cfg.Command != "" && !l.dead() {
		return explained(&s.cfg, tool.RemoteFailed, "gave an answer that cannot be read: %w", err)
	}
	s.drop(l)
	if s.cfg.URL != "" {
		return explained(&s.cfg, tool.RemoteFailed, "failed in the middle of the call: %w; the next call connects again", err)
	}
	words := l.carrier.lastWords()
	if words != "" {
		words = " (it said: " + words + ")"
	}
	return explained(&s.cfg, tool.RemoteFailed, "ended in the middle of the call%s; the next call starts it again", words)
}

// result turns an answer into ours.
func (s *server) result(res *sdk.CallToolResult) (*tool.Result, error) {
	if res.NeedsInput() {
		return nil, explained(&s.cfg, tool.Unsupported, "asks for more input in the middle of a call, which is not supported")
	}
	texts, items, rich := contents(res.Content)
	text := strings.Join(texts, "\n")
	if res.IsError {
		e := explained(&s.cfg, tool.RemoteFailed, "answered: %s", firstText(strings.TrimSpace(text), "the tool failed"))
		if res.StructuredContent != nil {
			e.Details["content"] = res.StructuredContent
		}
		return nil, e
	}
	out := &tool.Result{Value: res.StructuredContent}
	switch {
	case out.Value == nil:
		out.Value = map[string]any{"content": items}
	case rich: // images beside the structured content
		out.Metadata = map[string]any{"content": items}
	}
	if len(texts) > 0 {
		out.Text = &text
	}
	return out, nil
}

// contents gives content blocks as JSON-like values. rich tells whether there is
// more than text.
func contents(list []sdk.Content) (texts []string, items []any, rich bool) {
	items = []any{}
	for _, c := range list {
		item := map[string]any{}
		switch c := c.(type) {
		case *sdk.TextContent:
			texts = append(texts, c.Text)
			item["type"], item["text"] = "text", c.Text
		case *sdk.ImageContent:
			item["type"], item["mime_type"], item["data"] = "image", c.MIMEType, base64.StdEncoding.EncodeToString(c.Data)
		case *sdk.AudioContent:
			item["type"], item["mime_type"], item["data"] = "audio", c.MIMEType, base64.StdEncoding.EncodeToString(c.Data)
		case *sdk.ResourceLink:
			item["type"], item["uri"], item["name"] = "resource_link", c.URI, c.Name
		case *sdk.EmbeddedResource:
			item["type"] = "resource"
			if r := c.Resource; r != nil {
				item["uri"], item["mime_type"] = r.URI, r.MIMEType
				if r.Blob != nil {
					item["blob"] = base64.StdEncoding.EncodeToString(r.Blob)
				} else {
					item["text"] = r.Text
				}
			}
		default:
			item["type"] = "unknown"
		}
		rich = rich || item["type"] != "text"
		items = append(items, item)
	}
	return texts, items, rich
}
