package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
)

// Tool does the work of one tool. One instance serves every call, from many
// goroutines at a time. Run must return soon after ctx is done; it is called
// with parameters that have passed the descriptor's schema, defaults filled in.
type Tool interface {
	Run(ctx context.Context, call *Call) (*Result, error)
}

// Func is a Tool without state.
type Func func(ctx context.Context, call *Call) (*Result, error)

// Run calls the function.
func (f Func) Run(ctx context.Context, call *Call) (*Result, error) { return f(ctx, call) }

// Security says how much harm a tool can do.
type Security string

// The security levels: Safe tools compute; Restricted ones read what the
// sandbox allows; Privileged ones change things.
const (
	Safe       Security = "safe"
	Restricted Security = "restricted"
	Privileged Security = "privileged"
)

// Need is something outside the process's own memory that a tool uses.
type Need string

// What a tool may need.
const (
	Files       Need = "files"
	Network     Need = "network"
	Processes   Need = "processes"
	Environment Need = "environment"
)

// Descriptor is what a tool says about itself. It is made once, is never
// changed, and costs nothing to list.
type Descriptor struct {
	Name        string // lower case with hyphens: text-manipulator
	Aliases     []string
	Category    string // filesystem, web, api, analysis, data, system, media, utility
	Tags        []string
	Description string
	Version     string
	Parameters  *schema.Schema // an object
	Result      *schema.Schema // the result field of the envelope
	Security    Security
	Needs       []Need
	SideEffects bool          // a second call with the same parameters is not the same
	Timeout     time.Duration // for one call; 0 takes the Invoker's
	Examples    []Example
}

// Example is a call that works, for people to read and tests to run.
type Example struct {
	Description string
	Params      map[string]any
}

// NeedsAny tells whether the tool needs one of the given things.
func (d *Descriptor) NeedsAny(needs ...Need) bool {
	return slices.ContainsFunc(needs, func(n Need) bool { return slices.Contains(d.Needs, n) })
}

// Definition is what a registry holds: a descriptor, and how to make the tool
// the first time that it is called.
type Definition struct {
	Descriptor *Descriptor
	New        func() (Tool, error)
}

// Static defines a tool that is one stateless function.
func Static(d *Descriptor, run Func) Definition {
	return Definition{Descriptor: d, New: func() (Tool, error) { return run, nil }}
}

// Call is one invocation.
type Call struct {
	Operation string // the operation parameter; empty when the tool has none
	Params    Params
	Sandbox   *sandbox.Sandbox
}

// Params are validated parameters.
type Params map[string]any

// String returns a string parameter, or "" when it is missing.
func (p Params) String(name string) string { s, _ := p[name].(string); return s }

// Has tells whether a parameter was given or has a default.
func (p Params) Has(name string) bool { _, ok := p[name]; return ok }

// Bool returns a boolean parameter, or false when it is missing.
func (p Params) Bool(name string) bool { b, _ := p[name].(bool); return b }

// Float returns a number parameter, or 0 when it is missing.
func (p Params) Float(name string) float64 {
	switch v := p[name].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case json.Number:
		f, _ := v.Float64()
		return f
	}
	return 0
}

// Int returns a whole-number parameter, or 0 when it is missing.
func (p Params) Int(name string) int { return int(p.Float(name)) }

// Map returns an object parameter, or nil when it is missing.
func (p Params) Map(name string) map[string]any { m, _ := p[name].(map[string]any); return m }

// Need returns a string parameter that this operation requires although the
// schema, which knows no operations, cannot say so.
func (c *Call) Need(name string) (string, error) {
	if s := c.Params.String(name); s != "" {
		return s, nil
	}
	if v, ok := c.Params[name]; ok && v != "" {
		return "", &schema.FieldError{Path: name, Expected: "a string", Value: v}
	}
	return "", c.Missing(name)
}

// Missing is the error for a parameter that this operation requires, or, with
// several names, of which it requires one.
func (c *Call) Missing(names ...string) error {
	e := &schema.FieldError{Path: names[0], Problem: "is missing", Help: fmt.Sprintf("the operation %q needs it", c.Operation)}
	if len(names) > 1 {
		e.Help = fmt.Sprintf("the operation %q needs one of %s", c.Operation, strings.Join(names, ", "))
	}
	return e
}

// Result is what a tool gives back.
type Result struct {
	Value    any            // the envelope's result: JSON-like values, as the Result schema says
	Message  string         // one line for people
	Text     *string        // the answer as plain text, for tools whose answer is text
	Metadata map[string]any // what goes beside duration_ms
}

// Value makes a Result of a value alone.
func Value(v any) *Result { return &Result{Value: v} }
