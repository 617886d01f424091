package globals

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/schema"
)

// sessionCall is one call of a function of Session, Artifact or Replay. Its
// methods raise Lua errors that begin with the function's name.
type sessionCall struct {
	g    *sessionGlobal
	L    *lua.LState
	name string
}

// must raises an error, and does not return then.
func (c *sessionCall) must(err error) {
	if err != nil {
		c.g.env.raise(c.L, fmt.Errorf("%s: %w", c.name, err))
	}
}

func (c *sessionCall) fail(format string, args ...any) { c.must(fmt.Errorf(format, args...)) }

func (c *sessionCall) context() context.Context { return c.g.env.context() }

// view returns the archive, whose hooks run on this call's thread.
func (c *sessionCall) view() archive.View {
	v, err := c.g.env.View()
	c.must(err)
	v.Thread, v.Language = c.L, "lua"
	return v
}

// text is argument n, which must be a text.
func (c *sessionCall) text(n int, what string) string {
	s, ok := c.L.Get(n).(lua.LString)
	if !ok {
		c.fail("argument %d must be %s as a string, not a %s", n, what, c.L.Get(n).Type())
	}
	return string(s)
}

func (c *sessionCall) optionalText(n int, what string) string {
	if c.L.Get(n) == lua.LNil {
		return ""
	}
	return c.text(n, what)
}

// id is argument n, which must name a session: its id, or its record.
func (c *sessionCall) id(n int) string {
	if t, ok := c.L.Get(n).(*lua.LTable); ok {
		if id, ok := t.RawGetString("id").(lua.LString); ok {
			return string(id)
		}
		c.fail("argument %d must be the id of a session, or its record; this table has no id", n)
	}
	return c.text(n, "the id of a session")
}

// optionalID is id, or "" for nil.
func (c *sessionCall) optionalID(n int) string {
	if c.L.Get(n) == lua.LNil {
		return ""
	}
	return c.id(n)
}

// session is argument n: an id, or nil for the current session.
func (c *sessionCall) session(n int) string {
	id := c.optionalID(n)
	if id == "" {
		if id = c.g.current.ID; id == "" {
			c.fail("there is no current session: give an id, or choose one with Session.set_current")
		}
	}
	c.mustOwn(id)
	return id
}

// mustOwn raises an error if id is that of the session that owns the Lua state, and has
// become another's.
func (c *sessionCall) mustOwn(id string) {
	if lost := c.g.env.Lost; lost != nil && id == c.g.env.ID {
		c.must(lost(c.context()))
	}
}

// value is argument n as it is kept.
func (c *sessionCall) value(n int, what string) any {
	v, err := KeepUntil(c.context(), c.L.Get(n))
	if err != nil {
		c.fail("%s cannot be kept: %v", what, err)
	}
	return v
}

func (c *sessionCall) push(v any) int {
	c.L.Push(Kept(c.L, v))
	return 1
}

// options is argument n, one of the tables that options knows, or nil.
func (c *sessionCall) options(n int, name options.Name) *sessionOptions {
	o := &sessionOptions{c: c, m: map[string]any{}}
	if given := c.L.Get(n); given != lua.LNil {
		var err error
		o.m, err = checkedTable(given, options.Of(name))
		c.must(err)
	}
	return o
}

// checkedTable is a table of a script's, as t wants it.
func checkedTable(given lua.LValue, t *options.Table) (map[string]any, error) {
	unusable := func(err error) error {
		table, _ := given.(*lua.LTable)
		return t.Unusable(namesIn(table), err.Error())
	}
	v, err := Keep(given)
	if err != nil {
		return nil, unusable(err)
	}
	if m, ok := v.(map[string]any); ok { // what JSON has no table for is for metadata, deeper down
		for name, member := range m {
			if hasPairs(member) {
				if m[name], err = runtime.ToGo(given.(*lua.LTable).RawGetString(name), runtime.ConvertLimits{}); err != nil {
					return nil, unusable(err)
				}
			}
		}
	}
	return t.Check(v, "")
}

// hasPairs tells whether a value, or an item of a list, is a table that JSON has nothing for.
func hasPairs(v any) bool {
	list, ok := v.([]any)
	if !ok {
		_, ok = v.(archive.Pairs)
		return ok
	}
	return slices.ContainsFunc(list, hasPairs)
}

// table is argument n, a table with names of the caller's choice, or nil.
func (c *sessionCall) table(n int) *sessionOptions {
	o := &sessionOptions{c: c, m: map[string]any{}}
	switch v := c.L.Get(n).(type) {
	case *lua.LNilType:
	case *lua.LTable:
		m, ok := c.value(n, fmt.Sprintf("argument %d", n)).(map[string]any)
		if !ok {
			c.fail("argument %d must be a table with names, such as {name = …}", n)
		}
		o.m = m
	default:
		c.fail("argument %d must be a table, not a %s", n, v.Type())
	}
	return o
}

// sessionOptions reads the members of a table. done raises an error for those
// that nobody has read.
type sessionOptions struct {
	c     *sessionCall
	m     map[string]any
	known []string
}

func (o *sessionOptions) get(name string) (any, bool) {
	o.known = append(o.known, name)
	v, ok := o.m[name]
	return v, ok
}

// has tells whether the table has a member.
func (o *sessionOptions) has(name string) bool {
	_, ok := o.m[name]
	return ok
}

func (o *sessionOptions) wrong(name, want string, v any) {
	o.c.fail("%s must be %s, not %s", name, want, showKept(v))
}

func showKept(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", options.Clip(v))
	case bool, int64, float64:
		return fmt.Sprint(v)
	}
	return "a table"
}

func (o *sessionOptions) text(name string) string {
	v, ok := o.get(name)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		o.wrong(name, "a string", v)
	}
	return s
}

func (o *sessionOptions) texts(name string) []string {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	out := []string{}
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		if len(v) == 0 {
			return out
		}
	case []any:
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				o.wrong(name, "a list of strings", item)
			}
			out = append(out, s)
		}
		return out
	}
	o.wrong(name, "a list of strings", v)
	return nil
}

func (o *sessionOptions) table(name string) map[string]any {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		o.wrong(name, "a table with names", v)
	}
	return m
}

func (o *sessionOptions) boolean(name string) bool {
	v, ok := o.get(name)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		o.wrong(name, "true or false", v)
	}
	return b
}

// integer reads a whole number that is not negative.
func (o *sessionOptions) integer(name string) int64 {
	v, ok := o.get(name)
	if !ok {
		return 0
	}
	n, ok := v.(int64)
	if !ok || n < 0 {
		o.wrong(name, "a whole number, 0 or more", v)
	}
	return n
}

// seconds reads a duration.
func (o *sessionOptions) seconds(name string) time.Duration {
	v, ok := o.get(name)
	if !ok {
		return 0
	}
	d, ok := secondsOf(v)
	if !ok {
		o.wrong(name, "a number of seconds, 0 or more", v)
	}
	return d
}

func secondsOf(v any) (time.Duration, bool) {
	f, ok := v.(float64)
	if n, whole := v.(int64); whole {
		f, ok = float64(n), true
	}
	const limit = 100 * 365 * 24 * 3600
	if !ok || !(f >= 0 && f <= limit) {
		return 0, false
	}
	return time.Duration(f * float64(time.Second)), true
}

// time reads a moment: a time as memory.ParseTime reads it, or seconds since 1970 as os.time gives.
func (o *sessionOptions) time(name string) time.Time {
	v, ok := o.get(name)
	if !ok {
		return time.Time{}
	}
	t, err := options.ParseMoment(name, v)
	if err != nil {
		o.c.fail("%v", err)
	}
	return t
}

// done refuses members that were not read.
func (o *sessionOptions) done() {
	for _, name := range slices.Sorted(maps.Keys(o.m)) {
		if slices.Contains(o.known, name) {
			continue
		}
		hint := ""
		if near := schema.Nearest(name, o.known); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		slices.Sort(o.known)
		o.c.fail("there is no option %q%s (there are %s)", name, hint, strings.Join(o.known, ", "))
	}
}

// rfc is a time as scripts see it; nil for none.
func rfc(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func textList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
