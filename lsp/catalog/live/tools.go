package live

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Bounds of what a kernel says about its tools.
const (
	maxTools        = 3000
	maxSessionTools = 100 // of one session
	maxDescription  = 8 << 10
	// describing is the time for all descriptions in one round; the rest come in the
	// next.
	describing = 10 * time.Second
)

// known is a tool of the kernel's.
type known struct {
	summary tools.Summary
	said    tools.Description // of a tool that this program has not
	at      time.Time         // when it was said; zero for this program's tools
	tool    *catalog.Tool
}

// toolList are the kernel's tools. Those that this program has too are its own.
func (f *fetcher) toolList(ctx context.Context, base *catalog.Catalog) ([]*catalog.Tool, error) {
	list, err := within(ctx, func(ctx context.Context) ([]tools.Summary, error) { return f.client.Tools(ctx, rpc.ToolFilter{}) })
	if err != nil {
		return nil, err
	}
	next := map[string]*known{}
	var out []*catalog.Tool
	foreign := false
	end := time.Now().Add(describing)
	for _, s := range list[:min(len(list), maxTools)] {
		if !usable(s.Name) || next[s.Name] != nil {
			continue
		}
		k := f.tools[s.Name]
		if k == nil || !reflect.DeepEqual(k.summary, s) || !k.at.IsZero() && time.Since(k.at) > f.recheck {
			if time.Now().Before(end) {
				k, err = f.describe(ctx, base, s, k)
			}
			if err != nil && (ctx.Err() != nil || f.client.Err() != nil) {
				return nil, err
			}
			if k == nil { // it has just gone, or is described when there is more time
				continue
			}
		}
		next[s.Name] = k
		out = append(out, k.tool)
		foreign = foreign || k.tool != base.Tool(s.Name)
	}
	f.tools = next
	own, err := f.sessionTools(ctx)
	if err != nil {
		return nil, err
	}
	out, foreign = append(out, own...), foreign || len(own) > 0
	if !foreign { // nothing that the base has not
		return nil, nil
	}
	return out, nil
}

// sessionTools are the tools that scripts have registered in the sessions that were used
// last.
func (f *fetcher) sessionTools(ctx context.Context) ([]*catalog.Tool, error) {
	var out []*catalog.Tool
	for _, id := range f.recent {
		v := f.vars[id]
		if v.asksTools {
			list, err := f.askSession(ctx, id, v.tools)
			if ctx.Err() != nil || f.client.Err() != nil {
				return nil, err
			}
			v.tools, v.asksTools = list, err != nil && errors.Is(err, context.DeadlineExceeded)
		}
		out = append(out, v.tools...)
	}
	return out, nil
}

// askSession asks for the tools of a session. Those that have not changed stay the same.
func (f *fetcher) askSession(ctx context.Context, session string, old []*catalog.Tool) ([]*catalog.Tool, error) {
	list, err := within(ctx, func(ctx context.Context) ([]tools.Summary, error) {
		return f.client.Tools(ctx, rpc.ToolFilter{Session: session})
	})
	if err != nil {
		return nil, err
	}
	var out []*catalog.Tool
	for _, s := range list[:min(len(list), maxSessionTools)] {
		if !usable(s.Name) {
			continue
		}
		d, err := within(ctx, func(ctx context.Context) (tools.Description, error) {
			return f.client.SessionTool(ctx, session, s.Name)
		})
		if err != nil {
			return out, err
		}
		t := catalog.NewTool(descriptor(s, d), f.source+" · session "+clip(session, 40))
		for _, have := range old {
			if have.Source == t.Source && reflect.DeepEqual(have.Describe(), t.Describe()) {
				t = have
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// describe finds out about a tool. old is what was known of it; nil for nothing.
func (f *fetcher) describe(ctx context.Context, base *catalog.Catalog, s tools.Summary, old *known) (*known, error) {
	own := base.Tool(s.Name)
	if own != nil && !reflect.DeepEqual(own.Summary, s) {
		own = nil
	}
	if own != nil && f.same {
		return &known{summary: s, tool: own}, nil
	}
	d, err := within(ctx, func(ctx context.Context) (tools.Description, error) { return f.client.Tool(ctx, s.Name) })
	switch {
	case err != nil:
		return old, err
	case own != nil && reflect.DeepEqual(plain(own.Params), d.Parameters):
		return &known{summary: s, tool: own}, nil
	case old != nil && reflect.DeepEqual(old.summary, s) && reflect.DeepEqual(old.said, d):
		return &known{s, d, time.Now(), old.tool}, nil
	}
	return &known{s, d, time.Now(), catalog.NewTool(descriptor(s, d), f.source)}, nil
}

// plain is a schema as it comes from a kernel.
func plain(s *schema.Schema) any {
	var out any
	if text, err := json.Marshal(s); err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return out
}

// descriptor makes of a description what this program has of its own tools.
func descriptor(s tools.Summary, d tools.Description) *tool.Descriptor {
	out := &tool.Descriptor{
		Name: s.Name, Aliases: slices.DeleteFunc(slices.Clone(s.Aliases), func(a string) bool { return !usable(a) }),
		Category: clip(s.Category, maxShown), Tags: s.Tags, Description: cut(s.Description), Version: clip(s.Version, maxShown),
		Security: tool.Security(clip(s.Security, maxShown)), Needs: s.Needs, SideEffects: d.SideEffects,
		Parameters: parameters(d.Parameters),
	}
	if d.Result != nil {
		if r, err := schema.Parse(d.Result); err == nil {
			out.Result = r
		}
	}
	for _, e := range d.Examples {
		out.Examples = append(out.Examples, tool.Example{Description: cut(e.Description), Params: e.Params, Files: e.Files, Want: e.Want})
	}
	return out
}

// parameters reads a schema. One that this program does not understand allows
// everything: nothing wrong is said about it.
func parameters(v any) *schema.Schema {
	s, err := schema.Parse(v)
	if err != nil || len(s.Types) > 1 || len(s.Types) == 1 && s.Types[0] != schema.Object {
		return schema.Map("")
	}
	s.Types = []schema.Type{schema.Object}
	return s
}

// cut shortens a text of several lines.
func cut(s string) string {
	if len(s) > maxDescription {
		s = s[:maxDescription] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
