package luacheck

import (
	"slices"
	"strings"
)

// Comment is one for luacheck: -- luacheck: Text.
type Comment struct {
	Start, End int    // bytes of Text in the file
	Text       string // what stands after luacheck:
	Line       int
	// Code: there is code in its line, so that it counts for that line only.
	Code bool
}

// Lines are those of a function, from the one where it begins to the one of its end.
type Lines struct{ From, To int }

// Inline are the options of a file with those of its comments.
type Inline struct {
	// Faults are what is not understood in comments, in the order of the text.
	Faults []Fault
	base   *Stack
	change []change // by line
}

// change says which options count from a line on.
type change struct {
	line  int
	stack *Stack
}

// event is a comment, or the begin or end of what options reach.
type event struct {
	line, order, at int
	comment         *Comment
	options         *options
	push, pop       bool
}

// Inline lays the options of comments over those of a file. A comment counts to the end of
// the function that it is in, or to -- luacheck: pop.
func (s *Settings) Inline(file string, comments []Comment, functions []Lines) *Inline {
	in := &Inline{base: s.For(file)}
	if len(comments) == 0 {
		return in
	}
	var stds map[string]*custom
	if s != nil {
		stds = s.stds
	}
	var events []event
	for i := range comments {
		events = in.read(events, &comments[i], stds)
	}
	for _, f := range functions {
		events = append(events, event{line: f.From, push: true}, event{line: f.To, order: 2, pop: true})
	}
	slices.SortStableFunc(events, func(a, b event) int {
		if a.line != b.line {
			return a.line - b.line
		}
		if a.order != b.order {
			return a.order - b.order
		}
		return a.at - b.at
	})
	in.apply(events, stds)
	slices.SortStableFunc(in.Faults, func(a, b Fault) int { return a.Start - b.Start })
	return in
}

// apply goes through the lines.
func (in *Inline) apply(events []event, stds map[string]*custom) {
	type mark struct {
		comment *Comment // nil: of a function
		layers  int
	}
	var layers []*options
	var marks []mark
	set := func(line int, more ...*options) {
		stack := in.base.with(stds, slices.Concat(layers, more)...)
		if n := len(in.change); n > 0 && in.change[n-1].line == line {
			in.change[n-1].stack = stack
		} else {
			in.change = append(in.change, change{line, stack})
		}
	}
	for i := 0; i < len(events); {
		line := events[i].line
		before := len(layers)
		var only []*options // of this line
		ended, popped := 0, false
		for ; i < len(events) && events[i].line == line; i++ {
			e := &events[i]
			switch {
			case e.push:
				marks = append(marks, mark{e.comment, len(layers)})
			case e.pop:
				for e.comment == nil && len(marks) > 0 && marks[len(marks)-1].comment != nil {
					in.fault(marks[len(marks)-1].comment, "the push has no pop in its function")
					marks = marks[:len(marks)-1]
				}
				if len(marks) == 0 || e.comment != nil && marks[len(marks)-1].comment == nil {
					in.fault(e.comment, "the pop has no push in its function")
					continue
				}
				ended = marks[len(marks)-1].layers
				marks = marks[:len(marks)-1]
				if ended < len(layers) { // the line itself still has them
					if !popped {
						set(line, only...)
						popped, only = true, nil
					}
					layers = layers[:ended:ended]
				}
			case e.comment.Code:
				only = append(only, e.options)
			default:
				layers = append(layers[:len(layers):len(layers)], e.options)
			}
		}
		if !popped && (len(layers) > before || len(only) > 0) {
			set(line, only...)
		}
		if popped || len(only) > 0 {
			set(line + 1)
		}
	}
	for _, m := range marks {
		if m.comment != nil {
			in.fault(m.comment, "the push has no pop in its function")
		}
	}
}

func (in *Inline) fault(c *Comment, message string) {
	if c != nil {
		in.Faults = append(in.Faults, Fault{c.Start, c.End, message})
	}
}

// At returns the options of a line.
func (in *Inline) At(line int) *Stack {
	i, ok := slices.BinarySearchFunc(in.change, line, func(c change, line int) int { return c.line - line })
	if ok {
		return in.change[i].stack
	}
	if i == 0 {
		return in.base
	}
	return in.change[i-1].stack
}

// read reads one comment.
func (in *Inline) read(events []event, c *Comment, stds map[string]*custom) []event {
	text := strings.TrimSpace(withoutNotes(c.Text))
	switch {
	case text == "push":
		return append(events, event{line: c.Line, at: c.Start, comment: c, push: true})
	case text == "pop":
		return append(events, event{line: c.Line, order: 2, at: c.Start, comment: c, pop: true})
	}
	if words := strings.Fields(text); len(words) > 1 && words[0] == "push" {
		events = append(events, event{line: c.Line, at: c.Start, comment: c, push: true})
		text = text[len("push"):]
	}
	o := &options{}
	for part := range strings.SplitSeq(text, ",") {
		if fault := o.inline(strings.Fields(part), stds); fault != "" {
			in.fault(c, fault)
		}
	}
	return append(events, event{line: c.Line, order: 1, at: c.Start, comment: c, options: o})
}

// Varies tells whether comments say anything, so that lines have options of their own.
func (in *Inline) Varies() bool { return len(in.change) > 0 }

// HasGlobals tells whether any options speak of globals.
func (in *Inline) HasGlobals() bool {
	has := func(s *Stack) bool { return s != nil && (len(s.root.fields) > 0 || len(s.gone) > 0) }
	return has(in.base) || slices.ContainsFunc(in.change, func(c change) bool { return has(c.stack) })
}

// Enables tells whether any options ask for warnings.
func (in *Inline) Enables() bool {
	asks := func(s *Stack) bool {
		return s != nil && slices.ContainsFunc(s.layers, func(o *options) bool {
			for _, m := range macros() {
				if o.flags[m[0]] {
					return true
				}
			}
			return len(o.enable) > 0 || o.onlyGiven
		})
	}
	return asks(in.base) || slices.ContainsFunc(in.change, func(c change) bool { return asks(c.stack) })
}
