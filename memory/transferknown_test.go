package memory_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// exportOf is what a memory exports.
func exportOf(t *testing.T, m *memory.Memory, f memory.Filter) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := m.Export(t.Context(), &out, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestKnowledgeTravels: what was exported comes back as it was, with its history, and a second time changes nothing.
func TestKnowledgeTravels(t *testing.T) {
	m := empty(t)
	ctx := t.Context()
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, text := range []string{"My name is Ann and I live in Paris.", "I moved to Rome!", "My friend Bob is vegetarian."} {
		e := memory.Episode{Session: []string{"a", "a", "b"}[i], ID: []string{"1", "2", "3"}[i], Role: "user", Content: text, Time: at.AddDate(0, i, 0)}
		if _, err := m.Add(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Consolidate(ctx, memory.ConsolidateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Correct(ctx, memory.Claim{Subject: "Ann", Predicate: "age", Value: 41}), m.Correct(ctx, memory.Claim{Subject: "Ann", Predicate: "age", Value: 42.5, Confidence: 0.5}),
		m.AddAlias(ctx, "Rome", "Roma"), m.SetSingle(ctx, "likes", true),
		m.Learn(ctx, []memory.Pattern{{Session: "a", Kind: memory.ToolPattern, From: "x", To: "y", Count: 3, Failed: 1}})); err != nil {
		t.Fatal(err)
	}
	whole := exportOf(t, m, memory.Filter{})
	to := empty(t)
	done, err := to.Import(ctx, strings.NewReader(whole))
	if err != nil || done.Added != 3 || done.Known == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if back := exportOf(t, to, memory.Filter{}); back != whole {
		t.Errorf("exported\n%s\nand again\n%s", whole, back)
	}
	if done, err := to.Import(ctx, strings.NewReader(whole)); err != nil || done.Added != 0 || done.Known != 0 || done.Present != 3 {
		t.Errorf("a second time: %+v, %v", done, err)
	}
	then := memory.AsOf{Valid: memory.At(at.AddDate(0, 0, 9)), Known: memory.Forever}
	k, err := to.Know(ctx, "ann", &then)
	if err != nil || !slices.ContainsFunc(k.Facts, func(s memory.Statement) bool { return s.Text() == "user lives in Paris" }) {
		t.Errorf("%+v, %v", k, err)
	}
	// What is known links to its turn again: it is forgotten with it, and not taken again.
	if done, err := to.Consolidate(ctx, memory.ConsolidateOptions{}); err != nil || done.Skipped != 3 {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := to.Forget(ctx, memory.Filter{Sessions: []string{"b"}}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Know(ctx, "Bob", nil); !errors.Is(err, memory.ErrNotFound) {
		t.Errorf("Bob, of whom a forgotten turn spoke: %v", err)
	}
	// A part of the turns has what is known from these.
	part := exportOf(t, m, memory.Filter{Sessions: []string{"b"}})
	if strings.Contains(part, "Rome") || strings.Contains(part, `"value":41`) || strings.Contains(part, `"pattern"`) || !strings.Contains(part, `"diet"`) {
		t.Errorf("the part is\n%s", part)
	}
}

func TestImportOfBadKnowledge(t *testing.T) {
	for bad, want := range map[string]string{
		`{"fact":{"subject":"Ann","predicate":"age"}}`:                                                             "an entity or a value, and not both",
		`{"fact":{"subject":"!","predicate":"age","value":1}}`:                                                     `"!" is no name`,
		`{"fact":{"subject":"Ann","predicate":"age","value":[1]}}`:                                                 "must be a text, a number or a boolean",
		`{"fact":{"subject":"Ann","predicate":"age","value":1,"valid_from":"2024-01-02","valid_to":"2024-01-01"}}`: "ends before it begins",
		`{"fact":{"subject":"Ann","predicate":"age","value":1,"known_from":"2999-01-01"}}`:                         "a time, that is to come",
		`{"fact":{"subject":"Ann","predicate":"age","value":1,"source":{"session":"s","id":"9"}}}`:                 `episode "9" of session "s", is not there`,
		`{"fact":{"subject":"Ann","predicate":"age","value":1,"sure":true}}`:                                       `there is no member "sure" in lines about what is known`,
		`{"entity":{"name":""}}`:                           "is no name",
		`{"entity":{"name":"Ann"}} x`:                      "there is more behind the object",
		`{"pattern":{"kind":"mood","count":1}}`:            `of the kind "state" or "tool"`,
		`{"pattern":{"kind":"tool","count":1,"failed":2}}`: "counts something",
		`{"predicate":{"name":"","single":true}}`:          "a predicate is a text",
		`{"entity":null}`:                                  "there is neither a predicate",
	} {
		m := empty(t)
		_, err := m.Import(t.Context(), strings.NewReader("\n"+bad+"\n"))
		var line *memory.LineError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &line) || line.Line != 2 {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
		if k, err := m.Query(t.Context(), memory.KnowledgeQuery{}); err != nil || len(k) > 0 {
			t.Errorf("%s: there is %v, %v", bad, k, err)
		}
	}
	// What is believed here is not mixed with what others believed.
	m := empty(t)
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Ann", Predicate: "age", Value: 40, From: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	_, err := m.Import(t.Context(), strings.NewReader(`{"fact":{"subject":"Ann","predicate":"age","value":41}}`))
	if !errors.Is(err, memory.ErrExists) || !strings.Contains(err.Error(), `something else is believed of age of "Ann"`) {
		t.Error(err)
	}
}

// Lines of one import see what those before them have changed, as if each came by itself.
func TestImportKnownLineByLine(t *testing.T) {
	lines := strings.SplitAfter(`{"fact":{"subject":"Ann","predicate":"sails","value":"Marigold","valid_from":"2024-01-01","valid_to":"2024-02-01","known_from":"2024-01-01"}}
{"fact":{"subject":"Ann","predicate":"sails","value":"Tern","valid_from":"2024-01-01","valid_to":"2024-02-01","known_from":"2024-01-01"}}
{"entity":{"name":"ann","type":"person","created":"2024-01-01","aliases":[{"name":"Annie","created":"2024-01-02"}]}}
{"fact":{"subject":"Annie","predicate":"knows","entity":"Bob","valid_from":"2024-01-01","known_from":"2024-01-02"}}
{"entity":{"name":"Annie","aliases":[{"name":"A. Berg","created":"2024-01-03"}]}}
{"entity":{"name":"Bob","type":"person","created":"2024-01-02"}}
{"fact":{"subject":"Bob","predicate":"knows","entity":"a berg","valid_from":"2024-01-01","known_from":"2024-01-03"}}
{"predicate":{"name":"sails","single":true}}
`, "\n")
	whole, parts := empty(t), empty(t)
	if _, err := whole.Import(t.Context(), strings.NewReader(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := parts.Import(t.Context(), strings.NewReader(line)); err != nil {
			t.Fatal(line, err)
		}
	}
	got, want := exportOf(t, whole, memory.Filter{}), exportOf(t, parts, memory.Filter{})
	if got != want || strings.Count(got, `"entity":{`) != 2 {
		t.Errorf("in one import\n%s\nline by line\n%s", got, want)
	}
	// The predicate has one object at a time now, also for lines behind the one that says so.
	for _, m := range []*memory.Memory{whole, empty(t)} {
		more := strings.Join(lines[:1], "") + strings.Join(lines[7:], "") + strings.Join(lines[1:2], "")
		if _, err := m.Import(t.Context(), strings.NewReader(strings.Replace(more, "Tern", "Gull", 1))); !errors.Is(err, memory.ErrExists) {
			t.Errorf("two objects at a time: %v", err)
		}
	}
}
