package debug

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/vm"
)

// tableScope holds the entries of a table: the array part is indexed, the rest
// named in the order of next, with what the metatable gives last.
type tableScope struct {
	t    *lua.LTable
	expr string
	// shape is what kind of table it is, nil if it is none of the host's.
	shape *runtime.Shape
	seen  []lua.LValue // keys at every pageStep, for tables whose keys need a walk
	work  *work
}

func (s *tableScope) bind(w *work) { s.work = w }

const pageStep = 256

// tableSize counts the entries in the array part, up to the last that is not
// nil, and the others.
func tableSize(t *lua.LTable) (array, hash int) {
	array, hash = vm.TableSize(t)
	for array > 0 && orNil(t.RawGetInt(array)) == lua.LNil {
		array--
	}
	return array, hash
}

func (s *tableScope) size() (int, int) {
	array, hash := tableSize(s.t)
	return hash + len(metaChildren(s.t.Metatable, "")), array
}

func (s *tableScope) indexed(start, count int) []child {
	var out []child
	for i := start + 1; i <= start+count && s.work.step(); i++ {
		name := "[" + strconv.Itoa(i) + "]"
		out = append(out, child{name: name, key: lua.LNumber(i), value: orNil(s.t.RawGetInt(i)), expr: s.within(name)})
	}
	return out
}

func (s *tableScope) within(suffix string) string {
	if s.expr == "" {
		return ""
	}
	return s.expr + suffix
}

func (s *tableScope) named(start, count int) []child {
	array, hash := tableSize(s.t)
	var out []child
	if keys := s.shaped(hash); keys != nil {
		for _, key := range keys[min(start, len(keys)):min(start+count, len(keys))] {
			out = append(out, child{name: keyName(key), key: key, value: orNil(s.t.RawGet(key)), expr: s.keyExpr(key)})
		}
	} else if start < hash {
		for i, key := start, s.keyAt(start, array); i < min(start+count, hash) && key != lua.LNil && s.work.step(); i++ {
			out = append(out, child{name: keyName(key), key: key, value: orNil(s.t.RawGet(key)), expr: s.keyExpr(key)})
			if next, ok := vm.KeyAt(s.t, i+1); ok {
				key = next
			} else {
				key, _ = s.t.Next(key)
			}
		}
	}
	return append(out, page(metaChildren(s.t.Metatable, s.expr), max(start-hash, 0), count-len(out))...)
}

// keyAt finds key i outside the array part: at once where the table allows it,
// else by walking from the last place known.
func (s *tableScope) keyAt(i, array int) lua.LValue {
	if key, ok := vm.KeyAt(s.t, i); ok {
		return key
	}
	if len(s.seen) == 0 {
		after := lua.LValue(lua.LNil)
		if array > 0 {
			after = lua.LNumber(array)
		}
		first, _ := s.t.Next(after)
		s.seen = append(s.seen, first)
	}
	at := min(i/pageStep, len(s.seen)-1)
	key := s.seen[at]
	for n := at * pageStep; n < i && key != lua.LNil && s.work.step(); {
		key, _ = s.t.Next(key)
		if n++; n%pageStep == 0 && n/pageStep == len(s.seen) {
			s.seen = append(s.seen, key)
		}
	}
	return key
}

func (s *tableScope) keyExpr(k lua.LValue) string {
	if s.expr == "" {
		return ""
	}
	return keyExpr(s.expr, k)
}

func (s *tableScope) get(ch child) lua.LValue {
	if ch.key == nil {
		return lua.LNil
	}
	return orNil(s.t.RawGet(ch.key))
}

func (s *tableScope) put(ch child, v lua.LValue) error {
	if ch.key == nil {
		return fmt.Errorf("%s cannot be set", ch.name)
	}
	s.t.RawSet(ch.key, v)
	return nil
}

func (s *tableScope) set(name string, v lua.LValue) error {
	key, err := s.keyNamed(name)
	if err == nil {
		s.t.RawSet(key, v)
	}
	return err
}

// keyNamed finds the key that was shown by a name. Numbers and identifiers need
// not be in the table.
func (s *tableScope) keyNamed(name string) (lua.LValue, error) {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		if n, err := strconv.ParseInt(strings.TrimSuffix(inner, "]"), 0, 64); err == nil {
			return lua.LNumber(n), nil
		}
	}
	if isIdentifier(name) {
		return lua.LString(name), nil
	}
	return keyOf(s, name)
}

// keyOf finds a key that is in a table by its name.
func keyOf(s *tableScope, name string) (lua.LValue, error) {
	for k, _ := s.t.Next(lua.LNil); k != lua.LNil && s.work.step(); k, _ = s.t.Next(k) {
		if keyName(k) == name {
			return k, nil
		}
	}
	if s.work != nil && s.work.err != nil {
		return nil, errors.New("the table is too large to find the entry in time: assign it in the console")
	}
	return nil, fmt.Errorf("no entry %q can be set in this table", name)
}

// keyName is how a key is shown: name, ["two words"], [1.5], [table: 0x…].
func keyName(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		if isIdentifier(string(s)) {
			return string(s)
		}
		return "[" + quote(string(s), 200) + "]"
	}
	if n, ok := k.(lua.LNumber); ok {
		return "[" + number(n) + "]"
	}
	return "[" + k.String() + "]"
}

// keyName is how a key is shown in the format of the request.
func (v *view) keyName(k lua.LValue) string {
	if n, ok := k.(lua.LNumber); ok {
		return "[" + v.number(n) + "]"
	}
	return v.secrets.redact(keyName(k))
}

// keyWord is the name that a key is, "" if it is no string.
func keyWord(k lua.LValue) string {
	s, _ := k.(lua.LString)
	return string(s)
}

// keyExpr is the expression for an entry of a container.
func keyExpr(base string, k lua.LValue) string {
	switch k := k.(type) {
	case lua.LString:
		if isIdentifier(string(k)) {
			return base + "." + string(k)
		}
		return base + "[" + quote(string(k), 1<<20) + "]"
	case lua.LNumber:
		switch {
		case math.IsInf(float64(k), 1):
			return base + "[1/0]"
		case math.IsInf(float64(k), -1):
			return base + "[-1/0]"
		}
		return base + "[" + k.String() + "]"
	case lua.LBool:
		return base + "[" + k.String() + "]"
	}
	return ""
}

// prefix is an expression as Lua allows it before ".name" or "[key]".
func prefix(expr string) string {
	for _, name := range strings.Split(expr, ".") {
		if !isIdentifier(name) {
			if strings.Contains(expr, "--") {
				expr += "\n" // ends a comment
			}
			return "(" + expr + ")"
		}
	}
	return expr
}

func isIdentifier(s string) bool {
	if s == "" || keywords[s] {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}

var keywords = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true, "for": true,
	"function": true, "if": true, "in": true, "local": true, "nil": true, "not": true, "or": true, "repeat": true,
	"return": true, "then": true, "true": true, "until": true, "while": true,
}
