package library

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// spec is what the stub files declare, as the checks in contract.lua want it.
type spec struct {
	classes   map[string]*class
	aliases   map[string]luacats.Type
	functions map[string]*function // Tool.get, llmspell.Stream:next
	variables map[string]luacats.Type
	docs      []doc // examples

	code  string         // that compares, once it is made
	cache *runtime.Cache // has it compiled
}

func newSpec() *spec {
	return &spec{
		classes: map[string]*class{}, aliases: map[string]luacats.Type{}, functions: map[string]*function{}, variables: map[string]luacats.Type{},
		cache: runtime.NewCache(),
	}
}

type class struct {
	tag    *luacats.ClassTag
	colon  bool
	fields []*luacats.FieldTag
}

type function struct {
	params    []*luacats.ParamTag
	names     []string // as the stub has them
	results   []luacats.FuncResult
	overloads []*luacats.FuncType
	generics  []string
	text      string
}

// doc is documentation and where it is.
type doc struct{ name, text string }

var (
	functionLine = regexp.MustCompile(`^function ([\w.]+)([.:])(\w+)\((.*)\) end$`)
	globalLine   = regexp.MustCompile(`^function (\w+)\((.*)\) end$`)
	tableLine    = regexp.MustCompile(`^(?:local )?([\w.]+) = `)
)

// readSpec reads all stub files, and fails the test on what is wrong with them.
func readSpec(t *testing.T) *spec {
	t.Helper()
	s := newSpec()
	for _, name := range Names() {
		s.file(t.Errorf, name, Files()[name])
	}
	return s
}

// file reads one file, and tells fail what is wrong with it.
func (s *spec) file(fail func(string, ...any), name, text string) {
	tree := syntax.Parse(text)
	for _, e := range tree.Errors() {
		fail("%s: %s", name, e.Message)
	}
	notes := luacats.Read(text, tree.Tokens())
	for _, e := range notes.Errors {
		fail("%s:%d: %s", name, 1+strings.Count(text[:e.Start], "\n"), e.Message)
	}
	if !notes.Meta {
		fail("%s has no @meta", name)
	}
	locals := map[string]string{} // the class that a local table is
	for _, b := range notes.Blocks {
		where := fmt.Sprintf("%s:%d", name, 1+strings.Count(text[:b.Start], "\n"))
		rest, _, _ := strings.Cut(strings.TrimPrefix(text[b.End:], "\n"), "\n")
		s.docs = append(s.docs, doc{where, b.Doc})
		var c *class
		for _, tag := range b.Tags {
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				s.docs = append(s.docs, doc{where, tag.Text})
				c = &class{tag: tag}
				s.classes[tag.Name.Text] = c
			case *luacats.FieldTag:
				c.fields = append(c.fields, tag)
			case *luacats.AliasTag:
				s.aliases[tag.Name.Text] = tag.Type
			case *luacats.FlagTag:
				if tag.Word.Text == "colon" {
					c.colon = true
				}
			case *luacats.UnknownTag:
				fail("%s: unknown tag %s", where, tag.Word.Text)
			}
		}
		if m := functionLine.FindStringSubmatch(rest); m != nil {
			owner := m[1]
			if of, ok := locals[owner]; ok {
				owner = of
			}
			s.function(fail, where, owner+m[2]+m[3], m[4], b)
		} else if m := globalLine.FindStringSubmatch(rest); m != nil {
			s.function(fail, where, m[1], m[2], b)
		} else if m := tableLine.FindStringSubmatch(rest); m != nil {
			if c != nil && strings.HasPrefix(rest, "local ") || c != nil && strings.Contains(m[1], ".") {
				locals[m[1]] = c.tag.Name.Text
			} else if c == nil {
				s.variables[m[1]] = nil
				if tag := luacats.First[*luacats.TypeTag](b); tag != nil {
					s.variables[m[1]] = tag.Types[0]
				}
			}
		} else if rest != "" {
			fail("%s: comments that belong to nothing: %q", where, rest)
		}
	}
}

func (s *spec) function(fail func(string, ...any), where, name, params string, b *luacats.Block) {
	f := &function{text: b.Doc}
	for _, p := range strings.Split(params, ",") {
		if p = strings.TrimSpace(p); p != "" {
			f.names = append(f.names, p)
		}
	}
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.ParamTag:
			f.params = append(f.params, tag)
		case *luacats.ReturnTag:
			f.results = append(f.results, tag.Results...)
		case *luacats.OverloadTag:
			f.overloads = append(f.overloads, tag.Func)
		case *luacats.GenericTag:
			for _, p := range tag.Params {
				f.generics = append(f.generics, p.Name.Text)
			}
		}
	}
	var documented []string
	for _, p := range f.params {
		documented = append(documented, p.Name.Text)
	}
	if !slices.Equal(documented, f.names) {
		fail("%s: %s has the parameters %v, documented are %v", where, name, f.names, documented)
	}
	if s.functions[name] != nil {
		fail("%s: %s is declared twice", where, name)
	}
	s.functions[name] = f
}

// lua writes the spec as a Lua table.
func (s *spec) lua() string {
	var b strings.Builder
	b.WriteString("{classes = {\n")
	for _, name := range sorted(s.classes) {
		c := s.classes[name]
		fmt.Fprintf(&b, "[%q] = {exact = %v, colon = %v, parents = %s, fields = {", name, c.tag.Exact, c.colon, luaTypes(c.tag.Parents))
		for _, f := range c.fields {
			fmt.Fprintf(&b, "{name = %s, key = %s, optional = %v, type = %s}, ", luaName(f.Name.Text), luaType(f.Key), f.Optional, luaType(f.Type))
		}
		var params []string
		for _, p := range c.tag.Params {
			params = append(params, p.Name.Text)
		}
		fmt.Fprintf(&b, "}, generics = %s},\n", luaWords(params))
	}
	b.WriteString("}, aliases = {\n")
	for _, name := range sorted(s.aliases) {
		fmt.Fprintf(&b, "[%q] = %s,\n", name, luaType(s.aliases[name]))
	}
	b.WriteString("}, functions = {\n")
	for _, name := range sorted(s.functions) {
		f := s.functions[name]
		main := &luacats.FuncType{Results: f.results}
		for _, p := range f.params {
			main.Params = append(main.Params, luacats.FuncParam{Name: p.Name, Optional: p.Optional, Type: p.Type})
		}
		fmt.Fprintf(&b, "[%q] = {generics = %s, ways = {%s", name, luaWords(f.generics), luaType(main))
		for _, o := range f.overloads {
			if strings.Contains(name, ":") && len(o.Params) > 0 && o.Params[0].Name.Text == "self" { // the object is not compared
				o = &luacats.FuncType{Params: o.Params[1:], Results: o.Results}
			}
			b.WriteString(", " + luaType(o))
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}}")
	return b.String()
}

func sorted[T any](m map[string]T) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func luaName(s string) string {
	if s == "" {
		return "nil"
	}
	return strconv.Quote(s)
}

func luaWords(words []string) string {
	var b strings.Builder
	for _, w := range words {
		fmt.Fprintf(&b, "[%q] = true, ", w)
	}
	return "{" + b.String() + "}"
}

func luaTypes(ts []luacats.Type) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, luaType(t))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// luaType writes a type expression as a Lua table {kind, …}.
func luaType(t luacats.Type) string {
	switch t := t.(type) {
	case nil:
		return "nil"
	case *luacats.NameType:
		return fmt.Sprintf(`{"name", %q, %s}`, t.Name.Text, luaTypes(t.Args))
	case *luacats.LiteralType:
		return fmt.Sprintf(`{"literal", %#v}`, t.Value)
	case *luacats.UnionType:
		return `{"union", ` + luaTypes(t.Of) + `}`
	case *luacats.OptionalType:
		return `{"union", {` + luaType(t.Of) + `, {"name", "nil", {}}}}`
	case *luacats.ArrayType:
		return `{"map", {"name", "integer", {}}, ` + luaType(t.Elem) + `}`
	case *luacats.TableType:
		var b strings.Builder
		for _, f := range t.Fields {
			fmt.Fprintf(&b, "{name = %s, key = %s, optional = %v, type = %s}, ", luaName(f.Name.Text), luaType(f.Key), f.Optional, luaType(f.Type))
		}
		return `{"table", {` + b.String() + `}}`
	case *luacats.FuncType:
		var params, results []string
		vararg, more := "nil", "nil"
		for _, p := range t.Params {
			if p.Name.Text == "..." {
				vararg = luaType(p.Type)
				if p.Type == nil {
					vararg = `{"name", "any", {}}`
				}
				continue
			}
			params = append(params, fmt.Sprintf("{name = %q, optional = %v, type = %s}", p.Name.Text, p.Optional, luaType(p.Type)))
		}
		for _, r := range t.Results {
			of := r.Type
			v, variadic := of.(*luacats.VariadicType)
			if variadic {
				of = v.Of
			}
			if variadic || r.Name.Text == "..." {
				if more = luaType(of); of == nil {
					more = `{"name", "any", {}}`
				}
				continue
			}
			results = append(results, luaType(of))
		}
		return fmt.Sprintf(`{"function", {%s}, %s, {%s}, %s}`, strings.Join(params, ", "), vararg, strings.Join(results, ", "), more)
	}
	panic(fmt.Sprintf("%T is not used in stubs", t))
}
