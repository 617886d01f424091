package utility

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestCalculatorEvaluate(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, tc := range []struct{ input, want string }{
		{"2 + 3 * 4", "14"}, {"(2 + 3) * 4", "20"}, {"7 / 2", "3.5"}, {"6 / 2", "3"}, {"7 % 3", "1"}, {"-7 % 3", "-1"}, {"7.5 % 2", "1.5"},
		{"2 ^ 10", "1024"}, {"2 ^ 3 ^ 2", "512"}, {"-2 ^ 2", "-4"}, {"2 ** 3", "8"}, {"2 ^ -1", "0.5"}, {"1 - -1", "2"}, {"+5", "5"},
		{"9999999999 * 9999999999", "99999999980000000000"}, {"0.1 + 0.2", "0.30000000000000004"}, {"1e3", "1000"}, {"0x10 + 1", "17"},
		{"1 < 2", "true"}, {"2 <= 1", "false"}, {"2 > 1", "true"}, {"2 >= 3", "false"}, {"1 == 1.0", "true"}, {"1 != 2", "true"},
		{"'a' < 'b'", "true"}, {"'b' >= 'a'", "true"}, {"'x' == 'x'", "true"}, {"1 == 'x'", "false"}, {"'text'", `"text"`},
		{"true && !false", "true"}, {"false || false", "false"}, {"true and not true", "false"}, {"true or false", "true"},
		{"false && (1/0 > 1)", "false"}, {"true || missing", "true"}, {"1 < 2 ? 10 : 20", "10"}, {"1 < 0 ? 1/0 : 20", "20"},
		{"100000000000000000000", "100000000000000000000"}, {"9223372036854775808 * 0 + 1", "1"}, {"12_345_678_901_234_567_890 / 12345678901234567890", "1"},
		{"'100000000000000000000'", `"100000000000000000000"`}, {"1.00000000000000000000001e3", "1000"}, {"'a//b' == \"a/*b\"", "false"},
		{"log2(8) + log10(100)", "5"}, {"atan2(1, 1) * 4 == pi()", "true"}, {"pow(2, 10)", "1024"}, {"hypot(3, 4)", "5"}, {"cbrt(27)", "3"},
		{"sin(0)", "0"}, {"cos(0)", "1"}, {"tan(0)", "0"}, {"asin(1) * 2 == pi()", "true"}, {"acos(1)", "0"}, {"atan(1) * 4 == pi()", "true"},
		{"atan(1, 1) * 4 == pi()", "true"}, {"sinh(0)", "0"}, {"cosh(0)", "1"}, {"tanh(0)", "0"}, {"sqrt(16)", "4"}, {"exp(0)", "1"},
		{"ln(e())", "1"}, {"log(2, 8)", "3"}, {"log(10, 1000)", "3"}, {"log(100)", "2"}, {"log(3, 81)", "4"}, {"abs(-3)", "3"},
		{"sign(-2)", "-1"}, {"sign(0)", "0"}, {"sign(5)", "1"}, {"int(-2.7)", "-2"}, {"ceil(1.2)", "2"}, {"floor(-1.2)", "-2"},
		{"round(2.5)", "3"}, {"round(-2.5)", "-3"}, {"round(3.14159, 2)", "3.14"}, {"round(1234, -2)", "1200"}, {"round(1, 400)", "1"},
		{"min(3, 1, 2)", "1"}, {"max(3, 1, 2, 9, 4)", "9"}, {"min(5)", "5"}, {"factorial(5)", "120"}, {"floor(pi() * 100) / 100", "3.14"},
	} {
		r.Table(t, "calculator", []tooltest.Want{{Params: fmt.Sprintf(`{"input": %q}`, tc.input), Field: "result", Value: tc.want}})
	}
}

func TestCalculatorParameters(t *testing.T) {
	newTable := []tooltest.Want{
		{Params: `{"operation":"evaluate","expression":"1+1"}`, Field: "result", Value: "2"},
		{Params: `{"input":"1+1"}`, Field: "result_type", Value: `"number"`},
		{Params: `{"input":"1<1"}`, Field: "result_type", Value: `"boolean"`},
		{Params: `{"input":"s","variables":{"s":"x"}}`, Field: "result_type", Value: `"string"`},
		{Params: `{"input":"x*y","variables":{"x":3,"y":4}}`, Field: "result", Value: "12"},
		{Params: `{"input":"ok ? 1 : 2","variables":{"ok":true}}`, Field: "result", Value: "1"},
		{Params: `{"input":"x","variables":{"x":3}}`, Field: "variables", Value: `{"x":3}`},
		{Params: `{"input":"1"}`, Field: "input", Value: `"1"`},
		{Params: `{"operation":"validate","input":"b + a * b"}`, Field: "valid", Value: "true"},
		{Params: `{"operation":"validate","input":"b + a * b"}`, Field: "variables", Value: `["a","b"]`},
		{Params: `{"operation":"validate","input":"2 +"}`, Field: "valid", Value: "false"},
		{Params: `{"operation":"validate","input":"2 + foo(1)"}`, Field: "error", Value: `"column 5: there is no function \"foo\" (the operation \"functions\" lists them)"`},

		{Params: `{"input":"10 // 3"}`, Err: `column 4: comments are not understood here`, Code: tool.ExecutionFailed},
		{Params: `{"input":"1 /* 2 */"}`, Err: `comments are not understood`},
		{Params: `{"input":"1)"}`, Err: `column 2: ")" is not expected here`},
		{Params: `{"operation":"add"}`, Err: `expected one of "evaluate", "validate", "functions", got the string "add"`, Code: tool.InvalidParameters},
		{Params: `{"input":5}`, Err: `parameter "input" is wrong: expected a string`, Code: tool.InvalidParameters},
		{Params: `{}`, Err: `parameter "input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"  "}`, Err: `parameter "input" is missing`},
		{Params: `{"input":"1","variables":[1]}`, Err: `parameter "variables" is wrong: expected an object`},
		{Params: `{"input":"1","var":{}}`, Err: `parameter "var" is not known`},
		{Params: `{"input":"x","variables":{"x":{}}}`, Err: `the variable "x" must be a number, a boolean or a string`},
		{Params: `{"input":"coutn","variables":{"count":1}}`, Err: `did you mean "count"?`},
		{Params: `{"input":"y"}`, Err: `column 1: the variable "y" has no value; pass it in variables`, Code: tool.ExecutionFailed},
		{Params: `{"input":"pi * 2"}`, Err: `pi is a function: write pi()`},
		{Params: `{"input":"1 / 0"}`, Err: "column 3: division by zero"},
		{Params: `{"input":"1 % 0"}`, Err: "division by zero"},
		{Params: `{"input":"sqrt(-1)"}`, Err: "sqrt has no real value for [-1]"},
		{Params: `{"input":"ln(0)"}`, Err: "ln has no real value"},
		{Params: `{"input":"log(1, 5)"}`, Err: "log has no real value"},
		{Params: `{"input":"factorial(2.5)"}`, Err: "no real value"},
		{Params: `{"input":"(-8) ^ 0.5"}`, Err: "-8 ^ 0.5 has no real value"},
		{Params: `{"input":"10 ^ 400"}`, Err: "too large for a number"},
		{Params: `{"input":"1 + true"}`, Err: "column 3: the operator + needs two numbers, not a number and a boolean"},
		{Params: `{"input":"!5"}`, Err: "the operand of ! must be a boolean, not a number"},
		{Params: `{"input":"-true"}`, Err: "must be a number, not a boolean"},
		{Params: `{"input":"true && 1"}`, Err: "an operand of && must be a boolean"},
		{Params: `{"input":"1 ? 2 : 3"}`, Err: "the condition of ?: must be a boolean"},
		{Params: `{"input":"true < false"}`, Err: "needs two numbers or two strings"},
		{Params: `{"input":"sqrt('x')"}`, Err: "an argument of sqrt must be a number, not a string"},
		{Params: `{"input":"sqrt()"}`, Err: "sqrt was given 0 arguments; write sqrt(x)"},
		{Params: `{"input":"sqrrt(4)"}`, Err: `there is no function "sqrrt" (did you mean "sqrt"?)`},
		{Params: `{"input":"map([1], # + 1)"}`, Err: `there is no function "map"`},
		{Params: `{"input":"[1, 2]"}`, Err: "only numbers, booleans, strings"},
		{Params: `{"input":"1..5"}`, Err: "the operator .. is not supported"},
		{Params: `{"input":"x.y"}`, Err: "only numbers, booleans, strings"},
		{Params: `{"input":"let x = 1; x"}`, Err: "only numbers, booleans, strings"},
		{Params: `{"input":"1 +"}`, Err: "column 3: the expression ends too early"},
		{Params: `{"input":"(1"}`, Err: "ends too early"},
	}
	tooltest.New(t, Definitions()).Table(t, "calculator", newTable)
}

func TestCalculatorFunctionsListsEveryFunction(t *testing.T) {
	r := tooltest.New(t, Definitions())
	res, err := r.Call(t, context.Background(), "calculator", `{"operation":"functions"}`)
	if err != nil {
		t.Fatal(err)
	}
	list := res.Value.(map[string]any)["functions"].([]any)
	if len(list) != len(calculatorFunctions()) {
		t.Errorf("%d functions are listed of %d", len(list), len(calculatorFunctions()))
	}
	for _, f := range list {
		m := f.(map[string]any)
		if m["usage"] == "" || m["description"] == "" {
			t.Errorf("%v lacks its usage or description", m)
		}
	}
}

func TestCalculatorLimits(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "calculator", []tooltest.Want{
		{Params: `{"input":"` + strings.Repeat("1+", 40_000) + `1"}`, Err: "at most 65536 characters"},
		{Params: `{"input":"` + strings.Repeat("1+", 12_000) + `1"}`, Err: "exceeds maximum allowed nodes"},
		{Params: `{"input":"` + strings.Repeat("(", 30_000) + "1" + strings.Repeat(")", 30_000) + `"}`, Field: "result", Value: "1"},
	})
}

func TestCalculatorConcurrently(t *testing.T) {
	r := tooltest.New(t, Definitions())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 300 {
				in := fmt.Sprintf(`{"input":"x + %d","variables":{"x":%d}}`, i, g)
				res, err := r.Call(t, context.Background(), "calculator", in)
				if err != nil || res.Value.(map[string]any)["result"] != int64(i+g) {
					t.Errorf("%s = %v, %v", in, res, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"1+2*x", "sqrt(-1)", "a && b || !c", "x ? 1 : 'y'", "((((", "log(2,8) % 3 ^ 2", "'", "1 ?? 2", "#", "a.b[0]?.c"} {
		f.Add(s)
	}
	functions := calculatorFunctions()
	vars := map[string]any{"x": 1.0, "a": true, "b": false, "c": true, "s": "text"}
	f.Fuzz(func(t *testing.T, input string) {
		if len(input) > 1000 {
			return
		}
		// The fuzzer itself would wait for ever, and report nothing.
		hang := time.AfterFunc(time.Minute, func() { panic("the expression never ends: " + strconv.Quote(input)) })
		defer hang.Stop()
		x, err := compileExpression(input, functions)
		if err == nil {
			var v value
			if v, err = x.eval(vars); err == nil {
				v.plain()
			}
		}
		if err != nil && strings.Contains(err.Error(), "cannot be parsed") {
			t.Logf("the parser panicked on %q: %v", input, err) // recovered
		}
	})
}

func BenchmarkEvaluateCached(b *testing.B) {
	c := &calculator{functions: calculatorFunctions(), cache: newExpressionCache()}
	vars := map[string]any{"x": 3.0}
	for b.Loop() {
		x, err := c.compile("2 + x * sqrt(16)")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.eval(vars); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompileExpression(b *testing.B) {
	functions := calculatorFunctions()
	for b.Loop() {
		if _, err := compileExpression("2 + x * sqrt(16)", functions); err != nil {
			b.Fatal(err)
		}
	}
}
