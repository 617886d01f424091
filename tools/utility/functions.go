package utility

import "math"

// function is one that expressions can call.
type function struct {
	min, max int // arguments; max < 0 for any number
	usage    string
	about    string
	apply    func(args []float64) float64
}

// calculatorFunctions makes the table of functions. It is built for a
// calculator rather than held in a variable, so that a process that never
// calculates never builds it.
func calculatorFunctions() map[string]function {
	one := func(f func(float64) float64, usage, about string) function {
		return function{1, 1, usage, about, func(a []float64) float64 { return f(a[0]) }}
	}
	fold := func(f func(x, y float64) float64, usage, about string) function {
		return function{1, -1, usage, about, func(a []float64) float64 {
			r := a[0]
			for _, x := range a[1:] {
				r = f(r, x)
			}
			return r
		}}
	}
	return map[string]function{
		"sin":  one(math.Sin, "sin(x)", "sine of x radians"),
		"cos":  one(math.Cos, "cos(x)", "cosine of x radians"),
		"tan":  one(math.Tan, "tan(x)", "tangent of x radians"),
		"asin": one(math.Asin, "asin(x)", "angle in radians whose sine is x"),
		"acos": one(math.Acos, "acos(x)", "angle in radians whose cosine is x"),
		"atan": {1, 2, "atan(y) or atan(y, x)", "angle in radians whose tangent is y, or of the point (x, y)", func(a []float64) float64 {
			if len(a) == 2 {
				return math.Atan2(a[0], a[1])
			}
			return math.Atan(a[0])
		}},
		"sinh":      one(math.Sinh, "sinh(x)", "hyperbolic sine"),
		"cosh":      one(math.Cosh, "cosh(x)", "hyperbolic cosine"),
		"tanh":      one(math.Tanh, "tanh(x)", "hyperbolic tangent"),
		"sqrt":      one(math.Sqrt, "sqrt(x)", "square root"),
		"exp":       one(math.Exp, "exp(x)", "e to the power of x"),
		"ln":        one(positive(math.Log), "ln(x)", "natural logarithm"),
		"log":       {1, 2, "log(base, x) or log(x)", "logarithm to a base; of x alone, to base 10", logarithm},
		"log2":      one(positive(math.Log2), "log2(x)", "logarithm to base 2"),
		"log10":     one(positive(math.Log10), "log10(x)", "logarithm to base 10"),
		"atan2":     {2, 2, "atan2(y, x)", "angle in radians of the point (x, y)", func(a []float64) float64 { return math.Atan2(a[0], a[1]) }},
		"cbrt":      one(math.Cbrt, "cbrt(x)", "cube root"),
		"pow":       {2, 2, "pow(x, y)", "x to the power of y", func(a []float64) float64 { return math.Pow(a[0], a[1]) }},
		"hypot":     fold(math.Hypot, "hypot(x, y, ...)", "square root of the sum of squares"),
		"abs":       one(math.Abs, "abs(x)", "absolute value"),
		"sign":      one(sign, "sign(x)", "-1, 0 or 1"),
		"int":       one(math.Trunc, "int(x)", "x without its fraction"),
		"ceil":      one(math.Ceil, "ceil(x)", "the whole number above"),
		"floor":     one(math.Floor, "floor(x)", "the whole number below"),
		"round":     {1, 2, "round(x) or round(x, digits)", "nearest number, halves away from zero", round},
		"min":       fold(math.Min, "min(x, ...)", "the smallest"),
		"max":       fold(math.Max, "max(x, ...)", "the largest"),
		"factorial": one(factorial, "factorial(n)", "n! for a whole number from 0"),
		"pi":        {0, 0, "pi()", "3.14159…", func([]float64) float64 { return math.Pi }},
		"e":         {0, 0, "e()", "2.71828…", func([]float64) float64 { return math.E }},
	}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // zero or not a number
}

// positive makes the logarithm of zero an error rather than an infinity.
func positive(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x <= 0 {
			return math.NaN()
		}
		return f(x)
	}
}

func logarithm(a []float64) float64 {
	x, base := a[0], 10.0
	if len(a) == 2 {
		base, x = a[0], a[1]
	}
	if x <= 0 || base <= 0 || base == 1 {
		return math.NaN()
	}
	switch base { // exact where the library is
	case 2:
		return math.Log2(x)
	case 10:
		return math.Log10(x)
	}
	r := math.Log(x) / math.Log(base)
	if n := math.Round(r); math.Pow(base, n) == x { // log(3, 81) is 4, not 4.000000000000001
		return n
	}
	return r
}

func round(a []float64) float64 {
	if len(a) == 1 {
		return math.Round(a[0])
	}
	digits := math.Trunc(a[1])
	if math.IsNaN(digits) {
		return math.NaN()
	}
	scale := math.Pow(10, digits)
	if r := math.Round(a[0]*scale) / scale; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	if digits < 0 {
		return 0 // rounded to a power of ten far above x
	}
	return a[0] // more digits than a number has
}

func factorial(n float64) float64 {
	if n < 0 || n != math.Trunc(n) {
		return math.NaN()
	}
	r := 1.0
	for i := 2.0; i <= n && !math.IsInf(r, 0); i++ {
		r *= i
	}
	return r
}
