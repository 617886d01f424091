package lsp

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// The groups of candidates, in the order in which they are shown.
const (
	groupExpected = iota // values that the place wants
	groupMember          // fields, keys
	groupMethod
	groupLocal
	groupGlobal
	groupLibrary
	groupKeyword
	groupSnippet
	groupModule // that would have to be required
)

// candidate is an item before it is written for the client.
type candidate struct {
	label string
	kind  protocol.CompletionItemKind
	// detail stands right behind the label, such as ": string", and source at the end
	// of the line.
	detail, source string
	// insert is what is inserted, and snippet the same with tab stops, for clients that
	// take them. Empty: the label, and what is inserted.
	insert, snippet string
	filter          string // "": the label
	group           int
	fits            bool // its type is the one that the place wants
	deprecated      bool
	preselect       bool
	commit          []string // characters that take the item and are then typed
	edits           []protocol.TextEdit
	again           bool // more can be completed behind it
	// whole replaces the range of the completer by one that begins earlier.
	whole *protocol.Range
	// doc fills in what is shown of the one item that the user looks at. It may be
	// called on any goroutine, and takes its time.
	doc func() documentation
}

// documentation is what completionItem/resolve adds.
type documentation struct {
	detail string // a line of Lua: a signature, a type
	text   string // Markdown
}

func (c *completer) add(x candidate) { c.items = append(c.items, x) }

// maxItems is how long a list is. What is cut off comes when more is typed.
const maxItems = 2000

// list writes the candidates for the client, in order.
func (c *completer) list() *protocol.CompletionList {
	private := func(x *candidate) int {
		if strings.HasPrefix(x.label, "_") && !strings.HasPrefix(c.typed(), "_") {
			return 1
		}
		return 0
	}
	typed := c.typed()
	later := func(x *candidate) int {
		switch {
		case x.deprecated:
			return 2
		case x.group >= groupLocal && typed != "" && !strings.HasPrefix(cmp.Or(x.filter, x.label), typed):
			return 1 // for clients that show more than what begins as it is typed
		}
		return 0
	}
	statement := typed != "" && c.statement()
	rank := func(x *candidate) int {
		switch {
		case x.fits && private(x) == 0:
			return groupExpected
		case statement && x.group == groupKeyword && strings.HasPrefix(x.label, typed):
			return groupGlobal + 1 // local before loadstring
		}
		return x.group + 1
	}
	slices.SortStableFunc(c.items, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(private(&a), private(&b)), cmp.Compare(later(&a), later(&b)))
	})
	if len(c.items) > maxItems {
		typed := strings.ToLower(c.typed())
		c.items = slices.DeleteFunc(c.items, func(x candidate) bool { return !strings.HasPrefix(strings.ToLower(x.label), typed) })
		c.items, c.incomplete = c.items[:min(len(c.items), maxItems)], true
	}
	w := newItemWriter(c)
	list := w.list
	list.IsIncomplete = c.incomplete
	list.Items = make([]protocol.CompletionItem, len(c.items))
	docs := make([]func() documentation, len(c.items))
	for i := range c.items {
		docs[i] = c.items[i].doc
	}
	key := c.r.completions.keep(docs)
	for i := range c.items {
		list.Items[i] = w.item(&c.items[i], i)
		if docs[i] != nil {
			list.Items[i].Data = json.RawMessage(strconv.FormatInt(key+int64(i), 10))
		}
	}
	return list
}

// itemWriter writes items as the client takes them.
type itemWriter struct {
	c                           *completer
	list                        *protocol.CompletionList
	insert, replace             protocol.Range
	both                        bool // items have both ranges
	rangeDefault, formatDefault bool
	commitDefault               bool
	commits, details, tags      bool
	deprecated, studio          bool
	width                       int
}

func newItemWriter(c *completer) *itemWriter {
	can := func(what string) bool { return c.r.client.Can("textDocument.completion.completionItem." + what) }
	w := &itemWriter{c: c, list: &protocol.CompletionList{}}
	w.insert, w.replace = c.r.span(c.start, c.offset), c.r.span(c.start, c.end)
	w.both = can("insertReplaceSupport") && w.insert != w.replace
	w.commits, w.details = can("commitCharactersSupport"), can("labelDetailsSupport")
	w.deprecated = can("deprecatedSupport")
	w.tags = c.r.client.Has("textDocument.completion.completionItem.tagSupport")
	w.studio = strings.HasPrefix(c.r.clientName, "Visual Studio Code") || strings.HasPrefix(c.r.clientName, "VSCodium")
	defaults := &protocol.ItemDefaults{}
	for _, name := range c.r.client.Strings("textDocument.completion.completionList.itemDefaults") {
		switch name {
		case "editRange":
			w.rangeDefault = true
			defaults.EditRange = w.replace
			if w.both {
				defaults.EditRange = protocol.InsertReplaceRange{Insert: w.insert, Replace: w.replace}
			}
		case "commitCharacters":
			if w.commits && w.mostCommit() {
				w.commitDefault = true
				defaults.CommitCharacters = memberCommits()
			}
		case "insertTextFormat":
			w.formatDefault = true
			defaults.InsertTextFormat = protocol.FormatSnippet
			for i := range c.items {
				if !c.snippets || c.items[i].snippet == "" {
					defaults.InsertTextFormat = 0 // not of all
				}
			}
			w.formatDefault = defaults.InsertTextFormat != 0
		}
	}
	if (w.rangeDefault || w.formatDefault || w.commitDefault) && len(c.items) > 0 {
		w.list.ItemDefaults = defaults
	}
	w.width = len(strconv.FormatInt(int64(len(c.items)), 36))
	return w
}

// mostCommit tells whether most candidates are fields and variables.
func (w *itemWriter) mostCommit() bool {
	n := 0
	for i := range w.c.items {
		if slices.Equal(w.c.items[i].commit, memberCommits()) {
			n++
		}
	}
	return n > len(w.c.items)/2
}

// item writes the candidate that is number at in the list.
func (w *itemWriter) item(x *candidate, at int) protocol.CompletionItem {
	item := protocol.CompletionItem{Label: x.label, Kind: x.kind, FilterText: x.filter, Preselect: x.preselect, AdditionalTextEdits: x.edits}
	item.SortText = strconv.FormatInt(int64(at), 36)
	if pad := w.width - len(item.SortText); pad > 0 {
		item.SortText = strings.Repeat("0", pad) + item.SortText
	}
	if w.details {
		if x.detail != "" || x.source != "" {
			item.LabelDetails = &protocol.LabelDetails{Detail: x.detail, Description: x.source}
		}
	} else {
		item.Detail = strings.TrimSpace(strings.TrimPrefix(x.detail, ":") + "  " + x.source)
	}
	switch {
	case !w.commits || w.commitDefault && slices.Equal(x.commit, memberCommits()):
	case w.commitDefault && x.commit == nil:
		item.CommitCharacters = []string{}
	default:
		item.CommitCharacters = x.commit
	}
	if x.deprecated && w.tags {
		item.Tags = []int{protocol.ItemDeprecated}
	}
	if x.again && w.studio {
		item.Command = &protocol.Command{Title: "Complete", Command: "editor.action.triggerSuggest"}
	}
	text := cmp.Or(x.insert, x.label)
	if w.c.snippets && x.snippet != "" {
		text = x.snippet
		if !w.formatDefault {
			item.InsertTextFormat = protocol.FormatSnippet
		}
		if strings.Contains(text, "\n") {
			item.InsertTextMode = protocol.InsertAdjustIndentation
		}
	}
	switch {
	case x.whole != nil:
		item.TextEdit = protocol.TextEdit{Range: *x.whole, NewText: text}
	case w.rangeDefault:
		if text != x.label {
			item.TextEditText = text
		}
	case w.both:
		item.TextEdit = protocol.InsertReplaceEdit{NewText: text, Insert: w.insert, Replace: w.replace}
	default:
		item.TextEdit = protocol.TextEdit{Range: w.replace, NewText: text}
	}
	return item
}
