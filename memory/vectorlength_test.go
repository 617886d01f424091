package memory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
	"github.com/llmspell/llmspell/memory/vector"
)

// A server whose model has changed, and kept its name: what it makes is not mixed with what is stored.
func TestVectorsOfOneLength(t *testing.T) {
	b := inmem.New(nil)
	eight, nine := meaning(t, b, opened(&topics{model: "m", number: 8})), meaning(t, b, opened(&topics{model: "m", number: 9}))
	say(t, eight, "1", "The ship is blue")
	if n, err := eight.Meaning().Embed(t.Context(), nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	say(t, eight, "2", "We had a meal")
	n, err := nine.Meaning().Embed(t.Context(), nil)
	if n != 0 || !errors.Is(err, vector.ErrDimension) || !strings.Contains(err.Error(), "have 9 numbers, and those that are stored 8") || !strings.Contains(err.Error(), "embed --again") {
		t.Errorf("%d, %v", n, err)
	}
	if ids, a := find(t, nine, memory.Query{Text: "meal"}); len(ids) == 0 || ids[0] != "2" || !strings.Contains(a.Warning, "have 9 numbers, and those that are stored 8") {
		t.Errorf("%v, %q", ids, a.Warning)
	}
	if s, err := eight.Stats(t.Context()); err != nil || s.Vectors.Stored != 1 || s.Vectors.Lacking != 1 {
		t.Errorf("%+v, %v", s.Vectors, err)
	}
	if ids, a := find(t, eight, memory.Query{Text: "We had a meal", Mode: memory.Vectors}); len(ids) != 2 || ids[0] != "2" || a.Warning != "" {
		t.Errorf("with the model that was: %v, %q", ids, a.Warning)
	}
	if n, err := nine.Meaning().DropVectors(t.Context(), false); n != 2 || err != nil {
		t.Error(n, err)
	}
	if n, err := nine.Meaning().Embed(t.Context(), nil); n != 2 || err != nil {
		t.Error(n, err)
	}
	if ids, a := find(t, nine, memory.Query{Text: "We had a meal", Mode: memory.Vectors, Limit: 1}); len(ids) != 1 || ids[0] != "2" || a.Mode != memory.Vectors {
		t.Errorf("made anew: %v, %q", ids, a.Warning)
	}
}
