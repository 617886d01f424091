package tooldoc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/example"
)

// The document's limits: beyond them a value is cut, and says so.
const (
	maxColumns = 120
	maxText    = 240
	maxItems   = 12
)

// layout writes JSON for people: what fits on a line stays on it, long texts and
// lists are cut.
func layout(v any) string {
	var b strings.Builder
	writeValue(&b, shorten(v), "", 0)
	return b.String()
}

// cut stands for the items that were left out of a list.
type cut int

func shorten(v any) any {
	switch v := v.(type) {
	case string:
		if utf8.RuneCountInString(v) > maxText {
			return string([]rune(v)[:maxText]) + "…"
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = shorten(item)
		}
		return out
	case []any:
		var out []any
		for i, item := range v {
			if i == maxItems-1 && len(v) > maxItems {
				return append(out, cut(len(v)-i))
			}
			out = append(out, shorten(item))
		}
		return append([]any{}, out...)
	}
	return v
}

func writeValue(b *strings.Builder, v any, indent string, used int) {
	line := oneLine(v)
	if len(indent)+used+utf8.RuneCountInString(line) <= maxColumns {
		b.WriteString(line)
		return
	}
	inner := indent + "  "
	switch v := v.(type) {
	case map[string]any:
		b.WriteString("{\n")
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(",\n")
			}
			key := example.JSON(k) + ": "
			b.WriteString(inner + key)
			writeValue(b, v[k], inner, len(key)+1)
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		b.WriteString("[\n")
		for i, item := range v {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(inner)
			writeValue(b, item, inner, 1)
		}
		b.WriteString("\n" + indent + "]")
	default:
		b.WriteString(line)
	}
}

func oneLine(v any) string {
	switch v := v.(type) {
	case cut:
		return fmt.Sprintf("… and %d more", int(v))
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, example.JSON(k)+": "+oneLine(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = oneLine(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return example.JSON(v)
}
