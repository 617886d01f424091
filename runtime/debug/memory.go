package debug

import (
	"context"
	"errors"
)

// ReadMemory returns count bytes of a string from offset on, by the reference
// in Variable.Memory; fewer where the string ends.
func (e *Engine) ReadMemory(ctx context.Context, ref string, offset, count int) ([]byte, error) {
	return nil, errors.New("not built yet")
}

// WriteMemory replaces bytes of a string: since Lua strings do not change, the
// variable that holds it gets a new one. It returns how many bytes were
// written, from offset on.
func (e *Engine) WriteMemory(ctx context.Context, ref string, offset int, data []byte, partial bool) (int, error) {
	return 0, errors.New("not built yet")
}
