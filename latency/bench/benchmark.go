package bench

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Group is a part of the product.
type Group string

// The groups, in the order of reports.
const (
	Debugger Group = "debugger"
	Kernel   Group = "kernel"
	Tools    Group = "tools"
	Language Group = "lsp"
	Memory   Group = "memory"
	State    Group = "state"
	Start    Group = "start"
	Size     Group = "size"
)

// Groups lists all groups.
func Groups() []Group {
	return []Group{Debugger, Kernel, Tools, Language, Memory, State, Start, Size}
}

// Reach says how a benchmark gets at what it measures.
type Reach string

// Ways to get there. Direct calls Go functions in this process; the others are interfaces
// of the built program in a process of its own, so that they have the harness in them.
const (
	Direct  Reach = "direct"
	Stdio   Reach = "stdio"
	TCP     Reach = "tcp"
	Unix    Reach = "unix socket"
	Process Reach = "process"
)

// Unit is what the figures of a benchmark count. Less is better in all of them.
type Unit string

// Units. Seconds are kept as nanoseconds.
const (
	Nanoseconds Unit = "ns"
	Bytes       Unit = "B"
)

// Claim is what the original llmspell says of itself.
type Claim struct {
	Figure string `json:"figure"`
	Source string `json:"source"` // where it says so
}

// Benchmark is something that can be measured.
type Benchmark struct {
	Name   string
	Group  Group
	What   string // is measured, as a line
	Reach  Reach
	Unit   Unit
	Budget float64 // of the median; 0: none
	Claim  Claim
	Times  int // samples of a round
	Open   func(context.Context, *Env) (*Probe, error)
}

// Probe is a benchmark that is ready to be measured.
type Probe struct {
	// Once does it once. It must look at the result.
	Once func() error
	// Each is how many operations one sample has, for those that take less than a clock can
	// tell; 0 is 1. Once does all of them.
	Each int
	// Before is called before each sample, and is not timed.
	Before func() error
	// Took replaces the clock, where Once knows better what counts.
	Took func() time.Duration
	// Value replaces Once, for what is no duration.
	Value func() (float64, error)
	// CPU is what all the processes have used that take part, beside this one. Without it the CPU
	// time of what is not reached directly is unknown.
	CPU func() time.Duration
	// Yardstick is measured beside each round, instead of the one that does arithmetic.
	Yardstick *Yardstick
	// Close ends it.
	Close func() error
}

// Env is what benchmarks work with.
type Env struct {
	Binary string   // the llmspell that is measured, as a process
	Dir    string   // a folder of their own
	Vars   []string // the environment of processes
}

// check says what is wrong with a benchmark as it was declared.
func (b *Benchmark) check() error {
	switch {
	case b.Name == "" || strings.ContainsAny(b.Name, " \t\n"):
		return fmt.Errorf("the name %q must be one word", b.Name)
	case b.What == "" || b.Group == "" || b.Reach == "" || b.Unit == "" || b.Open == nil:
		return fmt.Errorf("%s says not all of what it measures", b.Name)
	case b.Times < 1:
		return fmt.Errorf("%s takes no samples", b.Name)
	case (b.Claim.Figure == "") != (b.Claim.Source == ""):
		return fmt.Errorf("%s has a claim without its source", b.Name)
	}
	return nil
}

// Check looks at a list of benchmarks: each complete, and no name twice.
func Check(list []Benchmark) error {
	seen := map[string]bool{}
	for i := range list {
		if err := list[i].check(); err != nil {
			return err
		}
		if seen[list[i].Name] {
			return fmt.Errorf("two benchmarks are called %s", list[i].Name)
		}
		seen[list[i].Name] = true
	}
	return nil
}
