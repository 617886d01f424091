package kernel

import (
	"errors"
	"strings"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/debug"
)

// CodeStatus tells whether code could be executed as it is.
type CodeStatus string

// The statuses of code; the values are those of Jupyter's is_complete_reply.
const (
	CodeComplete   CodeStatus = "complete"
	CodeIncomplete CodeStatus = "incomplete" // more input could complete it
	CodeInvalid    CodeStatus = "invalid"
	CodeUnknown    CodeStatus = "unknown" // it is too long to look at
)

// Completeness is the answer of IsComplete.
type Completeness struct {
	Status CodeStatus `json:"status"`
	Indent string     `json:"indent,omitempty"` // what the next line begins with, if incomplete
	Error  string     `json:"error,omitempty"`  // why it is invalid
}

// IsComplete tells whether code, as RunString takes it, could be executed as it
// is or goes on in the next line. Nothing is run.
func IsComplete(code string) Completeness {
	if len(code) > maxAsked {
		return Completeness{Status: CodeUnknown}
	}
	var expr, stmt *compile.SyntaxError
	cache := runtime.NewCache()
	if beginsStatement(code) {
		expr = &compile.SyntaxError{}
	} else if _, err := cache.Compile("return "+code, "=input"); !errors.As(err, &expr) {
		return Completeness{Status: CodeComplete}
	}
	if _, err := cache.Compile(code, "=input"); !errors.As(err, &stmt) {
		return Completeness{Status: CodeComplete}
	}
	for _, e := range []*compile.SyntaxError{expr, stmt} {
		if e.EOF && !strings.HasPrefix(e.Message, "unfinished string") {
			return Completeness{Status: CodeIncomplete, Indent: strings.Repeat("  ", min(debug.BlockDepth(code), 40))}
		}
	}
	return Completeness{Status: CodeInvalid, Error: stmt.Message}
}
