package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

func openMath(L *lua.LState) {
	tb := library(L, lua.MathLibName)
	register(L, tb, []entry{
		{"abs", mathAbs},
		{"acos", unary(math.Acos)},
		{"asin", unary(math.Asin)},
		{"atan", unary(math.Atan)},
		{"atan2", binary(math.Atan2)},
		{"ceil", unary(math.Ceil)},
		{"cos", unary(indefinite(math.Cos))},
		{"cosh", unary(math.Cosh)},
		{"deg", unary(func(x float64) float64 { return x / radiansPerDegree })},
		{"exp", unary(math.Exp)},
		{"floor", unary(math.Floor)},
		{"fmod", binary(fmod)},
		{"frexp", mathFrexp},
		{"ldexp", mathLdexp},
		{"log", mathLog},
		{"log10", unary(log10)},
		{"max", mathMax},
		{"min", mathMin},
		{"mod", binary(fmod)}, // the name that fmod had in Lua 5.0
		{"modf", mathModf},
		{"pow", binary(pow)},
		{"rad", unary(func(x float64) float64 { return x * radiansPerDegree })},
		{"sin", unary(indefinite(math.Sin))},
		{"sinh", unary(math.Sinh)},
		{"sqrt", unary(indefinite(math.Sqrt))},
		{"tan", unary(indefinite(math.Tan))},
		{"tanh", unary(math.Tanh)},
		{"tointeger", mathTointeger},
		{"type", mathType},
		{"ult", mathUlt},
	})
	generator := &random{}
	tb.RawSetString("random", L.NewFunction(generator.random))
	tb.RawSetString("randomseed", L.NewFunction(generator.randomseed))
	tb.RawSetString("pi", lua.LNumber(math.Pi))
	tb.RawSetString("huge", lua.LNumber(math.Inf(1)))
	tb.RawSetString("maxinteger", lua.LNumber(maxInteger))
	tb.RawSetString("mininteger", lua.LNumber(-maxInteger))
}

// radiansPerDegree is what PUC Lua multiplies and divides by; degrees computed
// as x*180/pi would differ in the last digit.
const radiansPerDegree = math.Pi / 180

// unary makes a library function of f. NaN is passed through with its sign,
// which scripts see when they print it.
func unary(f func(float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		x := checkNumber(L, 1)
		if !math.IsNaN(x) {
			x = f(x)
		}
		L.Push(lua.LNumber(x))
		return 1
	}
}

// indefinite gives f the NaN that x86 processors, and so C, answer an invalid
// argument with: it has the sign bit set and prints as "-nan".
func indefinite(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if y := f(x); !math.IsNaN(y) {
			return y
		}
		return math.Copysign(math.NaN(), -1)
	}
}

func mathAbs(L *lua.LState) int {
	L.Push(lua.LNumber(math.Abs(checkNumber(L, 1))))
	return 1
}

func fmod(x, y float64) float64 {
	return indefinite(func(x float64) float64 { return math.Mod(x, y) })(x)
}

func pow(x, y float64) float64 {
	if x > 0 && x < smallestNormal {
		return math.Pow(x*(1<<54), y) * math.Exp2(-54*y)
	}
	return indefinite(func(x float64) float64 { return math.Pow(x, y) })(x)
}

// smallestNormal is the least number with full precision. Below it the assembly
// behind math.Log and math.Pow is far off, so such numbers are scaled.
const smallestNormal = 0x1p-1022

func logarithm(x float64) float64 {
	if x > 0 && x < smallestNormal {
		return math.Log(x*(1<<54)) - 54*math.Ln2
	}
	return math.Log(x)
}

func log10(x float64) float64 {
	if x > 0 && x < smallestNormal {
		return math.Log10(x*(1<<54)) - 54*(math.Ln2/math.Ln10)
	}
	return math.Log10(x)
}

func binary(f func(x, y float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		y := checkNumber(L, 2) // first, as PUC Lua's compiled code does
		x := checkNumber(L, 1)
		result := f(x, y)
		switch {
		case !math.IsNaN(result):
		case math.IsNaN(x):
			result = x
		case math.IsNaN(y):
			result = y
		}
		L.Push(lua.LNumber(result))
		return 1
	}
}

func mathFrexp(L *lua.LState) int {
	fraction, exponent := math.Frexp(checkNumber(L, 1))
	L.Push(lua.LNumber(fraction))
	L.Push(lua.LNumber(exponent))
	return 2
}

func mathLdexp(L *lua.LState) int {
	exponent := checkInt(L, 2)
	fraction := checkNumber(L, 1)
	// C's int: what does not fit would overflow or vanish anyway.
	L.Push(lua.LNumber(math.Ldexp(fraction, max(-1<<20, min(exponent, 1<<20)))))
	return 1
}

// mathLog takes the base that Lua 5.2 added as an optional second argument.
func mathLog(L *lua.LState) int {
	log := indefinite(logarithm)
	if !isNoneOrNil(L, 2) {
		switch base := checkNumber(L, 2); base {
		case 2:
			log = indefinite(math.Log2)
		case 10:
			log = log10
		default:
			log = indefinite(func(x float64) float64 { return logarithm(x) / logarithm(base) })
		}
	}
	return unary(log)(L)
}

func mathMax(L *lua.LState) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if n := checkNumber(L, i); n > best {
			best = n
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathMin(L *lua.LState) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if n := checkNumber(L, i); n < best {
			best = n
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathModf(L *lua.LState) int {
	x := checkNumber(L, 1)
	integer, fraction := math.Trunc(x), 0.0
	switch {
	case math.IsInf(x, 0):
		fraction = math.Copysign(0, x)
	default:
		fraction = math.Copysign(x-integer, x)
	}
	L.Push(lua.LNumber(integer))
	L.Push(lua.LNumber(fraction))
	return 2
}
