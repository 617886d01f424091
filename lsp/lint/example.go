package lint

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// examplesText has an example of each rule:
//
//	### CODE [FILE]
//	code that is wrong
//	--- said
//	LINE:COLUMN: what is said of it
//	--- right
//	the same code as it should be
//
// TestExamples checks both, and TestDocs -update writes what is said.
//
//go:embed examples.txt
var examplesText string

// Example is code that a rule reports.
type Example struct {
	// File is the name of the file if that is not one of Lua, or "".
	File string
	// Wrong is the code that is reported, Right what it should be.
	Wrong, Right string
	// Said is what is said of Wrong, a line a finding: LINE:COLUMN: message.
	Said string
}

// examples are those of all rules by code.
var examples = sync.OnceValue(func() map[string]*Example {
	out := map[string]*Example{}
	for part := range strings.SplitSeq("\n"+examplesText, "\n### ") {
		head, body, ok := strings.Cut(part, "\n")
		if !ok {
			continue
		}
		code, file, _ := strings.Cut(head, " ")
		wrong, right, _ := strings.Cut(body, "\n--- right\n")
		wrong, said, _ := strings.Cut(wrong, "\n--- said\n")
		out[code] = &Example{File: file, Wrong: wrong, Said: said, Right: strings.TrimSuffix(right, "\n")}
	}
	return out
})

// Example returns code that the rule reports; nil if there is none.
func (r *Rule) Example() *Example { return examples()[r.Code] }

// Text shows the example, Markdown.
func (e *Example) Text() string {
	in := "Wrong"
	if e.File != "" {
		in += ", in `" + e.File + "`"
	}
	return fmt.Sprintf("%s:\n\n```lua\n%s\n```\n\nIt says:\n\n```text\n%s\n```\n\nRight:\n\n```lua\n%s\n```", in, e.Wrong, e.Said, e.Right)
}
