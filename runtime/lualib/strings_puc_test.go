package lualib

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"
)

// generator makes random calls. Its results depend on the seed only.
type generator struct{ *rand.Rand }

func newGenerator(seed int64) generator {
	return generator{rand.New(rand.NewSource(seed))}
}

func (g generator) pick(options ...string) string { return options[g.Intn(len(options))] }

// text is up to n bytes of the alphabet.
func (g generator) text(n int, alphabet string) string {
	buf := make([]byte, g.Intn(n+1))
	for i := range buf {
		buf[i] = alphabet[g.Intn(len(alphabet))]
	}
	return string(buf)
}

// subject is a string for a pattern to match: mostly few different letters, so
// that repetitions, back references and balances do match.
func (g generator) subject() string {
	switch g.Intn(8) {
	case 0:
		return g.text(30, "abc(){}[].,;:!?_-+%$^ \t\n012ABC\x00\x80\xff")
	case 1:
		return g.text(20, "ab()")
	case 2:
		return g.pick("", "a", "key = value", "2024-01-31", "THE (quick) fox", "  trim me  ", "a,b,,c", "/usr/lib/x.so")
	}
	return g.text(16, "aab1 ")
}

// pattern is a mostly well-formed pattern with at most four repetitions, so
// that a failing match cannot take long.
func (g generator) pattern() string {
	if g.Intn(10) == 0 {
		return g.text(8, "ab%%[]()^$.*+-?f1")
	}
	var out strings.Builder
	if g.Intn(6) == 0 {
		out.WriteByte('^')
	}
	repetitions, open := 0, 0
	for range g.Intn(6) {
		switch g.Intn(16) {
		case 0, 1:
			out.WriteByte('(')
			open++
			continue
		case 2:
			out.WriteString("()")
			continue
		case 3:
			out.WriteString(g.pick("%b()", "%bab", "%baa", "%f[%w]", "%f[^a]", "%1", "%2", "%0"))
			continue
		case 4, 5:
			if open > 0 {
				out.WriteByte(')')
				open--
			}
			continue
		}
		out.WriteString(g.item())
		if repetitions < 4 && g.Intn(2) == 0 {
			out.WriteString(g.pick("*", "+", "-", "?"))
			repetitions++
		}
	}
	if g.Intn(20) > 0 {
		out.WriteString(strings.Repeat(")", open))
	}
	if g.Intn(6) == 0 {
		out.WriteByte('$')
	}
	return out.String()
}

// item is a pattern item that matches one byte.
func (g generator) item() string {
	switch g.Intn(6) {
	case 0:
		return "."
	case 1:
		return "%" + g.pick("a", "c", "d", "l", "p", "s", "u", "w", "x", "z", "A", "D", "L", "P", "S", "W", "Z", "%", ".", "(", "g", "-")
	case 2:
		return g.pick("[ab]", "[^ab]", "[a-c]", "[%a_]", "[^%s]", "[]]", "[^]]", "[a-]", "[-a]", "[%]]", "[a%-z]", "[%w%.-]", "[z-a]", "[a-%%]", "[\x80-\xff]", "[^%z]")
	}
	return g.pick("a", "b", "1", " ", "a", "b")
}

// integer is a position: near the string or far out.
func (g generator) integer() string {
	switch g.Intn(10) {
	case 0:
		return g.pick("0", "-0", "1/0", "-1/0", "0/0", "2^31", "-2^31", "2^40", "2^62", "-2^63", "1e300", "nil")
	case 1:
		return g.pick("1.5", "-1.5", "2.999", "'2'", "'0x2'", "' 3 '", "'x'", "{}", "true")
	}
	return strconv.Itoa(g.Intn(24) - 8)
}

// limit is a number of replacements. PUC Lua 5.1 keeps 32 bits of it, so that
// 2^31 means none; ours means what it says.
func (g generator) limit() string {
	return g.pick("0", "1", "2", "3", "-1", "1.9", "'2'", "nil", "{}", "1/0", "2^31-1")
}

// replacement is the third argument of gsub.
func (g generator) replacement() string {
	switch g.Intn(5) {
	case 0:
		return g.pick(`{a="1", b=2, aa=false, [1]="one"}`, "setmetatable({}, {__index = function(_, k) return '<' .. k .. '>' end})", "{a={}}")
	case 1:
		return g.pick("function(...) return select('#', ...) end", "function(a, b) return b end",
			"function(a) return a .. a end", "function() return false end", "function(a) return {} end", "function() end")
	case 2:
		return g.pick("7", "nil", "true", "tostring", "1.5")
	}
	return luaQuote(g.text(5, "xy%%012"))
}

func TestPatternsMatchPUC(t *testing.T) {
	g := newGenerator(1)
	var calls []string
	for range 6000 {
		s, p := luaQuote(g.subject()), luaQuote(g.pattern())
		switch g.Intn(6) {
		case 0:
			calls = append(calls, fmt.Sprintf("string.find(%s, %s)", s, p))
		case 1:
			calls = append(calls, fmt.Sprintf("string.find(%s, %s, %s, %s)", s, p, g.integer(), g.pick("true", "false", "nil")))
		case 2:
			calls = append(calls, fmt.Sprintf("string.match(%s, %s, %s)", s, p, g.integer()))
		case 3:
			calls = append(calls, fmt.Sprintf("(function() local r = {} for a, b, c in string.gmatch(%s, %s) do "+
				"r[#r+1] = tostring(a) .. '|' .. tostring(b) .. '|' .. tostring(c) end return table.concat(r, ';') end)()", s, p))
		case 4:
			calls = append(calls, fmt.Sprintf("string.gsub(%s, %s, %s)", s, p, g.replacement()))
		case 5:
			calls = append(calls, fmt.Sprintf("string.gsub(%s, %s, %s, %s)", s, p, g.replacement(), g.limit()))
		}
	}
	compareWithPUC(t, calls)
}

func TestClassesMatchPUC(t *testing.T) {
	var calls []string
	for letter := 1; letter < 256; letter++ {
		p := luaQuote("%" + string([]byte{byte(letter)}))
		set := luaQuote("[%" + string([]byte{byte(letter)}) + "]")
		calls = append(calls, "string.gsub(all, "+p+", '')", "string.gsub(all, "+set+", '')")
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for i, call := range calls {
		calls[i] = "(function() local all = " + luaQuote(string(all)) + " return " + call + " end)()"
	}
	compareWithPUC(t, calls)
}

// number is a number as an expression, or something that converts to one.
func (g generator) number() string {
	switch g.Intn(7) {
	case 0:
		return g.pick("0", "1/0", "-1/0", "0/0", "-(0/0)", "2^31", "2^32", "-2^31-1", "2^53", "2^63", "2^64", "-2^63", "1e300", "1e-300", "5e-324", "0.5", "1.5", "2.5", "1e15", "1e14", "99999.5", "0.0001", "0.00001")
	case 1:
		return luaQuote(g.pick("10", "0x10", " 5 ", "1e2", "x", "", "0x", "-0", "1e", "inf", "0x.8p1"))
	case 2:
		return strconv.FormatFloat((g.Float64()-0.5)*1000, 'f', g.Intn(6), 64)
	case 3:
		return strconv.FormatFloat(g.NormFloat64()*1e10, 'g', -1, 64)
	case 4:
		return g.pick("nil", "{}", "true")
	}
	return strconv.Itoa(g.Intn(2000) - 1000)
}

func TestFormatMatchesPUC(t *testing.T) {
	g := newGenerator(2)
	var calls []string
	for range 8000 {
		d := "%" + g.text(3, "-+ #0")
		if g.Intn(2) == 0 {
			d += strconv.Itoa(g.Intn(30))
		}
		if g.Intn(2) == 0 {
			d += "."
			if g.Intn(4) > 0 {
				d += strconv.Itoa(g.Intn(25))
			}
		}
		if g.Intn(30) == 0 {
			d = "%" + g.text(7, "-+ #0") + g.text(4, "0123456789.")
		}
		verb := g.pick("d", "i", "u", "o", "x", "X", "e", "E", "f", "g", "G", "d", "f", "g", "s", "q", "c", "%", "y", "")
		arg := g.number()
		switch verb {
		case "s", "q": // %s of other values is deliberately not PUC Lua 5.1's
			arg = g.pick(luaQuote(g.text(12, "ab\n\"\\\r ")), luaQuote(strings.Repeat("long", 30)), "12", "1.5", "0.1")
		case "c":
			arg = strconv.Itoa(1 + g.Intn(255))
		}
		calls = append(calls, "string.format("+luaQuote("<"+d+verb+">")+", "+arg+")")
	}
	compareWithPUC(t, calls)
}

func TestNumbersMatchPUC(t *testing.T) {
	g := newGenerator(3)
	var calls []string
	for range 3000 {
		bits := g.Uint64()
		if g.Intn(2) == 0 {
			bits = uint64(g.Intn(1<<20)) << 40 // few digits
		}
		// Built by arithmetic, which is exact, as literals are read by others.
		mantissa, exponent := bits&(1<<53-1), int(bits>>53)%2040-1074
		calls = append(calls, fmt.Sprintf("string.len(math.ldexp(%d, %d)), math.ldexp(%d, %d), string.format('%%s', -math.ldexp(%d, %d))",
			mantissa, exponent-52, mantissa, exponent-52, mantissa, exponent-52))
	}
	for range 6000 {
		s := g.text(10, g.pick("0123456789", "0123456789.eE+-", "0xXabcdefABCDEF.pP+-19", "  \t\n\v\f\r\x00 1234567", "infatyINFATY()", "1_0b0o8"))
		if g.Intn(4) == 0 {
			s = g.pick("0x", "0X", "-0x", "inf", "-inf", "nan", "-nan", "nan(", "infinity", "+", "-", ".", "1e", " ", "0x1p", "1.") + s
		}
		calls = append(calls, "string.format('%.17g', "+luaQuote(s)+")")
	}
	compareWithPUC(t, calls)
}

func TestBasicsMatchPUC(t *testing.T) {
	g := newGenerator(4)
	var calls []string
	for range 6000 {
		s := luaQuote(g.text(12, "abcXYZ\x00\x7f\x80\xc3\xa9 12"))
		if g.Intn(12) == 0 {
			s = g.pick("nil", "{}", "12", "1.5", "true", "")
		}
		a, b := g.integer(), g.integer()
		args := s
		if s != "" {
			args = strings.Join([]string{s, a, b}[:1+g.Intn(3)], ", ")
		} else {
			s = "nil"
		}
		switch g.Intn(8) {
		case 0:
			calls = append(calls, "string.sub("+args+")")
		case 1:
			calls = append(calls, "string.byte("+args+")")
		case 2:
			// PUC Lua 5.1 keeps 32 bits of each, so that 2^32+65 is "A".
			calls = append(calls, "string.char("+strings.Join([]string{strconv.Itoa(g.Intn(300) - 20), g.pick("1.9", "255", "-0.5", "{}", "nil", "'x'"), "'65'"}[:g.Intn(4)], ", ")+")")
		case 3:
			calls = append(calls, "string.rep("+g.pick(s, "'ab'", "'a'", "''")+", "+strconv.Itoa(g.Intn(9)-2)+")")
		case 4:
			calls = append(calls, g.pick("string.upper", "string.lower", "string.reverse", "string.len")+"("+s+")")
		case 5: // methods count their arguments without self
			calls = append(calls, "("+luaQuote(g.text(4, "ab"))+"):"+g.pick("sub", "rep", "find", "gsub", "byte", "format", "match", "gmatch")+
				"("+g.pick("{}", "true", "nil", "", "{}, {}", "'a', {}")+")")
		case 6: // other ways to call
			call := g.pick("string.%s()", "pcall(string.%s)", "pcall(string.%s, {})",
				"(function() local s = string return s.%s() end)()", "(function() local f = string.%s return f() end)()",
				"(function() local t = {string.%s} t[1]() end)()", "(function() local o = {m = string.%s} o:m(1) end)()",
				"(function() for x in string.%s, nil, nil do end end)()")
			calls = append(calls, strings.ReplaceAll(call, "%s", g.pick("sub", "rep", "find", "gsub", "byte", "len", "match", "upper")))
		case 7:
			calls = append(calls, "string.find("+s+", "+g.pick(s, "'a'", "'X'", "''")+", "+a+", true)")
		}
	}
	compareWithPUC(t, calls)
}
