package memory

import (
	"cmp"
	"slices"
)

// The kinds of patterns.
const (
	StatePattern = "state" // a value of the state was changed from one value to another
	ToolPattern  = "tool"  // a tool was called after another
)

// Pattern is something that was done again and again in a session: how often To came
// after From.
type Pattern struct {
	ID      int64
	Session string
	Kind    string
	// About is what is changed: for StatePattern the scope and the key. "" for ToolPattern.
	About string
	// From and To are values as JSON, "" for none; or names of tools, "" for none.
	From, To string
	Count    int
	Failed   int // how often of these it failed
	// First and Last are when it was seen.
	First, Last Instant
	// Confidence is how likely To comes after From, as far as was seen: from 0 to 1. Memory
	// works it out; backends do not keep it.
	Confidence float64
}

// Add is the pattern with what was seen of another one like it.
func (p Pattern) Add(more Pattern) Pattern {
	p.Count, p.Failed = p.Count+more.Count, p.Failed+more.Failed
	p.First, p.Last = min(p.First, more.First), max(p.Last, more.Last)
	return p
}

// PatternQuery says which patterns are meant. The zero value means all.
type PatternQuery struct {
	Sessions []string // one of these; "a*" is any that begins with a
	IDs      []int64
	Kind     string
	About    string
	From     *string
	MinCount int
	// Damaged is told of those that are meant, as far as can be seen, and are damaged; its error ends the list. nil: they are left out.
	Damaged func(p *Pattern, why error) error
}

// check tells what in a query no pattern can have.
func (q *PatternQuery) check() error {
	err := cmp.Or(CheckText("the session", q.Sessions...), CheckText("the kind", q.Kind), CheckText("what it is about", q.About))
	if err == nil && q.From != nil {
		err = CheckText("from", *q.From)
	}
	return err
}

// Match tells whether a pattern is meant.
func (q *PatternQuery) Match(p *Pattern) bool {
	return (len(q.Sessions) == 0 || slices.ContainsFunc(q.Sessions, func(s string) bool { return SessionMatches(s, p.Session) })) &&
		(len(q.IDs) == 0 || slices.Contains(q.IDs, p.ID)) && (q.Kind == "" || q.Kind == p.Kind) && (q.About == "" || q.About == p.About) &&
		(q.From == nil || *q.From == p.From) && p.Count >= q.MinCount
}

// PatternReader finds patterns.
type PatternReader interface {
	// Patterns returns those that are meant, in the order of their ids.
	Patterns(q PatternQuery) ([]Pattern, error)
}

// PatternTx changes patterns.
type PatternTx interface {
	// CountPatterns adds to the counts of patterns with the same session, kind, subject, From
	// and To, or makes them. IDs do not count. Nothing is added to one that is damaged.
	CountPatterns(list []Pattern) error
	// DropPatterns removes those that are meant, also damaged ones, and tells how many there were.
	DropPatterns(q PatternQuery) (int, error)
}
