package memory

import "testing"

func TestSpeaker(t *testing.T) {
	for _, tt := range []struct {
		name       string
		e          Episode
		want, role string
	}{
		{"a name as the role", Episode{Role: "Ada", Content: "Hello."}, "Ada", ""},
		{"and a word before a colon", Episode{Role: "Ada", Content: "Warning: it rains."}, "Ada", ""},
		{"a role", Episode{Role: "user", Content: "Hello."}, "user", ""},
		{"no role", Episode{Content: "Hello."}, "", ""},
		{"a label", Episode{Role: "user", Content: "Ada: Hello."}, "Ada", "user"},
		{"a label and no role", Episode{Content: "Ada: Hello."}, "Ada", ""},
		{"a label of several words", Episode{Role: "Assistant", Content: " Miles O'Brien Jr.: Hello."}, "Miles O'Brien Jr.", "Assistant"},
		{"a label in other letters", Episode{Role: "user", Content: "Élodie: Bonjour."}, "Élodie", "user"},
		{"a sentence with a colon", Episode{Role: "user", Content: "What I need: bread."}, "user", ""},
		{"a time", Episode{Role: "user", Content: "At 8:30 it begins."}, "user", ""},
		{"an address", Episode{Role: "user", Content: "Https://example.org is down."}, "user", ""},
		{"metadata", Episode{Role: "user", Content: "Hello.", Metadata: map[string]any{"speaker": "Ada"}}, "Ada", "user"},
		{"metadata before a label", Episode{Role: "user", Content: "Bob: Hello.", Metadata: map[string]any{"name": "Ada"}}, "Ada", "user"},
		{"metadata of another kind", Episode{Role: "user", Content: "Hello.", Metadata: map[string]any{"speaker": int64(3), "name": " "}}, "user", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if name, role := speaker(&tt.e); name != tt.want || role != tt.role {
				t.Errorf("speaker = %q, %q, want %q, %q", name, role, tt.want, tt.role)
			}
		})
	}
}
