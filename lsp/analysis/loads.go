package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// load is a use of require, dofile or loadfile.
type load struct {
	loader string
	name   string // what it loads, if literal
	// literal tells whether the text says what is loaded.
	literal bool
}

// loaded yields what a file loads: require("a"), and pcall(require, "a").
func loaded(f *File) func(yield func(load) bool) {
	return func(yield func(load) bool) {
		t := f.Tree()
		for _, loader := range [...]string{"require", "dofile", "loadfile"} {
			for _, use := range f.Vars().Globals[loader] {
				arg := syntax.None
				if call := t.Parent(use.Node); t.Kind(call) == syntax.Call && t.First(call) == use.Node {
					arg = t.First(t.Child(call, 1))
				} else if t.Kind(call) == syntax.Args && t.First(call) == use.Node && use.Node != syntax.None {
					arg = t.Next(use.Node)
				}
				name, ok := t.String(arg)
				if !yield(load{loader, name, ok}) {
					return
				}
			}
		}
	}
}

// loadsOf returns the last parts of the names of files that a file loads; "*" is one that is
// computed.
func loadsOf(f *File) (list []string) {
	for l := range loaded(f) {
		name := "*"
		if l.literal {
			name = lastPart(l.name)
		}
		list = append(list, strings.Clone(name))
	}
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}

// lastPart is the last part of the name of a module, or of a path.
func lastPart(name string) string {
	name = strings.TrimSuffix(strings.ReplaceAll(name, "\\", "/"), ".lua")
	name = strings.TrimSuffix(name, "/init")
	return name[strings.LastIndexAny(name, "./")+1:]
}

// modulesOf returns the names of the modules that a file loads, as require takes them:
// "a.b" for dofile("./a/b.lua") too.
func modulesOf(f *File) (list []string) {
	for l := range loaded(f) {
		switch {
		case !l.literal:
		case l.loader == "require":
			list = append(list, strings.Clone(l.name))
		default:
			name := strings.TrimPrefix(strings.TrimSuffix(l.name, ".lua"), "./")
			list = append(list, strings.ReplaceAll(name, "/", "."))
		}
	}
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}
