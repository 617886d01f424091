package bench

import (
	"fmt"
	"strings"
	"time"
)

// Reference says what a run was compared with.
type Reference struct {
	Name        string      `json:"name"` // a baseline, or the file of a program
	InTurn      bool        `json:"in_turn,omitempty"`
	Time        time.Time   `json:"time"`
	Environment Environment `json:"environment"`
	Notes       []string    `json:"notes,omitempty"` // what makes the comparison say less
}

// Refer describes the run that another is compared with.
func Refer(name string, old, now *Run) *Reference {
	return &Reference{Name: name, Time: old.Time, Environment: old.Environment, Notes: unlike(old.Environment, now.Environment)}
}

// String is a line for a report.
func (r *Reference) String() string {
	how := ", measured " + r.Time.Format("2006-01-02 15:04 MST")
	if r.InTurn {
		how = ", measured in turn"
	}
	return fmt.Sprintf("Compared with %s: llmspell %s, %s%s.", r.Name, orUnknown(strings.TrimSpace(r.Environment.Version+" "+r.Environment.Revision)), r.Environment.Go, how)
}

// unlike says how the machine on which something was measured differs from this one.
func unlike(old, now Environment) []string {
	var notes []string
	if old.machine() != now.machine() {
		notes = append(notes, fmt.Sprintf("it was measured on another machine (%s; here: %s), so a change may be the machine's: measure both here, with --save or --against", old.machine(), now.machine()))
	}
	if old.Kernel != now.Kernel && len(notes) == 0 {
		notes = append(notes, fmt.Sprintf("the system's kernel was %s then, and is %s", orUnknown(old.Kernel), orUnknown(now.Kernel)))
	}
	return notes
}

// machine tells machines apart.
func (e Environment) machine() string {
	return fmt.Sprintf("%s, %d x %s", e.System, e.Cores, orUnknown(e.Processor))
}
