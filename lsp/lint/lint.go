// Package lint finds what is wrong with Lua files, in the order of the text. It knows
// no protocol: the language server and `llmspell check` show the same list.
package lint

import (
	"context"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
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
}

// Related is another place that has to do with a Finding.
type Related struct {
	types.Location
	Message string
}

// Check returns the findings of a file.
func Check(_ context.Context, _ *analysis.Snapshot, f *analysis.File) []Finding {
	var out []Finding
	for _, e := range f.Tree().Errors() {
		out = append(out, Finding{Start: e.Start, End: e.End, Severity: Error, Code: "syntax", Message: e.Message})
	}
	return out
}
