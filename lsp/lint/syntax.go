package lint

import (
	"context"
	"errors"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// syntax reports what the parser finds, with advice where it looks like a habit of another language.
func (p *pass) syntax() {
	for _, e := range p.tree.Errors() {
		if p.misread(e.Start) {
			continue
		}
		message := e.Message
		a := p.advise(e)
		if a.say != "" {
			message += "; " + a.say
		}
		p.misreads = append(p.misreads, a.over)
		x := p.report("syntax", e.Start, e.End, message)
		if a.fix != nil {
			x.Fixes = append(x.Fixes, *a.fix)
		}
	}
	for _, e := range p.notes.Errors {
		p.report("annotation", e.Start, e.End, e.Message)
	}
}

// misread tells whether a place is what the parser only finds because it does not know what is meant
// in front of it.
func (p *pass) misread(at int) bool {
	return slices.ContainsFunc(p.misreads, func(s Span) bool { return s.Start <= at && at < s.End })
}

// maxCompiled is how long a text may be, in bytes, that is compiled.
const maxCompiled = 4 << 20

// compile reports what only the compiler finds, in its words: break outside of a loop,
// a label that is not there, too many local variables.
func (p *pass) compile() {
	fault := CompileFault(p.ctx, p.file)
	if fault == nil {
		return
	}
	lines := p.file.Lines()
	line := max(0, min(fault.Line-1, lines.Count()-1))
	start, end := lines.Start(line), lines.End(line)
	for start < end && (p.text[start] == ' ' || p.text[start] == '\t') {
		start++
	}
	p.report("compile", start, end, fault.Message)
}

// CompileFault is what only the compiler says of a file; nil if nothing, or if the parser
// finds errors.
func CompileFault(ctx context.Context, f *analysis.File) *compile.SyntaxError {
	if len(f.Tree().Errors()) > 0 || fits(f.Tree(), f.Vars()) {
		return nil
	}
	return compileFault(ctx, f.Text())
}

// compileFault is what the compiler says of a text; nil if nothing, and of one that is too
// long for it.
func compileFault(ctx context.Context, text string) *compile.SyntaxError {
	if len(text) > maxCompiled {
		return nil
	}
	// The values that compiled code refers to are not looked at, as it is not run.
	env := &compile.Env{TrapMeta: &lua.LTable{Metatable: lua.LNil}, Concat: &lua.LFunction{IsG: true}}
	_, err := compile.CompileUntil(loaded(text), "=check", env, func() bool { return ctx.Err() != nil })
	var fault *compile.SyntaxError
	if !errors.As(err, &fault) {
		return nil
	}
	return fault
}

// loaded is a file's text as the runtime loads it, without a byte order mark and a first
// line that begins with '#'; blanks stand in their places, so that columns stay.
func loaded(text string) string {
	source := runtime.FileSource(text)
	return strings.Repeat(" ", len(text)-len(source)) + source
}
