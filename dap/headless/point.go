package headless

import (
	"fmt"
	"os"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// kind says what a point is; the values are the names of the flags.
type kind string

const (
	kindBreak    kind = "break"
	kindLog      kind = "log"
	kindFunction kind = "function"
	kindExpect   kind = "expect"
)

// point is a breakpoint that an option asks for, and what has become of it.
type point struct {
	kind     kind
	spec     string // as it was given
	place    Place
	paths    []string
	found    bool   // its file exists
	function string // of kindFunction

	now      map[int]debug.Breakpoint // the engine's answers, by id
	verified *debug.Breakpoint        // the last answer that said where it is
	hits     int
	failures []Failure
	failed   int
}

// maxFailures is how many failures of a point are kept; all are counted.
const maxFailures = 10

// lineSpec is what the engine is asked for.
func (p *point) lineSpec() debug.BreakpointSpec {
	s := debug.BreakpointSpec{Line: p.place.Line, Condition: p.place.Condition}
	if p.kind == kindLog {
		s.LogMessage = p.place.Action
	}
	return s
}

// answered takes note of what the engine says about the point.
func (p *point) answered(b debug.Breakpoint) {
	if p.now == nil {
		p.now = map[int]debug.Breakpoint{}
	}
	p.now[b.ID] = b
	if b.Verified {
		p.verified = &b
	}
}

func (p *point) fail(f Failure) {
	if p.failed++; len(p.failures) < maxFailures {
		p.failures = append(p.failures, f)
	}
}

// message says why the point is not verified, "" if it is.
func (p *point) message(script string) string {
	if p.verified != nil {
		return ""
	}
	message := "it was not bound to code"
	for _, b := range p.now {
		if b.Message != "" {
			message = b.Message
		}
	}
	if p.kind != kindFunction && !p.found {
		if _, err := os.Stat(p.paths[0]); err != nil {
			message = fmt.Sprintf("there is no file %s, here or beside %s", p.place.File, script)
		}
	}
	return message
}

// label names the point in messages.
func (p *point) label() string {
	what := map[kind]string{kindBreak: "breakpoint", kindLog: "log point", kindFunction: "function", kindExpect: "expectation"}[p.kind]
	return what + " " + p.spec
}

// problem says why the point has not met its purpose, "" if it has.
func (p *point) problem(script string, cutOff bool) string {
	switch {
	case p.failed == 1:
		return "failed " + p.failures[0].String()
	case p.failed > 1:
		return fmt.Sprintf("failed %d times, first %s", p.failed, p.failures[0])
	case p.hits > 0:
		return ""
	case p.verified == nil:
		return "could not be set: " + p.message(script)
	case p.kind == kindLog:
		return ""
	case cutOff:
		return "was not reached before the limit of --max-stops"
	}
	return "was never reached"
}

// conditionFailed tells whether a stop's text is about the point's condition.
func (p *point) conditionFailed(text string) bool {
	return p.place.Condition != "" && strings.HasPrefix(text, fmt.Sprintf("condition %q: ", p.place.Condition))
}

// String is the failure in words.
func (f Failure) String() string {
	if f.Error != "" {
		return fmt.Sprintf("at stop %d: %s", f.Stop, f.Error)
	}
	return fmt.Sprintf("at stop %d: the value is %s", f.Stop, f.Value)
}
