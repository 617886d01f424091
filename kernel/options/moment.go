package options

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/tools/schema"
)

// wantMoment says what a moment may be.
const wantMoment = `a time such as "2026-01-31T12:00:00Z" or the number that os.time gives`

// ParseMoment reads the moment of a member that has a name.
func ParseMoment(name string, v any) (t time.Time, err error) {
	err = memory.ErrNoTime
	shown := "a table"
	switch v := v.(type) {
	case int64:
		t, err = memory.TimeOf(float64(v))
	case float64:
		t, err = memory.TimeOf(v)
	case string:
		shown = fmt.Sprintf("%q", Clip(v))
		t, err = memory.ParseTime(v)
	case bool:
		shown = fmt.Sprint(v)
	}
	switch {
	case errors.Is(err, memory.ErrNoTime):
		return t, fmt.Errorf("%s must be %s, not %s", name, wantMoment, shown)
	case err != nil:
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// Clip shortens a text that an error shows.
func Clip(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// momentSchema is that of all members that are moments.
var momentSchema = &schema.Schema{Types: []schema.Type{schema.String, schema.Number}}

// moment is a member that is a moment.
func moment(name string) schema.Property { return schema.Optional(name, momentSchema) }

// checkMoments lets a table refuse texts that are no moments where it takes one.
func checkMoments(t *Table) {
	for _, p := range t.Schema.Properties {
		if p.Schema == momentSchema {
			t.refuse(p.Name, func(text string) error {
				_, err := ParseMoment(p.Name, text)
				return err
			})
		}
	}
}

// refuse lets a table ask whether the text of a member is right.
func (t *Table) refuse(name string, check func(text string) error) {
	if t.Texts == nil {
		t.Texts = map[string]func(string) error{}
	}
	t.Texts[name] = check
}
