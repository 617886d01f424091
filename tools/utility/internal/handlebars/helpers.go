package handlebars

import (
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

func helperNames() []string {
	return []string{"if", "unless", "each", "with", "lookup", "log", "eq", "ne", "lt", "lte", "gt", "gte", "and", "or", "not", "len"}
}

// helper runs a helper that gives a value.
func (r *run) helper(c *call, name string, f *frame) any {
	a := r.args(c, f)
	want := func(n int) {
		if len(a) != n {
			failAt(c.line, "the helper %s takes %d arguments, not %d", name, n, len(a))
		}
	}
	switch name {
	case "log":
		return nil
	case "lookup":
		want(2)
		v, _ := r.member(a[0], r.Text(a[1]))
		return v
	case "if", "unless": // as in (if a b c)
		if len(a) != 2 && len(a) != 3 {
			want(3)
		}
		if truthy(a[0]) == (name == "if") {
			return a[1]
		}
		return append(a, nil)[2]
	case "eq", "ne":
		want(2)
		return r.same(a[0], a[1]) == (name == "eq")
	case "lt", "lte", "gt", "gte":
		want(2)
		n := r.compare(c.line, a[0], a[1])
		return name == "lt" && n < 0 || name == "lte" && n <= 0 || name == "gt" && n > 0 || name == "gte" && n >= 0
	case "and", "or":
		for _, v := range a {
			if truthy(v) == (name == "or") {
				return name == "or"
			}
		}
		return name == "and"
	case "not":
		want(1)
		return !truthy(a[0])
	case "len":
		want(1)
		if m, ok := a[0].(map[string]any); ok {
			return int64(len(m))
		}
		v, _ := r.member(a[0], "length")
		return v
	}
	hint := ""
	if near := schema.Nearest(name, helperNames()); near != "" {
		hint = "; did you mean " + near + "?"
	}
	failAt(c.line, "there is no helper %q%s (helpers are %s)", name, hint, strings.Join(helperNames(), ", "))
	return nil
}

func (r *run) same(a, b any) bool {
	x, y := r.Text(a), r.Text(b)
	r.Work(len(x))
	return x == y && (a == nil) == (b == nil)
}

func (r *run) compare(line int, a, b any) int {
	x, okX := toFloat(a)
	y, okY := toFloat(b)
	if okX && okY {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	s, okS := a.(string)
	t, okT := b.(string)
	if !okS || !okT {
		failAt(line, "only two numbers or two texts can be compared")
	}
	return strings.Compare(s, t)
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
