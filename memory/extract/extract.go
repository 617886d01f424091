package extract

import (
	"strings"
	"time"
)

// Turn is what somebody has said.
type Turn struct {
	// Role is who: "user", or a name. What assistants, tools and the system say is not taken.
	Role    string
	Content string
	Time    time.Time
}

// Kind is what a Finding is.
type Kind int

// The kinds of findings.
const (
	Holds Kind = iota // the fact holds from From on
	Ends              // it holds no longer
	Alias             // Subject is also called Entity
)

// Finding is what a turn says.
type Finding struct {
	Kind        Kind
	Subject     string
	SubjectType string // "person", or ""
	Predicate   string
	// Entity names the object, which is of EntityType; if it is "" the object is Value.
	Entity, EntityType string
	Value              any
	From               time.Time
	Confidence         float64
}

// machines are the roles of those that speak for nobody.
var machines = map[string]bool{"assistant": true, "system": true, "tool": true, "function": true, "bot": true, "ai": true, "model": true, "developer": true, "agent": true}

// English takes from a turn what it says, in its order.
func English(t Turn) (out []Finding) {
	role := strings.TrimSpace(t.Role)
	if role == "" || machines[strings.ToLower(role)] {
		return nil
	}
	seen := map[Finding]bool{}
	meant, genders := referent{}, map[string]string{}
	for _, s := range sentences(t.Content) {
		if s == "" { // a question or a quotation: who is spoken of then is not sure
			meant = referent{}
		}
		for _, c := range clauses(s) {
			resolved := meant.resolve(c, genders)
			if resolved == "" {
				continue
			}
			found := says(resolved, role, t.Time)
			meant = meant.after(resolved, found, genders)
			for _, f := range found {
				f.unstand(role)
				if !seen[f] {
					seen[f], out = true, append(out, f)
				}
			}
		}
	}
	return out
}

// says is what a clause says: one thing.
func says(clause, role string, at time.Time) []Finding {
	for _, r := range rules() {
		if found := r.apply(clause, role, at); len(found) > 0 {
			return found
		}
	}
	return nil
}
