package lsp

import (
	"path"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// inString collects what the string at the cursor can name. An item takes the place of
// all that is in the string.
func (c *completer) inString() {
	q, ok := c.t.Quote(c.n)
	if !ok {
		return
	}
	slot, ok := c.r.snap.SlotOf(c.f, c.n)
	if !ok {
		slot, ok = c.readSlot()
	}
	live := c.liveKeys(ok)
	if !ok && live == nil && !c.inRequired() {
		return
	}
	w := stringWriter{quote: q.Open}
	if q.Long() {
		w.quote = ""
	}
	c.start = c.original(q.Start)
	if q.Closed {
		c.end = c.original(q.End)
		if strings.ContainsAny(c.r.file.Text()[c.start:c.end], "\r\n") {
			return // a text of several lines names nothing
		}
	} else {
		w.close = c.unclosed(q)
	}
	if ok {
		c.slot(slot.Kind, slot.Arg, slot.Expected, w)
	}
	if live != nil {
		live(w)
	}
	c.requiredNames(w)
}

// readSlot tells what a string names that is the value of a key of which only the code that
// reads it says something.
func (c *completer) readSlot() (analysis.Slot, bool) {
	f := c.r.snap.ReadField(c.f, c.n)
	if f == nil {
		return analysis.Slot{}, false
	}
	if f.Slot != "" {
		return analysis.Slot{Kind: f.Slot}, true
	}
	return analysis.Slot{Kind: "enum", Expected: f.Type}, true
}

// unclosed finds the end of what a string names that is not closed: white space, a
// bracket or comma end it, for what follows on the line is code. It returns what closes
// the string.
func (c *completer) unclosed(q syntax.Quote) string {
	text := c.r.file.Text()
	for c.end = c.offset; c.end < len(text) && !strings.ContainsRune(" \t\r\n,(){}[]\"';", rune(text[c.end])); c.end++ {
	}
	return q.Close()
}

// stringWriter writes names as they stand in a string.
type stringWriter struct {
	quote string // that is escaped; "": a long string
	close string // what is written behind
	open  string // what is written before
}

func (w stringWriter) text(name string) string {
	if w.quote != "" {
		name = escapeLua(name, w.quote)
	}
	return w.open + name + w.close
}

// quoted collects, where a name stands, the strings that could.
func (c *completer) quoted(kind, arg string) {
	c.slot(kind, arg, nil, quotedNames)
}

// quotedNames writes names with the quotes around them.
var quotedNames = stringWriter{quote: `"`, open: `"`, close: `"`}

// slot collects what a string of a kind can name.
func (c *completer) slot(kind, arg string, want types.Type, w stringWriter) {
	switch kind {
	case "enum":
		c.enum(want, w)
	case "field", "key":
		c.fieldNames(want, w)
	case "file":
		if w.open == "" {
			c.files(w)
		}
	case "require":
		c.moduleNames(w)
	default:
		c.entries(kind, arg, w)
		c.ownNames(kind, arg, w)
	}
}

// name adds a candidate that is a name in a string.
func (c *completer) name(x candidate, w stringWriter) {
	if c.seen["'"+x.label] {
		return
	}
	c.seen["'"+x.label] = true
	if text := w.text(x.label); text != x.label {
		x.insert = text
		if w.open != "" {
			x.filter, x.label = x.label, text // the quotes are not typed
		}
	}
	x.group, x.fits = groupExpected, w.open != ""
	c.add(x)
}

func (c *completer) enum(want types.Type, w stringWriter) {
	for _, t := range types.Alternatives(want) {
		l, ok := t.(*types.Literal)
		if !ok {
			continue
		}
		// A type may be inferred from the very string that is being written.
		if s, ok := l.Value.(string); ok && !strings.Contains(s, syntax.Marker) {
			c.name(candidate{label: s, kind: protocol.ItemEnumMember}, w)
		}
	}
}

// fieldNames collects the fields of a table, for t["…"].
func (c *completer) fieldNames(of types.Type, w stringWriter) {
	given := map[string]bool{}
	field := c.t.Parent(c.n)
	key := c.t.Kind(field) == syntax.KeyField
	if key {
		given = c.given(c.t.Parent(field), field, of)
	}
	for _, m := range c.r.snap.Members(of) {
		if given[m.Name] || key && !wanted(m) || strings.HasPrefix(m.Name, "[") || strings.Contains(m.Name, syntax.Marker) {
			continue
		}
		x := c.member(m, false, types.Unknown)
		x.snippet, x.commit = "", nil
		c.name(x, w)
	}
}

// entries collects the catalogue's names.
func (c *completer) entries(kind, arg string, w stringWriter) {
	cat := c.r.snap.CatalogOf(c.f)
	if cat == nil {
		return
	}
	kinds := map[string]protocol.CompletionItemKind{
		"tool": protocol.ItemModule, "event": protocol.ItemEvent, "hook": protocol.ItemEvent, "state": protocol.ItemField,
		"session": protocol.ItemReference, "model": protocol.ItemValue, "agent": protocol.ItemClass, "template": protocol.ItemFile,
	}
	icon, ok := kinds[kind]
	if !ok {
		icon = protocol.ItemValue
	}
	for _, e := range cat.Entries(kind) {
		if kind == "state" && arg != "" && e.Arg != "" && e.Arg != arg {
			continue
		}
		x := candidate{label: e.Name, kind: icon, source: e.Source}
		if e.Value != "" {
			x.detail = " = " + shorten(e.Value, maxDetail)
		}
		if e.Detail != "" {
			x.source = strings.TrimSuffix(shorten(e.Detail, maxDetail)+" · "+e.Source, " · ")
		}
		x.doc = func() documentation { return entryDoc(cat, kind, e) }
		c.name(x, w)
	}
}

// shorten is the first line of a text, cut to a length.
func shorten(s string, most int) string {
	if at := strings.IndexAny(s, "\r\n"); at >= 0 {
		s = s[:at] + "…"
	}
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// entryDoc is what is known of a name of the catalogue.
func entryDoc(cat *catalog.Catalog, kind string, e catalog.Entry) documentation {
	d := documentation{detail: e.Detail, text: e.Doc}
	if kind == "tool" {
		if text := catalog.ToolDoc(cat, e.Name); text != "" {
			d.text = text
		}
	}
	if e.Value != "" {
		d.text = strings.TrimSpace("```lua\n" + e.Value + "\n```\n" + d.text)
	}
	if e.Source != "" {
		d.text = strings.TrimSpace(d.text + "\n\n" + e.Source)
		if kind == "variable" && e.Arg != "" {
			d.text += " · session " + e.Arg
		}
	}
	return d
}

// ownNames collects the names that scripts give themselves: of events, state keys and
// their scopes, hook points. Those of this file come first.
func (c *completer) ownNames(kind, arg string, w stringWriter) {
	switch kind {
	case "event", "state", "scope", "agent", "template", "session", "hook":
	default:
		return
	}
	source, seen := "used in this file", 0
	offer := func(name, of string) {
		if name == "" || strings.Contains(name, syntax.Marker) || kind == "event" && strings.ContainsAny(name, "*?") || kind == "hook" && !strings.HasPrefix(name, "custom:") {
			return
		}
		if kind == "state" && arg != "" && of != "" && of != arg {
			return
		}
		if seen++; seen <= maxOwn {
			c.name(candidate{label: name, kind: protocol.ItemText, source: source}, w)
		}
	}
	for slot := range c.r.snap.Slots(c.f) {
		if c.ctx != nil && c.ctx.Err() != nil || seen > maxOwn {
			return
		}
		if slot.Kind == kind && slot.Node != c.n {
			offer(slot.Value, slot.Arg)
		}
	}
	from := kind
	if kind == "scope" {
		from = "state"
	}
	for _, x := range c.r.snap.NamedElsewhere(c.f, from) {
		source = "used in " + path.Base(x.URI)
		if kind == "scope" {
			x.Name, x.Arg = x.Arg, ""
		}
		offer(x.Name, x.Arg)
	}
}

// maxOwn is how many names that scripts give themselves are offered.
const maxOwn = 500
