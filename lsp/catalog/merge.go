package catalog

import (
	"errors"
	"maps"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// errOnlyDescribed is the error of a tool that is called through a catalogue, which
// nobody does.
var errOnlyDescribed = errors.New("the tool is only described here")

func described(d *tool.Descriptor) tool.Definition {
	return tool.Definition{Descriptor: d, New: func() (tool.Tool, error) { return nil, errOnlyDescribed }}
}

// merge makes the registry of a content's tools and those of its base.
func merge(c Content) (*tools.Registry, map[*tool.Descriptor]string) {
	sources := map[*tool.Descriptor]string{}
	own := map[string]bool{}
	var defs []tool.Definition
	for _, d := range c.Tools {
		if own[d.Name] {
			continue
		}
		own[d.Name] = true
		defs = append(defs, described(d))
		if base, ok := c.Base.reg.KnownTool(d.Name); !ok || base != d { // else it is as Base has it
			sources[d] = c.Source
		} else if from, ok := c.Base.sources[d]; ok {
			sources[d] = from
		}
	}
	for _, d := range c.Base.reg.Known() {
		if !own[d.Name] {
			defs = append(defs, described(d))
			if from, ok := c.Base.sources[d]; ok {
				sources[d] = from
			}
		}
	}
	reg := tools.NewRegistry()
	register(reg, defs, sources)
	return reg, sources
}

// register leaves out the tools that are wrong, or take another's name.
func register(reg *tools.Registry, defs []tool.Definition, sources map[*tool.Descriptor]string) {
	switch {
	case reg.Register(defs...) == nil:
	case len(defs) == 1:
		delete(sources, defs[0].Descriptor)
	default:
		half := len(defs) / 2
		register(reg, defs[:half], sources)
		register(reg, defs[half:], sources)
	}
}

// mergeEntries puts own in front of base.
func mergeEntries(own, base map[string][]Entry) map[string][]Entry {
	if len(own) == 0 {
		return base
	}
	out := maps.Clone(base)
	if out == nil {
		out = map[string][]Entry{}
	}
	type key struct{ name, arg string }
	for slot, list := range own {
		taken := make(map[key]bool, len(list))
		merged := make([]Entry, 0, len(list)+len(base[slot]))
		for _, part := range [][]Entry{list, base[slot]} {
			for _, e := range part {
				if k := (key{e.Name, e.Arg}); !taken[k] {
					taken[k] = true
					merged = append(merged, e)
				}
			}
		}
		out[slot] = merged
	}
	return out
}
