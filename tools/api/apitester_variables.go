package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
)

// checkCaptures checks what to keep before anything is sent.
func checkCaptures(at string, capture map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(capture)) {
		field := at + "capture." + name
		from, ok := capture[name].(string)
		if !ok || name == "" || strings.ContainsAny(name, "{}") {
			return &schema.FieldError{Path: field, Expected: "a path in the JSON, header:Name or status", Value: capture[name]}
		}
		if _, err := parsePath(from); err != nil && from != "status" && !strings.HasPrefix(from, "header:") {
			return &schema.FieldError{Path: field, Problem: "is no path: " + err.Error()}
		}
	}
	return nil
}

// capture keeps values for later requests. One that is not there fails the step.
func (t *run) capture(report map[string]any, resp *httpx.Response, capture map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(capture)) {
		from := capture[name].(string)
		var v any
		found := false
		if header, ok := strings.CutPrefix(from, "header:"); ok {
			v, found = resp.Header.Get(header), len(resp.Header.Values(header)) > 0
		} else if from == "status" {
			v, found = resp.Status, true
		} else if body, err := resp.JSON(); err == nil {
			v, found, _ = lookup(body, from)
		}
		if !found {
			report["passed"], report["error"] = false, fmt.Sprintf("nothing to capture for %q at %q", name, from)
			continue
		}
		t.vars[name], t.captured[name] = v, v
		if httpx.IsSecretName(name) {
			t.captured[name] = httpx.Hidden
		}
	}
}

// fill puts the captured values in the place of {{name}}. A text that is
// nothing else becomes the value itself, with its type.
func (t *run) fill(field string, v any, depth int) (any, error) {
	if depth > 64 {
		return nil, &schema.FieldError{Path: field, Expected: "at most 64 levels", Found: "more"}
	}
	switch v := v.(type) {
	case string:
		return t.fillText(field, v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = t.fill(fmt.Sprintf("%s[%d]", field, i+1), v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			var err error
			if out[k], err = t.fill(field+"."+k, v[k], depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func (t *run) fillText(field, text string) (any, error) {
	var b strings.Builder
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		name, tail, closed := strings.Cut(after, "}}")
		if !found || !closed {
			b.WriteString(rest)
			return b.String(), nil
		}
		v, known := t.vars[strings.TrimSpace(name)]
		if !known {
			return nil, &schema.FieldError{Path: field, Problem: fmt.Sprintf("names {{%s}}, which nothing before has captured", clip(name, 40)),
				Help: "known are: " + strings.Join(slices.Sorted(maps.Keys(t.vars)), ", ")}
		}
		if before == "" && tail == "" && b.Len() == 0 {
			return v, nil
		}
		plain, ok := httpx.ScalarText(v)
		if !ok {
			plain = show(v)
		}
		b.WriteString(before + plain)
		if b.Len() > maxPayload {
			return nil, &schema.FieldError{Path: field, Expected: fmt.Sprintf("at most %d MB", maxPayload>>20), Found: "more"}
		}
		rest = tail
	}
}

// hasPlaceholder tells whether there is something to fill in.
func hasPlaceholder(v any) bool {
	text, err := json.Marshal(v)
	return err == nil && strings.Contains(string(text), "{{")
}
