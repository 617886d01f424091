package render

import (
	"context"
	"errors"
	"fmt"
)

// Limits of one rendering.
const (
	MaxTemplate = 1 << 20   // bytes of a template's source
	MaxSteps    = 5_000_000 // evaluated nodes
	MaxBytes    = 128 << 20 // of all strings and lists that were made on the way
	MaxOutput   = 16 << 20  // bytes of the result
	MaxDepth    = 150       // of nesting, in the source and while rendering
	MaxRange    = 100_000   // items of a list of numbers
)

// ErrLimit is wrapped by the error of a template that costs too much.
var ErrLimit = errors.New("the template exceeds a limit")

// Stop is what a Meter and an engine panic with.
type Stop struct{ Err error }

// Stopf ends a rendering with an error.
func Stopf(format string, args ...any) { panic(&Stop{fmt.Errorf(format, args...)}) }

// Recover turns a panic with a *Stop into the error. It is deferred.
func Recover(err *error) {
	switch v := recover().(type) {
	case nil:
	case *Stop:
		*err = v.Err
	default:
		panic(v)
	}
}

// Meter counts what one rendering costs.
type Meter struct {
	ctx                context.Context
	steps, bytes, next int
	depth              int
}

// NewMeter makes a Meter that also stops the rendering once ctx is done.
func NewMeter(ctx context.Context) *Meter { return &Meter{ctx: ctx} }

func limit(format string, args ...any) {
	Stopf("%w: %s", ErrLimit, fmt.Sprintf(format, args...))
}

// Step counts one step.
func (m *Meter) Step() { m.Work(0) }

// Work counts one step that looks at n bytes or items.
func (m *Meter) Work(n int) {
	m.steps += 1 + n/64
	if m.steps < m.next {
		return
	}
	m.next = m.steps + 1024
	if err := m.ctx.Err(); err != nil {
		panic(&Stop{err})
	}
	if m.steps > MaxSteps {
		limit("it takes more than %d steps; its loops run too often", MaxSteps)
	}
}

// Alloc counts n bytes that are about to be made.
func (m *Meter) Alloc(n int) {
	if n < 0 || n > MaxBytes || m.bytes+n > MaxBytes {
		limit("it makes more than %d MB of text and lists", MaxBytes>>20)
	}
	m.bytes += n
	m.Work(n / 16)
}

// Items counts a list of n items that is about to be made.
func (m *Meter) Items(n int) {
	if n < 0 || n > MaxBytes/16 {
		n = MaxBytes / 16
	}
	m.Alloc(16 * n)
}

// Enter counts a level of nesting: a call, an include, a recursive loop.
func (m *Meter) Enter() {
	if m.depth++; m.depth > MaxDepth {
		limit("it is nested more than %d deep; something probably includes or calls itself", MaxDepth)
	}
	m.Step()
}

// Leave ends a level.
func (m *Meter) Leave() { m.depth-- }

// Output collects the result of a rendering, or of a part of it.
type Output struct {
	m    *Meter
	text []byte
}

// NewOutput makes an empty Output.
func (m *Meter) NewOutput() *Output { return &Output{m: m} }

// Write adds text to the output.
func (o *Output) Write(s string) {
	if len(o.text)+len(s) > MaxOutput {
		limit("its result is larger than %d MB", MaxOutput>>20)
	}
	o.m.Alloc(len(s))
	o.text = append(o.text, s...)
}

// String returns what was written.
func (o *Output) String() string { return string(o.text) }
