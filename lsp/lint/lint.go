// Package lint finds what is wrong with Lua files, in the order of the text, and how to
// mend it. It knows no protocol: the language server and `llmspell check` show the same
// list. What is in doubt is not reported.
package lint

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/luacheck"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Severity of a Finding.
type Severity uint8

// The severities.
const (
	Error Severity = iota + 1
	Warning
	Information
	Hint
)

// String is the severity as settings write it.
func (s Severity) String() string {
	if s < Error || s > Hint {
		return offSeverity
	}
	return [...]string{"error", "warning", "information", "hint"}[s-1]
}

// Finding is something that is wrong with the bytes Start to End of a file.
type Finding struct {
	Start, End int
	Severity   Severity
	// Code names the kind of finding: "syntax", "unknown-tool". Settings and
	// annotations switch findings off by it.
	Code    string
	Message string
	// Help is the address of a page that says more, or "".
	Help string
	// Unnecessary code is shown faded, Deprecated code struck through.
	Unnecessary, Deprecated bool
	Related                 []Related
	// Unfinished, if not nil, is what the finding is about: a name or a value that may not
	// be finished yet. An editor waits with the finding while somebody types there.
	Unfinished *Span
	// Fixes mend it, the likeliest first.
	Fixes []Fix
}

// Span is the bytes Start to End of a file.
type Span struct{ Start, End int }

// Related is another place that has to do with a Finding.
type Related struct {
	types.Location
	Message string
}

// Fix mends a Finding.
type Fix struct {
	Title string
	Edits []Edit // in order and apart
	// Sure: nobody would want it otherwise, so that it can be done without asking.
	Sure bool
}

// maxFindings bounds the list of one file.
const maxFindings = 2000

// Check returns the findings of a file, in the order of the text; of one place the
// gravest first. It is cut short when ctx is done.
func Check(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) []Finding {
	if snap.Config().Excluded(f.Path) {
		return nil
	}
	p := newPass(ctx, snap, f)
	for _, check := range []func(*pass){
		(*pass).syntax, (*pass).ruleNames, (*pass).compile, (*pass).slots, (*pass).toolCalls, (*pass).hookResults,
		(*pass).luacheckComments, (*pass).unused, (*pass).unusedValues, (*pass).neverSet, (*pass).shadowed, (*pass).globals, (*pass).optionGlobals, (*pass).flow, (*pass).loopForms, (*pass).emptyStatements,
		(*pass).tables, (*pass).metatables, (*pass).lengths, (*pass).zeroElements, (*pass).values, (*pass).conditions, (*pass).truths, (*pass).strings,
		(*pass).members, (*pass).operations, (*pass).annotated, (*pass).calls, (*pass).modules, (*pass).unchecked,
		(*pass).refusals, (*pass).secrets, (*pass).loops,
	} {
		if ctx.Err() == nil {
			check(p)
		}
	}
	slices.SortStableFunc(p.out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Severity, b.Severity),
			strings.Compare(a.Code, b.Code), strings.Compare(a.Message, b.Message))
	})
	return p.out
}

// pass is one check of one file.
type pass struct {
	ctx   context.Context
	snap  *analysis.Snapshot
	file  *analysis.File
	text  string
	tree  *syntax.Tree
	vars  *scope.Info
	notes *luacats.Notes
	rules map[string]*Rule
	level map[string]Severity // by code; 0: off
	out   []Finding

	luacheck *luacheck.Inline
	asked    map[string]bool // rules that are off but where luacheck's options ask for them
	number   string          // see numbered

	misreads     []Span                  // see misread
	guards       *[]Span                 // see guarded
	needs        map[syntax.Node][]*need // see needsOf
	given        *[]givenTable           // see givenTables
	changes      *analysis.ToolChanges   // see toolChanges
	stored, keys map[string]bool         // see storedNames and namesInTables
	fields       map[string][]asked      // see askedFields
	optional     map[string]bool         // see askedNames
	overloads    map[string]bool         // see overloaded

	manyOf             *types.Object            // whose members many are; see membersOf
	many               []namedMember            // see membersOf
	globalNames        []string                 // see nearest
	staying, askedVars map[*scope.Variable]bool // see staysHere and askedAbout
}

func newPass(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) *pass {
	p := &pass{ctx: ctx, snap: snap, file: f, text: f.Text(), tree: f.Tree(), vars: f.Vars(), notes: f.Notes()}
	p.rules, p.level = ruleLevels(snap.Config().SeverityFor(f.Path))
	p.luacheck = p.luacheckOptions()
	if p.luacheck.Enables() {
		p.askFor()
	}
	return p
}

// on tells whether findings of a code are reported at all.
func (p *pass) on(code string) bool { return p.level[code] != 0 }

// report adds a finding, unless its kind is off or a comment silences it. The finding
// that it returns can be added to until the next call; it is never nil. names are the
// variables that it is about, which comments for luacheck can name.
func (p *pass) report(code string, start, end int, message string, names ...string) *Finding {
	x := Finding{Start: start, End: end, Severity: p.level[code], Code: code, Message: message, Help: HelpPage(code)}
	if !p.reports(code, start, names...) {
		p.number = ""
		return &x
	}
	if p.rules[code].Raises && p.guardedAt(start) {
		x.Severity = Hint
	}
	if p.rules[code].Unfinished {
		x.Unfinished = &Span{start, end}
	}
	p.out = append(p.out, x)
	return &p.out[len(p.out)-1]
}

// reports tells whether report adds a finding. What takes time to say is not said in vain.
func (p *pass) reports(code string, start int, names ...string) bool {
	return p.on(code) && len(p.out) < maxFindings && !p.unwanted(code, start, names) && !p.silenced(code, start)
}

// at is report about a node.
func (p *pass) at(code string, n syntax.Node, message string, names ...string) *Finding {
	return p.report(code, p.tree.Start(n), p.tree.End(n), message, names...)
}

func (p *pass) silenced(code string, at int) bool {
	if p.notes.Silenced(code, at) {
		return true
	}
	for _, other := range p.rules[code].Aliases {
		if p.notes.Silenced(other, at) {
			return true
		}
	}
	return false
}

// relate adds another place in the same file.
func (p *pass) relate(x *Finding, n syntax.Node, message string) {
	x.Related = append(x.Related, Related{types.Location{URI: p.file.URI, Start: p.tree.Start(n), End: p.tree.End(n)}, message})
}

// fix adds a fix of one edit.
func (x *Finding) fix(title string, sure bool, start, end int, text string) {
	x.edit(title, sure, Edit{Start: start, End: end, Text: text})
}

// edit is fix, of an edit that is made already.
func (x *Finding) edit(title string, sure bool, e Edit) {
	x.Fixes = append(x.Fixes, Fix{Title: title, Sure: sure, Edits: []Edit{e}})
}

// nodesBetweenLooks is how many nodes are visited between two looks at the context.
const nodesBetweenLooks = 64

// nodes yields all nodes of a kind, in the order of the text, until the context is done.
func (p *pass) nodes(kinds ...syntax.Kind) func(yield func(syntax.Node) bool) {
	return func(yield func(syntax.Node) bool) {
		visited := 0
		for n := range p.file.NodesOf(kinds...) {
			if visited++; visited%nodesBetweenLooks == 0 && p.ctx.Err() != nil || !yield(n) {
				return
			}
		}
	}
}
