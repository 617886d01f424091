//go:build !race

package latency

import (
	"strconv"
	"testing"
	"time"
)

// pageMedian is the budget of a page of a large table.
const pageMedian = time.Millisecond

const (
	entries  = 1_000_000 // in each table of testdata/tables.lua but the one of objects
	pageSize = 100
)

func budgetPage(t *testing.T, r *report, connect connector) {
	c, leave := connect(t)
	defer leave()
	locals := tables(t, c)
	array, hash, objects := named(t, locals, "array"), named(t, locals, "hash"), named(t, locals, "objects")
	if array.IndexedVariables != entries || hash.NamedVariables != entries {
		t.Fatalf("array has %d indexed and hash %d named variables, want %d", array.IndexedVariables, hash.NamedVariables, entries)
	}

	stick := crossing(t, pageMedian/2)
	for _, tt := range []struct {
		name, filter string
		of           variable
		first        func(start int) string // the name of the page's first variable
	}{
		{"page of 100 of an array of 1,000,000", "indexed", array, func(start int) string { return "[" + strconv.Itoa(start+1) + "]" }},
		{"page of 100 of a hash of 1,000,000", "named", hash, func(start int) string { return "key" + strconv.Itoa(start+1) }},
	} {
		best, n := settle(
			func() series { return measurePages(t, c, stick, tt.of, tt.filter, entries, tt.first) },
			func(s series) float64 { return s.share(50, pageMedian) })
		r.percentile(t, tt.name+", p50", best, 50, pageMedian)
		r.took(n)
		r.duration(tt.name+", slowest", best.percentile(100))
	}

	// Keys that are objects have no position that can be computed: the first
	// far page walks, later ones do not.
	const objectEntries = entries / 10
	first, _ := page(t, c, objects, "named", objectEntries-pageSize)
	r.duration("last page of 100,000 object keys, first time", first)
	again := measurePages(t, c, stick, objects, "named", objectEntries, nil)
	r.duration("page of 100 of 100,000 object keys, then, p50", again.percentile(50))
}

// measurePages asks for pages all over a table, in an order that no cache of
// the last place helps.
func measurePages(tb testing.TB, c *client, stick stick, of variable, filter string, size int, first func(int) string) series {
	tb.Helper()
	s := series{stick: stick}
	pages := size / pageSize
	for i := range 200 {
		start := (i * 7919 % pages) * pageSize
		took, vars := page(tb, c, of, filter, start)
		s.add(timings{wall: took})
		if first != nil && vars[0].Name != first(start) {
			tb.Fatalf("the page at %d begins with %s, want %s", start, vars[0].Name, first(start))
		}
	}
	return s
}

// tables runs testdata/tables.lua until its tables are built and returns its
// variables.
func tables(tb testing.TB, c *client) []variable {
	tb.Helper()
	path := session(tb, "tables.lua")
	c.launch(path, false, lineOf(tb, path, "built"))
	c.stopped("breakpoint")
	return c.locals()
}

// page asks for one page. The time ends when the response is there.
func page(tb testing.TB, c *client, of variable, filter string, start int) (time.Duration, []variable) {
	tb.Helper()
	var m message
	took := timed(func() {
		m = c.call("variables", object{"variablesReference": of.VariablesReference, "filter": filter, "start": start, "count": pageSize})
	})
	vars := c.variables(m)
	if len(vars) != pageSize {
		tb.Fatalf("the page at %d has %d variables, want %d", start, len(vars), pageSize)
	}
	return took, vars
}

func named(tb testing.TB, vars []variable, name string) variable {
	tb.Helper()
	for _, v := range vars {
		if v.Name == name {
			return v
		}
	}
	tb.Fatalf("there is no variable %s", name)
	return variable{}
}
