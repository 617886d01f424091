package runtime

import (
	"errors"
	"fmt"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// ConvertLimits bound one conversion between Lua and Go values, in either
// direction. A field that is zero takes its value from DefaultConvertLimits.
type ConvertLimits struct {
	MaxDepth int   // tables inside tables
	MaxNodes int   // values in all, tables included
	MaxBytes int64 // bytes of all strings and keys
	// Charge, if set, is called for each thousand values or so. It may raise a Lua
	// error, which ends the conversion.
	Charge func(values int)
	// NumberKeys makes ToGo keep the number keys of tables that are no sequences:
	// such a table becomes a map[any]any, whose keys are string, int64 and float64.
	// FromGo turns it back into an equal table.
	NumberKeys bool
	// Null, if set, is what FromGo makes of a nil inside a list or a map; without it
	// there are holes, and members that are absent. ToGo turns it back: it must be a
	// userdata that holds a Null.
	Null lua.LValue
}

// Null is the Go value of a userdata that stands for nil in tables, where nil itself
// cannot be. ToGo turns such a userdata into nil.
type Null struct{}

// IsNull tells whether a Lua value is a userdata that holds a Null.
func IsNull(v lua.LValue) bool {
	u, ok := v.(*lua.LUserData)
	if !ok {
		return false
	}
	_, ok = u.Value.(Null)
	return ok
}

// DefaultConvertLimits are wide enough for any reasonable document and stop a
// conversion long before it hurts the process.
func DefaultConvertLimits() ConvertLimits {
	return ConvertLimits{MaxDepth: 128, MaxNodes: 4 << 20, MaxBytes: 256 << 20}
}

func (lim ConvertLimits) orDefault() ConvertLimits {
	def := DefaultConvertLimits()
	if lim.MaxDepth <= 0 {
		lim.MaxDepth = def.MaxDepth
	}
	if lim.MaxNodes <= 0 {
		lim.MaxNodes = def.MaxNodes
	}
	if lim.MaxBytes <= 0 {
		lim.MaxBytes = def.MaxBytes
	}
	return lim
}

// ConvertError says which part of a value could not be converted, and why.
type ConvertError struct {
	Path   string // such as ".items[3].next"; empty for the value itself
	Reason string
	Limit  bool // it is beyond a ConvertLimits: a smaller or flatter one could be converted
}

func (e *ConvertError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// under prepends one step to the path. Paths are built only while an error
// travels up, so that a conversion that works never pays for them.
func under(step string, err error) error {
	if ce := (*ConvertError)(nil); errors.As(err, &ce) {
		ce.Path = step + ce.Path
	}
	return err
}

// FieldStep is how paths to parts of values name the member of a table: .name, or ["other text"].
func FieldStep(key string) string {
	if isName(key) {
		return "." + key
	}
	if len(key) > 40 {
		key = key[:40] + "…"
	}
	return "[" + strconv.Quote(key) + "]"
}

// IndexStep is how they name an element of a list: [2].
func IndexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// budget counts what a conversion has used of its limits.
type budget struct {
	lim   ConvertLimits
	nodes int
	bytes int64
}

// chargeEvery is how many values are converted between two calls of Charge.
const chargeEvery = 1024

func (b *budget) node() error {
	if b.nodes++; b.nodes%chargeEvery == 0 && b.lim.Charge != nil {
		b.lim.Charge(chargeEvery)
	}
	if b.nodes > b.lim.MaxNodes {
		return &ConvertError{Reason: fmt.Sprintf("the value has more than %d parts; pass a smaller one, or in pieces", b.lim.MaxNodes), Limit: true}
	}
	return nil
}

func (b *budget) text(s string) error {
	if b.bytes += int64(len(s)); b.bytes > b.lim.MaxBytes {
		return &ConvertError{Reason: fmt.Sprintf("the value holds more than %d bytes of text; pass a smaller one, or in pieces", b.lim.MaxBytes), Limit: true}
	}
	return nil
}

func (b *budget) depth(d int) error {
	if d > b.lim.MaxDepth {
		return &ConvertError{Reason: fmt.Sprintf("nested more than %d deep; pass a flatter value", b.lim.MaxDepth), Limit: true}
	}
	return nil
}
