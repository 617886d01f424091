package tooldoc

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/example"
)

// Folder stands in the documents for the folder that an example ran in.
const Folder = "/home/ada/example"

// Records holds the results of examples, by tool, in the order of its examples.
type Records map[string][]any

// Neutral gives a result, decoded from JSON, the names that the document uses: of
// the folder that the example ran in, and of what its Setup made.
func Neutral(v any, o *example.Outcome) any {
	var pairs []string
	names := slices.SortedFunc(maps.Keys(o.Values), func(a, b string) int { // the longest value first: one may contain another
		return cmp.Or(len(o.Values[b])-len(o.Values[a]), strings.Compare(a, b))
	})
	for _, name := range names {
		value := o.Values[name]
		if len(value) < 3 {
			continue
		}
		pairs = append(pairs, value, "{"+name+"}")
	}
	for _, name := range names {
		if u, err := url.Parse(o.Values[name]); err == nil && u.Port() != "" {
			pairs = append(pairs, u.Host, u.Hostname()+":8080")
		}
	}
	if o.Dir != "" {
		pairs = append(pairs, o.Dir, Folder)
	}
	return replaceText(v, strings.NewReplacer(pairs...))
}

func replaceText(v any, r *strings.Replacer) any {
	switch v := v.(type) {
	case string:
		return r.Replace(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[r.Replace(k)] = replaceText(item, r)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = replaceText(item, r)
		}
		return out
	}
	return v
}

// Settle returns what the document shows: the new result, with the recorded value
// wherever the two may differ. want is the example's Want, whose members must be
// what they are; without one the whole result differs from call to call.
func Settle(recorded, got, want any) any {
	return settle(recorded, got, want, "", want == nil)
}

func settle(recorded, got, want any, name string, free bool) any {
	if reflect.DeepEqual(recorded, got) {
		return recorded
	}
	switch got := got.(type) {
	case map[string]any:
		old, ok := recorded.(map[string]any)
		if !ok {
			return got
		}
		wanted, _ := want.(map[string]any)
		out := make(map[string]any, len(got))
		for k, v := range got {
			out[k] = v
			if before, ok := old[k]; ok {
				w, named := wanted[k]
				out[k] = settle(before, v, w, k, free && !named)
			}
		}
		return out
	case []any:
		old, ok := recorded.([]any)
		if !ok {
			return got
		}
		if free && len(old) > 0 && len(got) > 0 {
			return old
		}
		if len(old) != len(got) {
			return got
		}
		wanted, _ := want.([]any)
		out := make([]any, len(got))
		for i := range got {
			var w any
			if i < len(wanted) {
				w = wanted[i]
			}
			out[i] = settle(old[i], got[i], w, name, free)
		}
		return out
	}
	if reflect.TypeOf(recorded) == reflect.TypeOf(got) && (free || want == nil && volatile(name, recorded, got)) {
		return recorded
	}
	return got
}

// volatileName matches the names of members that are measured; the size of an archive
// depends on the moments in it.
var volatileName = regexp.MustCompile(`(_ms|_us|message_id|request_id|duration|elapsed|latency|modified|accessed|timestamp|^pid|^port|^size|inode)$`)

// volatileText matches what is made anew for each call, wherever it stands in a
// text: moments, UUIDs, identifiers of messages, boundaries of their parts, short identifiers.
var volatileText = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?` +
	`|(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d( [+-]\d{4}| [A-Z]{3})?` +
	`|_[0-9a-f]{8}$|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[A-Za-z0-9]{20,}@|[A-Za-z0-9]{30,}`)

func volatile(name string, a, b any) bool {
	if volatileName.MatchString(name) {
		return true
	}
	x, isText := a.(string)
	y, _ := b.(string)
	return isText && volatileText.ReplaceAllString(x, "") == volatileText.ReplaceAllString(y, "")
}

// Plain gives a value the types that encoding/json decodes to.
func Plain(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(text, &out)
	return out, err
}
