package kernel

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/memory"
)

func TestLearner(t *testing.T) {
	services := remembering(t, func(c *config.Config) { c.Runtime.Memory.Procedural.Enabled = true })
	var out strings.Builder
	s, err := NewSession(Config{Dir: t.TempDir(), Stdout: &out, Services: services})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), `
		for i = 1, 3 do
			State.set("theme", "light") State.set("theme", "dark") State.increment("n")
			Tool.calculator:execute{input = "1+1"} Tool.uuid_generator:execute{operation = "generate"}
		end
		pcall(function() Tool.calculator:execute{input = "1+"} end)
		State.set("long", string.rep("x", 5000)) State.transaction(function() State.set("theme", "light") end)
		for _, p in ipairs(Memory.procedural.list{min_count = 2}) do print(p.kind, p.about, p.from, p.to, p.count, p.failed, string.format("%.2f", p.confidence)) end
		print(Memory.stats().patterns > 4, Memory.procedural.list{about = "global/long"}[1].to:match("^%(5002 bytes") ~= nil)
		print(#Memory.procedural.list{kind = "tool", from = "calculator"}, Memory.procedural.forget{kind = "tool"} > 0, #Memory.procedural.list{kind = "tool"})`, "=learn", nil); err != nil {
		t.Fatal(err)
	}
	want := `state	global/theme	"dark"	"light"	3	0	0.75
tool		uuid-generator	calculator	3	1	0.75
tool		calculator	uuid-generator	3	0	0.75
state	global/theme	"light"	"dark"	3	0	0.75
state	global/n	n	n+1	2	0	0.67
true	true
1	true	0
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if err := services.Learner.Close(); err != nil {
		t.Error(err)
	}
	services.Learner.hook("")
	services.Learner.note(observation{tool: "late"}) // nothing waits for it
	m, err := services.Memory()
	if err != nil {
		t.Fatal(err)
	}
	if list, err := m.Patterns(t.Context(), memory.PatternQuery{Kind: memory.ToolPattern}); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Without being asked nothing is learned.
func TestNoLearner(t *testing.T) {
	if remembering(t, nil).Learner != nil {
		t.Error("patterns are learned by default")
	}
}

// BenchmarkNote is what a note costs that learning keeps of a write or a call.
func BenchmarkNote(b *testing.B) {
	l := NewLearner(nil)
	for b.Loop() {
		if l.note(observation{key: "k", value: 1}); len(l.noted) == maxNoted {
			l.noted = l.noted[:0]
		}
	}
	l.noted = nil
}
