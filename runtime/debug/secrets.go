package debug

import (
	"errors"
	"sort"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// Secrets says what must not be shown.
type Secrets struct {
	// Name tells whether the values of variables and fields of a name are
	// secret; nil: none. It runs on the goroutine that runs Lua.
	Name func(name string) bool
	// Values are secret wherever they occur in a string.
	Values []string
}

// masked stands for what must not be shown.
const masked = "•••"

// secretSet is Secrets made ready. A nil set hides nothing.
type secretSet struct {
	name     func(string) bool
	replacer *strings.Replacer // nil without values
	longest  int
}

// SetSecrets replaces what must not be shown. It may be changed at any time.
func (e *Engine) SetSecrets(s Secrets) {
	set := &secretSet{name: s.Name}
	values := append([]string(nil), s.Values...)
	// Of two that begin at the same place the longer one goes: the other would
	// leave its end.
	sort.SliceStable(values, func(i, j int) bool { return len(values[i]) > len(values[j]) })
	var pairs []string
	for _, v := range values {
		if v != "" {
			pairs = append(pairs, v, masked)
			set.longest = max(set.longest, len(v))
		}
	}
	if len(pairs) > 0 {
		set.replacer = strings.NewReplacer(pairs...)
	}
	if set.name == nil && set.replacer == nil {
		set = nil
	}
	e.secrets.Store(set)
}

// Redact replaces the values that must not be shown in a text. Any goroutine.
func (e *Engine) Redact(text string) string { return e.secrets.Load().redact(text) }

func (s *secretSet) redact(text string) string {
	if s == nil || s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// start redacts as much of a text as showing n bytes of it takes: long ones are
// not searched to the end, and none is cut within a secret.
func (s *secretSet) start(text string, n int) string {
	if s == nil || s.replacer == nil {
		return text
	}
	window := n + 2*s.longest + utf8.UTFMax
	if len(text) <= window {
		return s.replacer.Replace(text)
	}
	out := s.replacer.Replace(text[:window])
	return out[:max(len(out)-s.longest, 0)] + "…" // where the window has cut a secret
}

// touches tells whether a text holds a secret value.
func (s *secretSet) touches(text string) bool {
	return s != nil && s.replacer != nil && s.replacer.Replace(text) != text
}

// hides tells whether the value of a name is secret. That it is nil is not.
func (s *secretSet) hides(name string, value lua.LValue) bool {
	return s != nil && s.name != nil && name != "" && value != lua.LNil && s.name(name)
}

// mentions tells whether code uses a name whose values are secret, be it as a
// word or as a string.
func (s *secretSet) mentions(code string) bool {
	if s == nil || s.name == nil {
		return false
	}
	tokens, _ := scan(code)
	for _, t := range tokens {
		if (t.kind == tokenName || t.kind == tokenString) && s.name(t.value) {
			return true
		}
	}
	return false
}

// hidesResult tells whether a result of code that mentions a secret is not
// shown: what it does to the secret is not known, but nil and booleans tell
// little.
func hidesResult(value lua.LValue) bool {
	switch value.(type) {
	case *lua.LNilType, lua.LBool:
		return false
	}
	return true
}

// error is an error without what must not be shown.
func (s *secretSet) error(err error) error {
	if err == nil || !s.touches(err.Error()) {
		return err
	}
	return &redactedError{s.redact(err.Error()), err}
}

type redactedError struct {
	text string
	err  error
}

func (r *redactedError) Error() string        { return r.text }
func (r *redactedError) Is(target error) bool { return errors.Is(r.err, target) }

// exception is an exception without what must not be shown.
func (s *secretSet) exception(x *Exception) *Exception {
	if x == nil || s == nil || s.replacer == nil {
		return x
	}
	out := *x
	out.Message, out.Traceback = s.redact(x.Message), s.redact(x.Traceback)
	out.Causes = nil
	for _, cause := range x.Causes {
		out.Causes = append(out.Causes, s.redact(cause))
	}
	return &out
}

// discreet is a Handler that is told nothing secret.
type discreet struct {
	Handler
	e *Engine
}

// Stopped implements Handler.
func (d discreet) Stopped(s Stop) {
	s.Text, s.Description = d.e.Redact(s.Text), d.e.Redact(s.Description)
	d.Handler.Stopped(s)
}

// LogPoint implements Handler.
func (d discreet) LogPoint(text string, src Source, line int) {
	d.Handler.LogPoint(d.e.Redact(text), src, line)
}
