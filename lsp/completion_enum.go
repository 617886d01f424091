package lsp

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// enumMembers collects the members of the file's enums that a place wants, by the names of their
// tables: Color.Red. It returns their values.
func (c *completer) enumMembers(want types.Type) map[any]bool {
	wanted := types.Alternatives(want)
	if !slices.ContainsFunc(wanted, func(t types.Type) bool { _, ok := t.(*types.Literal); return ok }) {
		return nil
	}
	named := map[any]bool{}
	for n := syntax.Node(1); int(n) < c.t.Len(); n++ {
		table := c.enumTable(n)
		if table == syntax.None {
			continue
		}
		for _, e := range c.r.snap.EnumValues(c.f, n) {
			l := &types.Literal{Value: e.Value}
			if !isName(e.Name) || !slices.ContainsFunc(wanted, func(t types.Type) bool { return types.Same(t, l) }) {
				continue
			}
			named[e.Value] = true
			c.add(candidate{
				label: c.t.Source(table) + "." + e.Name, detail: " = " + luaValue(e.Value), kind: protocol.ItemEnumMember, group: groupExpected, fits: true,
			})
		}
	}
	return named
}

// enumTable is the name of the table that a statement before the cursor makes, if its values are an
// enum; None of any other.
func (c *completer) enumTable(stat syntax.Node) syntax.Node {
	if k := c.t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || c.t.Start(stat) >= c.offset {
		return syntax.None
	}
	b := c.f.Notes().Before(c.t.Start(stat))
	if b == nil {
		return syntax.None
	}
	if tag := luacats.First[*luacats.EnumTag](b); tag == nil || tag.Key {
		return syntax.None
	}
	return c.t.First(c.t.First(stat))
}
