package options

import (
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
)

// WantMoment says what a moment may be.
const WantMoment = `a time such as "2026-01-31T12:00:00Z" or the number that os.time gives`

// ParseMoment reads a moment that is a text: RFC 3339, or a date with or without a time.
func ParseMoment(text string) (t time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return t, false
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
				if _, ok := ParseMoment(text); !ok {
					return fmt.Errorf("%s must be %s, not %q", p.Name, WantMoment, Clip(text))
				}
				return nil
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
