package lsp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// inComment collects tags, names and types of annotations. Other comments are the
// user's own words.
func (c *completer) inComment(token int) {
	text := c.r.file.Text()
	start, _ := c.t.TokenSpan(token)
	if c.trigger != "" && c.trigger != "@" || start >= c.offset {
		return
	}
	before := text[start:c.offset]
	if at := strings.LastIndexAny(before, "\r\n"); at >= 0 {
		return // a long comment
	}
	rest, ok := strings.CutPrefix(before, "---")
	if !ok {
		c.inLuacheck(strings.TrimPrefix(before, "--"))
		return
	}
	trimmed := strings.TrimLeft(rest, " \t")
	switch tag, more, found := strings.Cut(strings.TrimPrefix(trimmed, "@"), " "); {
	case trimmed == "" && c.trigger == "":
		c.skeleton(token)
		c.tags("@")
	case strings.HasPrefix(trimmed, "|"):
		c.types()
	case !strings.HasPrefix(trimmed, "@"):
	case !found:
		c.tags("")
	default:
		c.inTag(tag, strings.TrimLeft(more, " \t"), token)
	}
}

// tags collects the tags; prefix is what is still to be written before them.
func (c *completer) tags(prefix string) {
	for _, t := range [...]struct{ name, what string }{
		{"param", "a parameter of the function below"}, {"return", "a result of the function below"}, {"type", "the type of the variable below"},
		{"class", "a class, whose table stands below"}, {"field", "a field of the class above"}, {"alias", "another name for a type"},
		{"enum", "the table below has the values of a type"}, {"overload", "another way to call the function below"},
		{"generic", "a type that the call chooses"}, {"vararg", "the type of …"}, {"deprecated", "should not be used any more"},
		{"nodiscard", "the result must be used"}, {"cast", "the type of a variable from here on"}, {"operator", "what an operator gives"},
		{"module", "the variable below is a module"}, {"see", "where to read more"}, {"diagnostic", "switches findings off"},
		{"private", "only for the class itself"}, {"protected", "only for the class and those that inherit it"},
		{"package", "only for this file"}, {"meta", "the file only declares"}, {"async", "the function may yield"},
		{"as", "the type of the expression before"}, {"source", "where it is made"}, {"version", "the versions of Lua that have it"},
	} {
		c.add(candidate{label: prefix + t.name, kind: protocol.ItemKeyword, source: t.what, group: groupKeyword})
	}
}

// inTag collects what can follow a tag. done is what is written behind it.
func (c *completer) inTag(tag, done string, token int) {
	words := strings.Fields(done)
	first := len(words) == 0 || len(words) == 1 && !strings.HasSuffix(done, " ")
	switch tag {
	case "param":
		if first {
			c.parameterNames(token)
			return
		}
		c.types()
	case "cast":
		if first {
			for v := range c.f.Vars().Visible(c.offset) {
				if name := c.f.Vars().Vars[v].Name; isName(name) {
					c.add(candidate{label: name, kind: protocol.ItemVariable, group: groupLocal})
				}
			}
			return
		}
		c.types()
	case "field":
		if first {
			for _, word := range []string{"public", "private", "protected", "package"} {
				c.add(candidate{label: word, kind: protocol.ItemKeyword, group: groupKeyword})
			}
			return
		}
		c.types()
	case "class", "alias", "generic", "enum":
		if strings.Contains(done, ":") || tag == "alias" && !first {
			c.types()
		}
	case "type", "return", "overload", "vararg", "as", "operator", "see":
		c.types()
	case "module":
		if strings.HasPrefix(done, `"`) {
			c.start = strings.LastIndexByte(c.r.file.Text()[:c.offset], '"') + 1
			c.moduleNames(stringWriter{})
		}
	case "diagnostic":
		if strings.Contains(done, ":") {
			c.codes()
			return
		}
		if first {
			for _, word := range []string{"disable", "disable-line", "disable-next-line", "enable"} {
				c.add(candidate{label: word, kind: protocol.ItemKeyword, group: groupKeyword})
			}
			c.start = c.offset - len(done)
		}
	}
}

// below is the function that a comment documents, and its statement.
func (c *completer) below(token int) (body, stat syntax.Node) {
	_, end := c.t.TokenSpan(token)
	for n := syntax.Node(1); int(n) < c.t.Len(); n++ {
		if c.t.Start(n) < end {
			continue
		}
		switch c.t.Kind(n) {
		case syntax.LocalStat, syntax.LocalFunc, syntax.FuncStat, syntax.AssignStat, syntax.CallStat, syntax.ReturnStat, syntax.NameField, syntax.KeyField:
		default:
			continue
		}
		first, last := c.t.CommentsAbove(n)
		if token < first || token >= last {
			return syntax.None, syntax.None
		}
		for m := n + 1; int(m) < c.t.Len() && c.t.Start(m) < c.t.End(n); m++ {
			if c.t.Kind(m) == syntax.FuncBody {
				return m, n
			}
		}
		return syntax.None, n
	}
	return syntax.None, syntax.None
}

// parameters are those of a function: the names, and whether more may follow.
func (c *completer) parameters(body syntax.Node) (names []string, vararg bool) {
	for p := range c.t.Children(c.t.First(body)) {
		if c.t.Kind(p) == syntax.Vararg {
			vararg = true
		} else if name := c.t.NameOf(p); name != "" {
			names = append(names, name)
		}
	}
	return names, vararg
}

// parameterNames collects the parameters of the function below that have no tag yet.
func (c *completer) parameterNames(token int) {
	body, stat := c.below(token)
	if body == syntax.None {
		return
	}
	told := map[string]bool{}
	if b := c.f.Notes().Before(c.t.Start(stat)); b != nil {
		for _, tag := range b.Tags {
			if p, ok := tag.(*luacats.ParamTag); ok {
				told[strings.TrimSuffix(p.Name.Text, "?")] = true
			}
		}
	}
	names, vararg := c.parameters(body)
	if vararg {
		names = append(names, "...")
	}
	for _, name := range names {
		if !told[name] {
			c.add(candidate{label: name, kind: protocol.ItemVariable, group: groupLocal})
		}
	}
}

// skeleton adds all tags of the function below at once.
func (c *completer) skeleton(token int) {
	body, stat := c.below(token)
	if body == syntax.None || !c.snippets {
		return
	}
	if first, last := c.t.CommentsAbove(stat); last-first > 1 {
		return // it is documented
	}
	names, vararg := c.parameters(body)
	if vararg {
		names = append(names, "...")
	}
	text := " ${1:description}"
	for i, name := range names {
		text += "\n---@param " + name + " ${" + strconv.Itoa(i+2) + ":any}"
	}
	if c.returns(body) {
		text += "\n---@return ${" + strconv.Itoa(len(names)+2) + ":any}"
	}
	c.start = c.offset
	c.add(candidate{
		label: "document the function", kind: protocol.ItemSnippet, group: groupExpected, filter: "---", insert: text, snippet: text,
		source: strings.Join(names, ", "), preselect: true,
	})
}

// returns tells whether a function has a return with values.
func (c *completer) returns(body syntax.Node) bool {
	for n := body + 1; int(n) < c.t.Len() && c.t.Start(n) < c.t.End(body); n++ {
		if c.t.Kind(n) == syntax.FuncBody {
			for int(n+1) < c.t.Len() && c.t.Start(n+1) < c.t.End(n) {
				n++ // its returns are its own
			}
			continue
		}
		if c.t.Kind(n) == syntax.ReturnStat && c.t.First(n) != syntax.None {
			return true
		}
	}
	return false
}

// types collects the types that annotations can name.
func (c *completer) types() {
	for _, name := range []string{"string", "number", "integer", "boolean", "table", "function", "any", "nil", "unknown", "thread", "userdata", "fun", "self"} {
		c.add(candidate{label: name, kind: protocol.ItemKeyword, group: groupKeyword})
	}
	text := c.r.file.Text()
	for c.start > 0 && (isWordByte(text[c.start-1]) || text[c.start-1] == '.') {
		c.start--
	}
	var names []string
	for _, e := range c.r.snap.Files() {
		names = appendTypes(names, e)
	}
	own := len(names)
	for _, name := range library.Names() {
		if f := c.r.snap.File(library.URI(name)); f != nil {
			names = appendTypes(names, f.Entry())
		}
	}
	for i, name := range names {
		if slices.Index(names, name) < i || strings.Contains(name, syntax.Marker) {
			continue
		}
		group := groupGlobal
		if i >= own {
			group = groupLibrary
		}
		c.add(candidate{label: name, kind: protocol.ItemClass, group: group})
	}
}

func appendTypes(names []string, e *analysis.Entry) []string {
	for _, s := range e.Symbols {
		if s.Kind == analysis.ClassOutline {
			names = append(names, s.Name)
		}
	}
	return names
}
