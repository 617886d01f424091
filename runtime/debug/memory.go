package debug

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// memoryRef is a string whose bytes can be read: that of a variable, or, with
// no container, a mere value.
type memoryRef struct {
	c     cells
	ch    child
	value lua.LValue
}

// memory makes the reference of a string, "" for other values. What must not be
// shown has none.
func (v *view) memory(m *memoryRef) string {
	s, ok := m.value.(lua.LString)
	if !ok || s == "" || v.secrets.touches(string(s)) {
		return ""
	}
	return "m" + strconv.Itoa(v.e.handles.add(m))
}

// memoryOf resolves a reference.
func (e *Engine) memoryOf(ref string) (*memoryRef, error) {
	if digits, ok := strings.CutPrefix(ref, "m"); ok {
		if id, err := strconv.Atoi(digits); err == nil {
			if m, ok := e.handles.get(id).(*memoryRef); ok {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("memory %q: %w", ref, ErrStale)
}

// text is the string that is there now.
func (m *memoryRef) text(secrets *secretSet) (string, error) {
	value := m.value
	if m.c != nil && !m.ch.readOnly {
		value = m.c.get(m.ch)
	}
	s, ok := value.(lua.LString)
	switch {
	case !ok:
		return "", fmt.Errorf("%s is no string any more", m.ch.name)
	case m.c != nil && secrets.hides(m.ch.word(), s), secrets.touches(string(s)):
		return "", fmt.Errorf("%s is secret", m.ch.name)
	}
	return string(s), nil
}

// ReadMemory returns count bytes of a string from offset on, by the reference
// in Variable.Memory; fewer where the string ends.
func (e *Engine) ReadMemory(ctx context.Context, ref string, offset, count int) (out []byte, err error) {
	err = e.inStop(ctx, func(*stop) error {
		m, err := e.memoryOf(ref)
		if err != nil {
			return err
		}
		s, err := m.text(e.secrets.Load())
		if err != nil {
			return err
		}
		if offset < 0 || count < 0 {
			return fmt.Errorf("memory %q: offset %d, count %d: neither may be negative", ref, offset, count)
		}
		s = s[min(offset, len(s)):]
		out = []byte(s[:min(count, len(s))])
		return nil
	})
	return out, err
}

// WriteMemory replaces bytes of a string: since Lua strings do not change, the
// variable that holds it gets a new one, of the same length. It returns how
// many bytes were written, from offset on. Data that does not fit is refused,
// or, with partial set, cut.
func (e *Engine) WriteMemory(ctx context.Context, ref string, offset int, data []byte, partial bool) (n int, err error) {
	err = e.inStop(ctx, func(*stop) error {
		m, err := e.memoryOf(ref)
		if err != nil {
			return err
		}
		s, err := m.text(e.secrets.Load())
		switch {
		case err != nil:
			return err
		case m.c == nil:
			return fmt.Errorf("memory %q is the result of an evaluation: only the string of a variable can be written", ref)
		case m.ch.readOnly:
			return fmt.Errorf("memory %q: %s cannot be set", ref, m.ch.name)
		case offset < 0 || offset > len(s):
			return fmt.Errorf("memory %q: offset %d is outside of the string's %d bytes", ref, offset, len(s))
		}
		if room := len(s) - offset; len(data) > room {
			if !partial {
				return fmt.Errorf("memory %q: %d bytes do not fit behind offset %d of %d: a string keeps its length", ref, len(data), offset, len(s))
			}
			data = data[:room]
		}
		if len(data) == 0 {
			return nil
		}
		e.handles.changes++
		n = len(data)
		return m.c.put(m.ch, lua.LString(s[:offset]+string(data)+s[offset+n:]))
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
