package flow

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Loads returns the numbers of the files that a file may load.
func Loads(p *Program, file int) []int {
	f := &p.Files[file]
	t := f.Tree
	seen := map[int]bool{}
	var list []int
	add := func(i int) {
		if i >= 0 && !seen[i] {
			seen[i] = true
			list = append(list, i)
		}
	}
	for _, loader := range []string{"require", "dofile", "loadfile"} {
		for _, use := range f.Vars.Globals[loader] {
			arg := syntax.None
			switch parent := t.Parent(use.Node); {
			case t.Kind(parent) == syntax.Call && t.First(parent) == use.Node:
				arg = t.First(t.Child(parent, 1))
			case t.Kind(parent) == syntax.Args: // pcall(require, "a")
				arg = t.Next(use.Node)
			}
			if name, ok := t.String(arg); ok {
				add(f.Module(name, loader != "require"))
				continue
			}
			before, behind := ends(t, arg)
			for k := range p.Files {
				if loader != "require" || mayMean(p.Files[k].Modules, before, behind) {
					add(k)
				}
			}
		}
	}
	return list
}

// load are require, dofile and loadfile: of a name that is written the file's own, of
// others those of all files that it may mean.
func load(name string) effect {
	return func(s *solver, i int, c call) {
		path := name != "require"
		give := func(file int) {
			s.loaded[file] = true
			chunk := s.chunks[file]
			switch name {
			case "loadfile":
				s.unify(c.result(0), chunk)
			case "require":
				s.unify(c.result(0), s.result(chunk, 0))
			default:
				s.rows(&s.shapeOf(chunk).results, c.results)
			}
		}
		f := &s.program.Files[c.file]
		arg := s.argument(&c, 0)
		if value, ok := f.Tree.String(arg); ok {
			if file := f.Module(value, path); file >= 0 {
				give(file)
				return
			}
			s.markUnknown(c.result(0), s.reasonAt(&c, "its table comes from "+name+" of "+value+", which is no file of the workspace"))
			return
		}
		before, behind := ends(f.Tree, arg)
		found := false
		for k := range s.program.Files {
			if k != int(c.file) && (path || mayMean(s.program.Files[k].Modules, before, behind)) {
				give(k)
				found = true
			}
		}
		if !found {
			s.markUnknown(c.result(0), s.reasonAt(&c, "its table comes from "+name+" of a name that is computed"))
		}
	}
}

// ends are what a concatenation surely begins and ends with.
func ends(t *syntax.Tree, n syntax.Node) (before, behind string) {
	left, right := n, n
	for t.Kind(left) == syntax.Binary && t.TokenKind(t.Token(left)) == syntax.Concat {
		left = t.First(left)
	}
	for t.Kind(right) == syntax.Binary && t.TokenKind(t.Token(right)) == syntax.Concat {
		right = t.Child(right, 1)
	}
	before, _ = t.String(left)
	behind, _ = t.String(right)
	return strings.ReplaceAll(before, "/", "."), strings.ReplaceAll(behind, "/", ".")
}

// mayMean tells whether a module can have a name with that beginning and end.
func mayMean(module, before, behind string) bool {
	for name := module; name != ""; {
		if strings.HasPrefix(name, before) && strings.HasSuffix(name, behind) {
			return true
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return false
		}
		name = rest
	}
	return before == "" && behind == ""
}
