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
		f := &s.program.Files[c.file]
		arg := s.argument(&c, 0)
		if value, ok := f.Tree.String(arg); ok {
			if file := f.Module(value, name != "require"); file >= 0 {
				s.load(name, file, &c.results)
				return
			}
			s.markUnknown(c.result(0), s.reasonAt(&c, "its table comes from "+name+" of "+value+", which is no file of the workspace"))
			return
		}
		before, behind := ends(f.Tree, arg)
		m := s.meant(name, before, behind)
		if len(m.files) == 0 || len(m.files) == 1 && m.files[0] == int(c.file) {
			s.markUnknown(c.result(0), s.reasonAt(&c, "its table comes from "+name+" of a name that is computed"))
			return
		}
		s.loadMeant(m, &c)
	}
}

// load hands over what loading a file gives.
func (s *solver) load(name string, file int, to *tuple) {
	s.loaded[file] = true
	chunk := s.chunks[file]
	switch name {
	case "loadfile":
		s.unify(to.first(), chunk)
	case "require":
		s.unify(to.first(), s.result(chunk, 0))
	default:
		s.rows(&s.shapeOf(chunk).results, *to)
	}
}

// meant are the files that a computed name may mean, and what loading any of them gives: what is
// handed over once is not handed over again for each call.
type meant struct {
	loader  string
	files   []int
	results tuple
	left    int // the file that has not been handed over: nothing loads itself; -1: all have been, -2: none has
}

type meaning struct{ loader, before, behind string }

// meant are the files whose names begin and end so.
func (s *solver) meant(loader, before, behind string) *meant {
	key := meaning{loader, before, behind}
	m := s.meanings[key]
	if m == nil {
		m = &meant{loader: loader, left: -2}
		for k := range s.program.Files {
			if loader != "require" || mayMean(s.program.Files[k].Modules, before, behind) {
				m.files = append(m.files, k)
			}
		}
		s.meanings[key] = m
	}
	return m
}

// loadMeant hands over to a call what any of the files gives but its own.
func (s *solver) loadMeant(m *meant, c *call) {
	switch own := int(c.file); m.left {
	case -1, own:
	case -2:
		for range open {
			m.results.list = append(m.results.list, s.fresh())
		}
		m.results.rest = s.fresh()
		m.left = -1
		for _, file := range m.files {
			if file == own {
				m.left = own
			} else if s.step() {
				s.load(m.loader, file, &m.results)
			}
		}
	default:
		s.load(m.loader, m.left, &m.results)
		m.left = -1
	}
	if m.loader == "dofile" {
		s.rows(&m.results, c.results)
	} else {
		s.unify(c.result(0), m.results.first())
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
