package rpc

import (
	"cmp"
	"context"
	"os"
	"reflect"
	"strconv"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (p *peer) registry() *tools.Registry { return p.server.opts.Tools.Registry() }

// listTools is tool.list.
func (p *peer) listTools(_ ctx, f *ToolFilter) (ToolList, error) {
	switch tool.Security(f.Security) {
	case "", tool.Safe, tool.Restricted, tool.Privileged:
	default:
		return ToolList{}, badParam("security", "tool.list: security is safe, restricted or privileged, not %.40q", f.Security)
	}
	out := ToolList{Tools: []tools.Summary{}}
	filter := tools.Filter{Category: f.Category, Tag: f.Tag, Security: tool.Security(f.Security)}
	if f.Session != "" {
		h, err := p.hosted("tool.list", f.Session)
		if err != nil {
			return ToolList{}, err
		}
		for _, d := range h.Session().OwnTools() {
			if filter.Matches(d) {
				out.Tools = append(out.Tools, tools.Summarize(d))
			}
		}
		return out, nil
	}
	for _, d := range p.registry().List(filter) {
		out.Tools = append(out.Tools, tools.Summarize(d))
	}
	return out, nil
}

// toolInfo is tool.info.
func (p *peer) toolInfo(_ ctx, r *ToolParam) (tools.Description, error) {
	if r.Session != "" {
		h, err := p.hosted("tool.info", r.Session)
		if err != nil {
			return tools.Description{}, err
		}
		for _, d := range h.Session().OwnTools() {
			if d.Name == r.Name {
				return tools.Describe(d), nil
			}
		}
		return tools.Description{}, errorf(CodeNotFound, "the session %.140q has registered no tool %.140q", r.Session, r.Name)
	}
	d, ok := p.registry().Get(r.Name)
	if !ok {
		return tools.Description{}, errorf(CodeNotFound, "%v", p.registry().Unknown(r.Name))
	}
	return tools.Describe(d), nil
}

// searchTools is tool.search.
func (p *peer) searchTools(_ ctx, r *ToolSearch) (ToolList, error) {
	if r.Limit < 0 {
		return ToolList{}, badParam("limit", "tool.search: limit is negative")
	}
	out := ToolList{Tools: []tools.Summary{}}
	for _, hit := range p.registry().Search(r.Query, tools.Filter{}, r.Limit) {
		out.Tools = append(out.Tools, tools.Summarize(hit.Descriptor))
	}
	return out, nil
}

// invokeMethod is tool.invoke. A quick call is made on the goroutine that reads.
func invokeMethod() *method {
	m := slow("tool.invoke", "Calls a tool.", (*peer).invoke).isWork()
	m.result = reflect.TypeFor[ToolResponse]()
	m.async = func(p *peer, params any) bool {
		r := params.(*InvokeParams)
		h, err := p.server.opts.Tools.HandleContext(p.ctx, r.Name)
		return err != nil || r.Retries != 0 || !h.Quick(r.Params)
	}
	return m
}

func (p *peer) invoke(ctx context.Context, r *InvokeParams) (any, error) {
	switch {
	case r.Name == "":
		return nil, badParam("name", "tool.invoke: the parameter \"name\" is missing")
	case r.TimeoutMS < 0:
		return nil, badParam("timeout_ms", "tool.invoke: timeout_ms is negative")
	case r.Retries < 0 || r.Retries > 100:
		return nil, badParam("retries", "tool.invoke: retries must be between 0 and 100")
	}
	box, err := p.toolbox(r.Session)
	if err != nil {
		return nil, err
	}
	response, _ := p.server.opts.Tools.Invoke(ctx, r.Name, r.Params, tools.CallOptions{
		Timeout: milliseconds(r.TimeoutMS), Sandbox: box, NoCache: r.NoCache, Retries: r.Retries,
	})
	return response.Map(), nil
}

// toolbox is what a tool may touch.
func (p *peer) toolbox(session string) (*sandbox.Sandbox, error) {
	if session != "" {
		h, err := p.hosted("tool.invoke", session)
		if err != nil {
			return nil, err
		}
		return h.Session().Sandbox(), nil
	}
	p.boxOnce.Do(func() {
		dir := p.cwd
		if dir == "" {
			dir, _ = os.Getwd() // sandbox.New finds it again, and says why not
		}
		box, err := p.sandbox(p.hello.Permissions, dir, cmp.Or(dir, "."), nil)
		if err != nil {
			p.boxErr = asError(p.ctx, err)
		}
		p.box = box
	})
	if p.boxErr != nil {
		return nil, p.boxErr
	}
	return p.box, nil
}
