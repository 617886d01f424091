package compile

import (
	"sort"
	"strings"
)

// naming carries the name of what is being declared or assigned to the
// function that may be its value: `local f = function`, `t.f = function`,
// `{f = function}`.
type naming struct{ next string }

// take returns the name for the expression that begins here.
func (n *naming) take() string {
	name := n.next
	n.next = ""
	return name
}

// dotted is the source from an offset to the present token if that is a name
// with fields (a.b.c), else "".
func (p *parser) dotted(from int) string {
	text := strings.TrimSpace(p.src[from:p.tok.from])
	for _, part := range strings.Split(text, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) {
			return ""
		}
	}
	return text
}

// statementStart is where a statement begins.
type statementStart struct {
	raw  int // pc of its first instruction
	line int
}

func (f *funcState) statement(line int) {
	f.statements = append(f.statements, statementStart{len(f.code), line})
}

// StatementAt tells whether a statement begins at a raw pc: nothing lies in
// the registers above the locals there. The end of the function counts.
func (fn *Function) StatementAt(raw int) bool {
	if raw == len(fn.code)-1 {
		return true
	}
	i := sort.Search(len(fn.statements), func(i int) bool { return fn.statements[i].raw >= raw })
	return i < len(fn.statements) && fn.statements[i].raw == raw
}

// Call is a call in the source.
type Call struct {
	Raw  int
	Line int
	Name string // what the program calls the function: "f", "t.f", ":m", "" for an expression
}

// Calls returns the calls of a function, in the order of their instructions.
func (fn *Function) Calls() []Call {
	out := make([]Call, 0, len(fn.calls))
	for _, s := range fn.calls {
		out = append(out, fn.describeCall(s))
	}
	return out
}

// CallAt returns the call at a raw pc.
func (fn *Function) CallAt(raw int) (c Call, ok bool) {
	i := sort.Search(len(fn.calls), func(i int) bool { return fn.calls[i].pc >= raw })
	if i == len(fn.calls) || fn.calls[i].pc != raw {
		return Call{}, false
	}
	return fn.describeCall(fn.calls[i]), true
}

func (fn *Function) describeCall(s callSite) Call {
	c := Call{Raw: s.pc, Line: int(fn.lines[s.pc]), Name: s.name}
	switch {
	case s.kind == "method":
		c.Name = ":" + s.name
	case s.kind == "field" && s.table != "":
		c.Name = s.table + "." + s.name
	}
	if s.name == "?" {
		c.Name = ""
	}
	return c
}

// Registers returns how many registers hold locals at a raw pc.
func (fn *Function) Registers(raw int) int {
	n := 0
	for _, l := range fn.ActiveLocals(raw) {
		n = max(n, l.Reg+1)
	}
	return n
}

// CallsAhead returns the calls from a raw pc on, up to the next statement that
// begins on another line.
func (fn *Function) CallsAhead(raw int) []Call {
	line, end := fn.lines[raw], len(fn.code)
	for _, s := range fn.statements {
		if s.raw > raw && s.line != int(line) {
			end = s.raw
			break
		}
	}
	var out []Call
	for _, c := range fn.Calls() {
		if c.Raw >= raw && c.Raw < end {
			out = append(out, c)
		}
	}
	return out
}
