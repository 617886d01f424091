package catalog

import (
	"errors"
	"maps"
	"sync"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// errOnlyDescribed is the error of a tool that is called through a catalogue, which
// nobody does.
var errOnlyDescribed = errors.New("the tool is only described here")

func described(d *tool.Descriptor) tool.Definition {
	return tool.Definition{Descriptor: d, New: func() (tool.Tool, error) { return nil, errOnlyDescribed }}
}

// merge makes the registry of a content's tools and those of its base, and the tools
// that are made already.
func merge(c Content) (*tools.Registry, *sync.Map) {
	own := map[string]bool{}
	made := &sync.Map{}
	var defs []tool.Definition
	for _, t := range c.Tools {
		own[t.Name] = true
	}
	for _, d := range c.Base.reg.Known() {
		if own[d.Name] {
			continue
		}
		if t := c.Base.known(d); t != nil {
			made.Store(d, t)
		}
		defs = append(defs, described(d))
	}
	clear(own)
	for _, t := range c.Tools { // behind the base's: they cannot take its names as aliases
		if !own[t.Name] {
			own[t.Name] = true
			made.Store(t.descriptor, t)
			defs = append(defs, described(t.descriptor))
		}
	}
	reg := tools.NewRegistry()
	register(reg, defs)
	return reg, made
}

// register leaves out the tools that are wrong, or take another's name.
func register(reg *tools.Registry, defs []tool.Definition) {
	switch {
	case reg.Register(defs...) == nil:
	case len(defs) > 1:
		half := len(defs) / 2
		register(reg, defs[:half])
		register(reg, defs[half:])
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
