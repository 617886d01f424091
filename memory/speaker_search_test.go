package memory_test

import (
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
)

// TestSearchBySpeaker: whom the query names is preferred, however the turns tell who spoke.
func TestSearchBySpeaker(t *testing.T) {
	turn := map[string]func(name, said string) memory.Episode{
		"role": func(name, said string) memory.Episode { return memory.Episode{Role: name, Content: said} },
		"metadata": func(name, said string) memory.Episode {
			return memory.Episode{Role: "user", Content: said, Metadata: map[string]any{"speaker": name}}
		},
	}
	for kind, of := range turn {
		t.Run(kind, func(t *testing.T) {
			m, err := memory.New(inmem.New(nil), memory.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"Bob", "Ada", "Cleo"} {
				e := of(name, "My boat is painted.")
				e.Session, e.ID = string(rune('a'+i)), name
				if _, err := m.Add(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			found, err := m.Search(t.Context(), memory.Query{Text: "which boat did Ada paint", Limit: 1})
			if err != nil || len(found) != 1 || found[0].ID != "Ada" {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}
