package replay

import (
	"fmt"
	"strings"
	"time"
)

// Mode says how executions are run again.
type Mode string

// The modes.
const (
	// Exact runs the same code with the same arguments and variables; tools are
	// called anew.
	Exact Mode = "exact"
	// Modified is Exact with changes: see Modification.
	Modified Mode = "modified"
	// Simulate answers tool calls from the journal: no tool works.
	Simulate Mode = "simulate"
	// Debug is Exact with both sides in the report, and ends at the first
	// difference.
	Debug Mode = "debug"
)

// Modes returns all modes.
func Modes() []Mode { return []Mode{Exact, Modified, Simulate, Debug} }

// ParseMode reads a mode, in any case; "" is Exact.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(strings.ToLower(strings.TrimSpace(s))); m {
	case "":
		return Exact, nil
	case Exact, Modified, Simulate, Debug:
		return m, nil
	}
	return "", fmt.Errorf("%q is not a mode; want exact, modified, simulate or debug", s)
}

// Modification changes something before it is replayed. Path is one of
//
//	variables.NAME                      a variable that the session begins with
//	steps.N.code                        the code of step N
//	steps.N.args[I]                     an argument
//	steps.N.tool_calls[I].params.…      what tool call I is given
//	steps.N.tool_calls[I].result.…      what tool call I answers, without the tool
//
// where N is the number of the execution and I counts from 0. More names and
// indexes lead into the value.
type Modification struct {
	Path     string
	Value    any
	Disabled bool
}

// Options of a replay. The zero value replays all exactly, and compares nothing.
type Options struct {
	Mode          Mode // "": Exact
	Compare       bool // say what differs; Debug always does
	From, To      int  // the steps, by the numbers of the executions; 0: the first, the last
	Timeout       time.Duration
	StopOnError   bool // end where a step fails that did not fail when it was recorded
	Modifications []Modification
	Metadata      map[string]any // goes into the report
	// Progress, if not nil, is told of each step when it has ended.
	Progress func(*StepReport)
}

func (o *Options) check() error {
	m, err := ParseMode(string(o.Mode))
	if err != nil {
		return err
	}
	o.Mode = m
	switch {
	case o.From < 0 || o.To < 0:
		return fmt.Errorf("steps count from 1: from %d to %d makes no sense", o.From, o.To)
	case o.To > 0 && o.From > o.To:
		return fmt.Errorf("step %d comes after step %d", o.From, o.To)
	case o.Timeout < 0:
		return fmt.Errorf("the timeout %v is negative", o.Timeout)
	case len(o.Modifications) > 0 && o.Mode != Modified:
		return fmt.Errorf("there are modifications, but the mode is %s: choose the mode modified", o.Mode)
	}
	return nil
}

// Status of a replay.
type Status string

// The statuses of a replay.
const (
	Done    Status = "completed" // all steps were run
	Failed  Status = "failed"    // a step failed that did not when it was recorded
	Stopped Status = "stopped"   // it has ended before the last step: see Report.Reason
)

// Report of a replay.
type Report struct {
	Session    string         `json:"session_id"`
	Mode       Mode           `json:"mode"`
	Status     Status         `json:"status"`
	Reason     string         `json:"reason,omitempty"`
	Started    time.Time      `json:"started_at"`
	Duration   time.Duration  `json:"-"`
	DurationMS float64        `json:"duration_ms"`
	Steps      []*StepReport  `json:"steps"`
	Failed     int            `json:"failed"`     // steps
	Compared   bool           `json:"compared"`   // whether the next two mean something
	Identical  bool           `json:"identical"`  // in all steps
	Similarity float64        `json:"similarity"` // the mean of the steps
	Metadata   map[string]any `json:"metadata,omitempty"`
}

// StepReport is what came of one execution that was run again.
type StepReport struct {
	Sequence   int         `json:"sequence"`
	Kind       string      `json:"kind"`
	Name       string      `json:"name"`
	Outcome    string      `json:"outcome"`
	Recorded   string      `json:"recorded_outcome"`
	Failed     bool        `json:"failed"`            // unlike the recorded one, or damaged
	Damaged    string      `json:"damaged,omitempty"` // what of the record cannot be read
	Error      string      `json:"error,omitempty"`
	DurationMS float64     `json:"duration_ms"`
	ToolCalls  int         `json:"tool_calls"`
	Simulated  int         `json:"simulated_calls"` // of ToolCalls
	Comparison *Comparison `json:"comparison,omitempty"`
	Original   any         `json:"original,omitempty"` // in the mode debug: all that was recorded
	Replayed   any         `json:"replayed,omitempty"` // likewise, of the replay
}
