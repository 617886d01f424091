package archive

import (
	"context"
	"errors"
	"testing"
)

// Kept variables are read one at a time: an interrupt ends that, and what is no object of
// variables is damaged.
func TestSplitVariables(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	vars, err := splitVariables(ctx, []byte(`{"a":1,"b":{"$bytes":"/w=="}}`))
	if err != nil || len(vars) != 2 || vars["a"] != int64(1) || vars["b"] != "\xff" {
		t.Errorf("%v, %v", vars, err)
	}
	for _, text := range []string{``, `[]`, `{"a":`, `{"a":1`, `{"a":1}{}`, `{"a":{"$bytes":1}}`} {
		if _, err := splitVariables(ctx, []byte(text)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", text, err)
		}
	}
	cancel()
	if _, err := splitVariables(ctx, []byte(`{"a":1}`)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
