package lsp

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacheck"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// codes collects the kinds of findings, for a comment that names some.
func (c *completer) codes() {
	text := c.r.file.Text()
	isCode := func(b byte) bool { return isWordByte(b) || b == '-' }
	for c.start > 0 && isCode(text[c.start-1]) {
		c.start--
	}
	for c.end < len(text) && isCode(text[c.end]) {
		c.end++
	}
	for _, rule := range lint.Rules() {
		c.add(candidate{label: rule.Code, kind: protocol.ItemEnumMember, group: groupExpected, doc: ruleDoc(&rule)})
	}
}

func ruleDoc(rule *lint.Rule) func() documentation {
	return func() documentation { return documentation{text: rule.Doc} }
}

// inLuacheck collects what a comment for luacheck can say: -- luacheck: ignore 212. rest is what is
// written behind the dashes.
func (c *completer) inLuacheck(rest string) {
	options, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "luacheck:")
	if !ok {
		return
	}
	options = options[strings.LastIndexByte(options, ',')+1:]
	switch words := strings.Fields(options); {
	case len(words) > 0 && slices.Contains([]string{"ignore", "enable", "only"}, words[0]) && !strings.HasSuffix(options, words[0]):
		c.warnings()
	default:
		c.start = c.offset - len(strings.TrimLeft(options, " \t"))
		for _, name := range luacheck.InlineOptions() {
			c.add(candidate{label: name, kind: protocol.ItemKeyword, group: groupKeyword})
		}
	}
}

// warnings collects luacheck's numbers for the kinds of findings, and our names for them.
func (c *completer) warnings() {
	for _, rule := range lint.Rules() {
		for _, name := range rule.Aliases {
			if strings.Trim(name, "0123456789") == "" && !c.seen[name] {
				c.seen[name] = true
				c.add(candidate{label: name, source: rule.Code, kind: protocol.ItemEnumMember, group: groupExpected, doc: ruleDoc(&rule)})
			}
		}
	}
	c.codes()
}
