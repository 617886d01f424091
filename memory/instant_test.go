package memory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// A time that cannot be written as JSON is refused, wherever it comes from: else nothing with it could be.
func TestYears(t *testing.T) {
	m := empty(t)
	claim := memory.Claim{Subject: "Ann", Predicate: "likes", Value: "tea"}
	for _, text := range []string{"9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00"} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "the years 0 to 9999") {
				t.Errorf("%s at %s: %v", what, text, err)
			}
		}
		_, err = m.Add(t.Context(), memory.Episode{Session: "s", Role: "user", Time: at})
		refused("a turn", err)
		_, err = m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"user","content":"x","time":"`+text+`"}`))
		refused("a line", err)
		_, err = m.Import(t.Context(), strings.NewReader(`{"fact":{"subject":"Ann","predicate":"likes","value":"tea","valid_from":"`+text+`"}}`))
		refused("a line with a fact", err)
		_, err = memory.ParseTime(text)
		refused("a text", err)
		refused("a document", (&memory.Document{Scope: "global", Collection: "default", ID: "1", Time: at}).Validate())
		claim.From = at
		refused("a claim from then", m.Assert(t.Context(), claim))
		claim.From, claim.To = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), at
		refused("a claim until then", m.Assert(t.Context(), claim))
		claim = memory.Claim{Subject: "Ann", Predicate: "likes", Value: "tea"}
	}
	_, err := m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"user","content":"x","time":-1e11}`))
	if err == nil || !strings.Contains(err.Error(), "the years 0 to 9999") {
		t.Errorf("seconds: %v", err)
	}
	for _, raw := range []string{`"0001-01-01T00:00:00Z"`, `"0001-01-01"`, `"0001-01-01T02:00:00+02:00"`, `-62135596800`} {
		_, err := m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"user","content":"x","time":`+raw+`}`))
		if err == nil || !strings.Contains(err.Error(), "give the next second, 0001-01-01T00:00:01Z") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if _, err := memory.ParseTime("Wed, 01 May 2024 13:56:00 XYT"); err == nil || !strings.Contains(err.Error(), "zone XYT") {
		t.Errorf("a zone that is not known: %v", err)
	}
	for i, year := range []int{0, 9999} {
		_, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: string(rune('a' + i)), Role: "user", Time: time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)})
		claim.From = time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		claim.Value = year
		if err := errors.Join(err, m.Assert(t.Context(), claim)); err != nil {
			t.Errorf("year %d: %v", year, err)
		}
	}
}
