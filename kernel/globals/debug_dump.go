package globals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// dumpOptions say how values are dumped.
type dumpOptions struct {
	depth, indent, text, elements, pairs int
	types, addresses, compact            bool
}

// maxDumpText is the longest dump, in bytes.
const maxDumpText = 1 << 20

func defaultDump() dumpOptions {
	return dumpOptions{depth: 10, indent: 2, text: 200, elements: 50, pairs: 50}
}

// Dump is a value as a REPL shows it: in one line if that is short. charge is told
// of the work in steps.
func Dump(v lua.LValue, charge func(int)) string {
	o := defaultDump()
	o.text, o.elements, o.pairs, o.depth, o.compact = 10_000, 200, 200, 6, true
	d := dumper{options: o, charge: charge}
	d.value(v, 0)
	if d.out.Len() <= 100 {
		return d.out.String()
	}
	o.compact = false
	d = dumper{options: o, charge: charge}
	d.value(v, 0)
	return d.out.String()
}

// Show is a value as a REPL shows it: what its __tostring says, else its Dump.
func Show(L *lua.LState, v lua.LValue, charge func(int)) string {
	if L.GetMetaField(v, "__tostring") == lua.LNil {
		return Dump(v, charge)
	}
	return lualib.ToString(L, v)
}

// showValue is Debug.show(value).
func (g *debugGlobal) showValue(L *lua.LState) int {
	L.Push(lua.LString(Show(L, L.Get(1), func(n int) { g.host.Charge(L, n) })))
	return 1
}

func (g *debugGlobal) dump(L *lua.LState) int {
	return g.dumped(L, "Debug.dump", defaultDump(), 2)
}

func (g *debugGlobal) dumpCompact(L *lua.LState) int {
	o := defaultDump()
	o.compact = true
	return g.dumped(L, "Debug.dumpCompact", o, 2)
}

func (g *debugGlobal) dumpVerbose(L *lua.LState) int {
	o := dumpOptions{depth: 20, indent: 2, text: 10_000, elements: 1000, pairs: 1000, types: true, addresses: true}
	return g.dumped(L, "Debug.dumpVerbose", o, 2)
}

func (g *debugGlobal) dumpWithOptions(L *lua.LState) int {
	const function = "Debug.dumpWithOptions"
	o := defaultDump()
	if L.Get(2) == lua.LNil {
		return g.raise(L, function, "argument 2: expected a table of options, got nil")
	}
	p, err := checked(L.Get(2), options.DumpOptions)
	if err != nil {
		return g.raise(L, function, "%w", err)
	}
	for name, to := range map[string]*int{"max_depth": &o.depth, "indent_size": &o.indent, "max_string_length": &o.text,
		"max_array_elements": &o.elements, "max_table_pairs": &o.pairs} {
		if p.Has(name) {
			*to = p.Int(name)
		}
	}
	for name, to := range map[string]*bool{"show_types": &o.types, "show_addresses": &o.addresses, "compact_mode": &o.compact} {
		if p.Has(name) {
			*to = truthy(p[name])
		}
	}
	o.indent, o.depth = min(o.indent, 16), min(o.depth, 100)
	return g.dumped(L, function, o, 3)
}

// truthy tells whether a condition holds with a value.
func truthy(v any) bool { return v != nil && v != false }

// dumped pushes the dump of the first argument, with the label in front that
// another gives.
func (g *debugGlobal) dumped(L *lua.LState, function string, o dumpOptions, label int) int {
	d := dumper{options: o, charge: func(n int) { g.host.Charge(L, n) }}
	if L.Get(label) != lua.LNil {
		d.out.WriteString(g.text(L, function, label, "a label") + ": ")
	}
	d.value(L.Get(1), 0)
	L.Push(lua.LString(d.out.String()))
	return 1
}

// dumper writes Lua values for people. It calls no metamethod.
type dumper struct {
	options dumpOptions
	charge  func(int)
	out     strings.Builder
	open    []*lua.LTable // the tables around the value in hand
	visited int
}

func (d *dumper) value(v lua.LValue, depth int) {
	d.worked()
	if d.options.types {
		fmt.Fprintf(&d.out, "(%s) ", v.Type())
	}
	switch v := v.(type) {
	case lua.LString:
		d.str(string(v))
	case lua.LNumber:
		d.out.WriteString(lualib.FormatNumber(v))
	case *lua.LTable:
		d.table(v, depth)
	case *lua.LFunction, *lua.LUserData, *lua.LState, lua.LChannel:
		switch {
		case d.options.addresses:
			d.out.WriteString(v.String())
		case runtime.IsNull(v):
			d.out.WriteString("JSON.null")
		default:
			d.out.WriteString("<" + v.Type().String() + ">")
		}
	default:
		d.out.WriteString(v.String())
	}
}

func (d *dumper) str(s string) {
	cut := ""
	if len(s) > d.options.text {
		cut = fmt.Sprintf("… (%d bytes)", len(s))
		s = strings.ToValidUTF8(s[:d.options.text], "")
	}
	d.out.WriteString(quoted(s) + cut)
}

// quoted is a string as Lua source, in one line.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		at := strings.IndexRune("\a\b\f\n\r\t\v\"\\", r)
		switch {
		case at >= 0:
			b.WriteByte('\\')
			b.WriteByte("abfnrtv\"\\"[at])
		case unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			b.WriteString(s[:size])
		default:
			for _, c := range []byte(s[:size]) {
				fmt.Fprintf(&b, `\%03d`, c)
			}
		}
		s = s[size:]
	}
	b.WriteByte('"')
	return b.String()
}

func (d *dumper) table(t *lua.LTable, depth int) {
	if d.options.addresses {
		d.out.WriteString(t.String() + " ")
	}
	first, _ := t.Next(lua.LNil)
	switch {
	case slices.Contains(d.open, t):
		d.out.WriteString("<cycle>")
		return
	case first == lua.LNil && t.Metatable == lua.LNil:
		d.out.WriteString("{}")
		return
	case depth >= d.options.depth || d.out.Len() > maxDumpText:
		d.out.WriteString("{…}")
		return
	}
	d.open = append(d.open, t)
	defer func() { d.open = d.open[:len(d.open)-1] }()
	d.out.WriteByte('{')
	n := d.elements(t, depth)
	n += d.pairs(t, depth, n > 0)
	if t.Metatable != lua.LNil {
		d.begin(depth, n == 0)
		d.out.WriteString("<metatable> = ")
		d.value(t.Metatable, depth+1)
	}
	if !d.options.compact {
		d.out.WriteString("\n" + strings.Repeat(" ", depth*d.options.indent))
	}
	d.out.WriteByte('}')
}

// begin begins an entry of a table.
func (d *dumper) begin(depth int, first bool) {
	switch {
	case !d.options.compact:
		if !first {
			d.out.WriteByte(',')
		}
		d.out.WriteString("\n" + strings.Repeat(" ", (depth+1)*d.options.indent))
	case !first:
		d.out.WriteString(", ")
	}
}

// worked counts a step of work, of which there may be many for one value.
func (d *dumper) worked() {
	if d.visited++; d.visited%1000 == 0 && d.charge != nil {
		d.charge(1000)
	}
}

// sequence returns the largest n of which the keys 1 to n have values.
func (d *dumper) sequence(t *lua.LTable) int {
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
		d.worked()
	}
	return n
}

// elements writes the values of the keys 1 to n and returns how many entries it
// wrote.
func (d *dumper) elements(t *lua.LTable, depth int) int {
	n := d.sequence(t)
	for i := 1; i <= n; i++ {
		d.begin(depth, i == 1)
		if i > d.options.elements || d.out.Len() > maxDumpText {
			fmt.Fprintf(&d.out, "… (%d more)", n-i+1)
			break
		}
		d.value(t.RawGetInt(i), depth+1)
	}
	return n
}

// pairs writes the other entries, sorted by key, numbers first.
func (d *dumper) pairs(t *lua.LTable, depth int, more bool) int {
	type pair struct {
		name       string
		key, value lua.LValue
	}
	var list []pair
	n := d.sequence(t)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		d.worked()
		if i, ok := k.(lua.LNumber); ok && i >= 1 && i <= lua.LNumber(n) && i == lua.LNumber(int(i)) {
			continue
		}
		name := "[" + k.String() + "]"
		if n, ok := k.(lua.LNumber); ok {
			name = "[" + lualib.FormatNumber(n) + "]"
		}
		switch k := k.(type) {
		case lua.LString:
			if name = string(k); !isLuaName(name) {
				name = "[" + quoted(clipped(name)) + "]"
			}
		case lua.LNumber, lua.LBool:
		default:
			if name = "[<" + k.Type().String() + ">]"; d.options.addresses {
				name = "[" + k.String() + "]"
			}
		}
		list = append(list, pair{name, k, v})
	}
	slices.SortStableFunc(list, func(a, b pair) int {
		d.worked()
		x, isX := a.key.(lua.LNumber)
		y, isY := b.key.(lua.LNumber)
		switch {
		case isX && isY:
			return cmp.Compare(x, y)
		case isX:
			return -1
		case isY:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	for i, p := range list {
		d.begin(depth, i == 0 && !more)
		if i == d.options.pairs || d.out.Len() > maxDumpText {
			fmt.Fprintf(&d.out, "… (%d more)", len(list)-i)
			break
		}
		d.out.WriteString(p.name + " = ")
		d.value(p.value, depth+1)
	}
	return len(list)
}

func isLuaName(s string) bool {
	for i, c := range []byte(s) {
		if !(c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || i > 0 && '0' <= c && c <= '9') {
			return false
		}
	}
	return s != "" && len(s) <= 100
}
