package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// testShapes are those of the states of this package's tests.
var testShapes = []runtime.Shape{{
	Has: []string{"note_of_test", "at"}, First: []string{"at", "note_of_test", "at"},
	Text: func(f runtime.ShapeFields) string {
		return "note " + f.Quote("note_of_test") + " at " + f.Word("at") + " by " + f.Word("by_key") + " in " + f.Line("within") + " of " + strings.Repeat("x", f.Count("list"))
	},
}}

func TestShapes(t *testing.T) {
	s := breakAt(t, `
local note = {by_key = "hidden", at = "a\nb", note_of_test = ("y"):rep(500) .. "sk-123456", list = {1, 2, 3}}
local mine = {by = "me", at = 1}
local listed = {note_of_test = "n", at = 1, "element"}
local meta = setmetatable({note_of_test = "n", at = 1}, {__tostring = function() return "its own" end})
local inside = {note_of_test = "says sk-123456", at = 10, within = {note_of_test = "inner", at = 2}}
local round = {note_of_test = "r", at = 3} round.within = round
local a, b = {note_of_test = "a", at = 1}, {note_of_test = "b", at = 2} a.within, b.within = b, a
local many = {note_of_test = "m", at = 1} for i = 1, 100 do many["k" .. i] = i end
local list = {inside, note}
print(note, mine, listed, meta, inside, round, a, b, many, list)`, 10)
	s.e.SetSecrets(debug.Secrets{Name: func(name string) bool { return name == "by_key" }, Values: []string{"sk-123456"}})
	s.stopped(debug.ReasonBreakpoint, 10)
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
	for name, want := range map[string]string{
		"note":   `note "` + strings.Repeat("y", 60) + `"… at a b by ••• in  of xxx`,
		"inside": `note "says •••" at 10 by  in note "inner" at 2 by  in  of  of `,
		"round":  `note "r" at 3 by  in  of `,
		"meta":   "its own",
		"listed": `{"element", at=1, note_of_test="n"}`,
	} {
		got := named(t, locals, name).Value
		if name == "listed" {
			if strings.HasPrefix(got, "note") {
				t.Errorf("%s is shown as %s", name, got)
			}
			continue
		}
		equal(t, name, got, want)
	}
	if got := named(t, locals, "a").Value; !strings.HasPrefix(got, `note "a" at 1 by  in note "b" at 2 by  in note "a"`) || len(got) > 210 {
		t.Errorf("two that contain each other: %s", got)
	}
	if got := named(t, locals, "list").Value; !strings.HasPrefix(got, `{note "says •••" at 10`) {
		t.Errorf("a list is shown as %s", got)
	}
	order := func(name string) (names []string) {
		for _, v := range s.children(named(t, locals, name).Ref) {
			names = append(names, v.Name)
		}
		return names
	}
	equal(t, "fields", strings.Join(order("note"), " "), "at note_of_test by_key list")
	equal(t, "how many fields", len(order("many")), 102)
	equal(t, "by_key", named(t, s.children(named(t, locals, "note").Ref), "by_key").Value, "•••")
}
