package live

import (
	"context"
	"encoding/json"
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
	maxTools       = 3000
	maxDescription = 8 << 10
	// describing is the time for all descriptions in one round; the rest come in the
	// next.
	describing = 10 * time.Second
)

// known is a tool of the kernel's.
type known struct {
	summary    tools.Summary
	descriptor *tool.Descriptor
}

// toolList are the kernel's tools. Those that this program has too are its own.
func (f *fetcher) toolList(ctx context.Context, base *catalog.Catalog) ([]*tool.Descriptor, error) {
	list, err := within(ctx, func(ctx context.Context) ([]tools.Summary, error) { return f.client.Tools(ctx, rpc.ToolFilter{}) })
	if err != nil {
		return nil, err
	}
	next := map[string]*known{}
	var out []*tool.Descriptor
	end := time.Now().Add(describing)
	for _, s := range list[:min(len(list), maxTools)] {
		if !usable(s.Name) || next[s.Name] != nil {
			continue
		}
		k := f.tools[s.Name]
		if k == nil || !reflect.DeepEqual(k.summary, s) {
			if time.Now().After(end) {
				continue
			}
			if k, err = f.describe(ctx, base, s); err != nil {
				if ctx.Err() != nil || f.client.Err() != nil {
					return nil, err
				}
				continue // it has just gone, or is described when there is more time
			}
		}
		next[s.Name] = k
		out = append(out, k.descriptor)
	}
	f.tools = next
	for _, d := range out {
		if t := base.Tool(d.Name); t == nil || t.Descriptor() != d {
			return out, nil
		}
	}
	return nil, nil // nothing that the base has not
}

// describe finds out about a tool.
func (f *fetcher) describe(ctx context.Context, base *catalog.Catalog, s tools.Summary) (*known, error) {
	own := base.Tool(s.Name)
	if own != nil && (own.Name != s.Name || !reflect.DeepEqual(own.Summary, s)) {
		own = nil
	}
	if own != nil && f.same {
		return &known{s, own.Descriptor()}, nil
	}
	d, err := within(ctx, func(ctx context.Context) (tools.Description, error) { return f.client.Tool(ctx, s.Name) })
	if err != nil {
		return nil, err
	}
	if own != nil && reflect.DeepEqual(plain(own.Params), d.Parameters) {
		return &known{s, own.Descriptor()}, nil
	}
	return &known{s, descriptor(s, d)}, nil
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
