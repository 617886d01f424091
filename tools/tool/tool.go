package tool

import (
	"context"
	"encoding/json"
	"errors"
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

// Quicker is a Tool some of whose calls are as Descriptor.Quick says, and
// others not.
type Quicker interface {
	Tool
	// Quick tells, at no cost, whether this call is.
	Quick(call *Call) bool
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
	Category    string // filesystem, web, api, document, data, system, media, utility
	Tags        []string
	Description string
	Version     string
	Parameters  *schema.Schema // an object
	Result      *schema.Schema // the result field of the envelope
	Security    Security
	Needs       []Need
	SideEffects bool          // a second call with the same parameters is not the same: never cached, never retried
	CacheFor    time.Duration // how long a result may be given again for the same parameters; 0: never
	Quick       bool          // Run ends within a millisecond whatever it is given, and cannot block
	Timeout     time.Duration // for one call; 0 takes the Invoker's
	Settings    []Setting     // what the tool's owner configures, not its caller
	Examples    []Example
}

// Setting is a value that a tool takes from its configuration, such as the
// address and key of a service.
type Setting struct {
	Name        string // lower case words joined by underscores: brave_api_key
	Description string
	Default     string
	Env         []string // further environment variables that may hold it: BRAVE_API_KEY
	Secret      bool     // never shown
}

// Example is a call that works, for people to read and tests to run. It runs
// in an empty folder of its own, which its Files fill first.
type Example struct {
	Description string
	Params      map[string]any
	// Files are written into the folder before the call: names and contents.
	Files map[string]string
	// Settings are what the tool finds configured; {name} stands for Setup's
	// values, as in Params.
	Settings map[string]string
	// Want is the result that the call must give: each member of an object
	// that it names must be there, and equal. Nil where the result differs
	// from call to call.
	Want any
	// Setup prepares what the example needs beyond files, such as a server on
	// loopback, and returns the values that stand in its Params for {name},
	// and what ends it. Nil for most.
	Setup func(dir string) (values map[string]string, end func(), err error)
}

// ErrNoExample is what Setup wraps when this machine lacks what it takes, such as a
// program: the example cannot be tried here.
var ErrNoExample = errors.New("the example cannot run on this machine")

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

	settings func(name string) string
	progress func(Progress)
}

// NewCall makes a call for Run, as an Invoker does. settings finds the tool's
// configured values; progress is told of how the call goes on. Both may be nil.
func NewCall(params Params, box *sandbox.Sandbox, settings func(name string) string, progress func(Progress)) *Call {
	return &Call{Operation: params.String("operation"), Params: params, Sandbox: box, settings: settings, progress: progress}
}

// Setting returns a configured value of the tool, or "".
func (c *Call) Setting(name string) string {
	if c.settings == nil {
		return ""
	}
	return c.settings(name)
}

// Progress says how far a long call is.
type Progress struct {
	Done, Total float64 // in any unit; Total is 0 when nobody knows
	Message     string
}

// Report tells whoever waits for the call how far it is.
func (c *Call) Report(done, total float64, message string) {
	if c.progress != nil {
		c.progress(Progress{Done: done, Total: total, Message: message})
	}
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
	NoStore  bool           // this result must not be given again, whatever CacheFor says
}

// Value makes a Result of a value alone.
func Value(v any) *Result { return &Result{Value: v} }
