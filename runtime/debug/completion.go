package debug

import (
	"context"
	"errors"
)

// Completions proposes how text goes on at an offset in bytes, from the names
// and tables that are alive in a frame (0: globals only). Nothing that it looks
// at is changed.
func (e *Engine) Completions(ctx context.Context, frame int, text string, offset int) ([]Completion, error) {
	return nil, errors.New("not built yet")
}
