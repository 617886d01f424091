package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/internal/lru"
	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestJSONProcessor(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "json-processor", []tooltest.Want{
		{Params: `{"input":"{\"a\":[1,2,{\"b\":null}]}"}`, Value: `{"a":[1,2,{"b":null}]}`},
		{Params: `{"operation":"query","input":"{\"a\":[1,2]}","query":".a[1]"}`, Value: `2`},
		{Params: `{"operation":"transform","input":{"a":[3,1,2]},"query":".a|sort"}`, Value: `[1,2,3]`},
		{Params: `{"operation":"jq","input":[1,2,3],"filter":".[] | . * 2"}`, Value: `[2,4,6]`},
		{Params: `{"input":[1,2],"query":".[] | select(. > 5)"}`, Value: `null`},
		{Params: `{"input":[1,2],"query":".[] | select(. > 1)"}`, Value: `2`},
		{Params: `{"input":"7 ","query":". / 2"}`, Value: `3.5`},
		{Params: `{"input":true,"query":"not"}`, Value: `false`},
		{Params: `{"input":5,"query":"tostring"}`, Value: `"5"`},
		{Params: `{"input":{"x":"é"},"query":".x|length"}`, Value: `1`},
		{Params: `{"input":"[10000000000000000000000]","query":".[0] + 1"}`, Value: `1e+22`},
		{Params: `{"input":[1],"query":"infinite"}`, Value: `1.7976931348623157e+308`},
		{Params: `{"input":[1],"query":"1, halt, 2"}`, Value: `1`},
		{Params: `{"input":[1],"query":"$ENV"}`, Value: `{}`}, // the environment is not for queries
		{Params: `{"input":[1],"query":"env"}`, Value: `{}`},
		{Params: `{"operation":"stream","input":"{\"n\":1}\n{\"n\":2} {\"n\":3}","query":".n"}`, Value: `[1,2,3]`},
		{Params: `{"operation":"stream","input":[{"n":1}],"query":".n, .n"}`, Value: `[1,1]`},
		{Params: `{"operation":"stream","input":""}`, Value: `[]`},
		{Params: `{"operation":"validate","input":{"age":3},"schema":{"type":"object","properties":{"age":{"type":"integer"}}}}`, Field: "valid", Value: `true`},
		{Params: `{"operation":"validate","input":"{\"age\":\"x\"}","schema":"{\"properties\":{\"age\":{\"type\":\"integer\"}}}"}`, Field: "errors",
			Value: `[{"keyword":"type","message":"must be an integer, not a string","path":"age"}]`},
		{Params: `{"operation":"validate","input":"{","schema":{}}`, Field: "valid", Value: `false`},

		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"mend","input":1}`, Err: `"operation" is wrong`},
		{Params: `{"input":"{\n  \"a\": x}"}`, Err: `"input" is not JSON: line 2, column 8: invalid character 'x'`},
		{Params: `{"input":""}`, Err: `"input" is not JSON`},
		{Params: `{"input":"1 2"}`, Err: `"input" is not JSON: line 1, column 3`},
		{Params: `{"input":1,"query":".["}`, Err: `"query" is not a jq query: unexpected EOF`, Code: tool.InvalidParameters},
		{Params: `{"input":1,"query":"nosuch"}`, Err: `"query" is not a jq query: function not defined: nosuch/0`},
		{Params: `{"input":1,"query":5}`, Err: `"query" is wrong: expected a string`},
		{Params: `{"input":1,"query":"input"}`, Err: `not a jq query`},
		{Params: `{"input":1,"query":"import \"a\" as a; 1"}`, Err: `not a jq query`},
		{Params: `{"input":1,"query":".a"}`, Err: `the query failed: expected an object but got: number (1)`, Code: tool.ExecutionFailed},
		{Params: `{"input":1,"query":"error(\"boom\")"}`, Err: "boom"},
		{Params: `{"operation":"stream","input":1}`, Err: "expected text with one JSON value after the other"},
		{Params: `{"operation":"stream","input":"1 {"}`, Err: "value 2 of the input is not JSON"},
		{Params: `{"operation":"validate","input":1}`, Err: `"schema" is missing`},
		{Params: `{"operation":"validate","input":1,"schema":5}`, Err: `"schema" is wrong: expected an object or a string`},
		{Params: `{"operation":"validate","input":1,"schema":"{"}`, Err: `"schema" is not JSON`},
		{Params: `{"operation":"validate","input":1,"schema":{"$ref":"https://example.com/s"}}`, Err: `leads out of the schema`},
		{Params: `{"operation":"validate","input":1,"schema":{"$ref":"#"}}`, Err: `refers to itself without end`},
		{Params: `{"operation":"validate","input":"{\"a\":null,\"b\":{\"a\":1}}","schema":{"properties":{"a":{"type":"string"},"b":{"$ref":"#"}}}}`, Field: "errors",
			Value: `[{"keyword":"type","message":"must be a string, not null","path":"a"},{"keyword":"type","message":"must be a string, not a number","path":"b.a"}]`},
		{Params: `{"operation":"validate","input":[1,"x"],"schema":{"items":{"anyOf":[{"type":"string"},{"type":"integer","exclusiveMinimum":1}]}}}`, Field: "errors",
			Value: `[{"keyword":"exclusiveMinimum","message":"must be more than 1","path":"[1]"}]`},
	})
}

// A query that never ends, and one that gives values without end, stop with
// their context.
func TestJSONProcessorIsCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, query := range []string{"def f: f; f", "repeat(1) | select(. > 1)", "[range(1e18)] | length", "[limit(1e15; repeat(1))]"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		start := time.Now()
		_, err := r.Call(t, ctx, "json-processor", fmt.Sprintf(`{"input":1,"query":%q}`, query))
		cancel()
		if err == nil || !errors.Is(err, context.DeadlineExceeded) || err.Code != tool.Timeout {
			t.Errorf("%s: %v; want the deadline", query, err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: stopped only after %v", query, d)
		}
	}
}

func TestQueryThatFillsTheMemoryIsStopped(t *testing.T) {
	j := &jsonProcessor{cache: lru.New[*query](1), maxGrowth: 64 << 20}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	_, err := j.Run(ctx, &tool.Call{Operation: "query", Params: tool.Params{"input": int64(1), "query": "[range(1e12)] | length"}})
	if err == nil || !strings.Contains(err.Error(), "memory grew by more than 64 MB") {
		t.Errorf("the query ended with %v", err)
	}
}

// The tool must not change what it is given, nor hand out parts of a cached
// query that a caller could change.
func TestJSONProcessorSharesNothing(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for range 2 {
		res, err := r.Call(t, context.Background(), "json-processor", `{"input":null,"query":"{a: [\"x\"]}","operation":"stream","input":[1]}`)
		if err != nil {
			t.Fatal(err)
		}
		a := res.Value.([]any)[0].(map[string]any)["a"].([]any)
		if a[0] != "x" {
			t.Fatal("the first result was changed, and with it the query")
		}
		a[0] = "changed"
	}
}

func FuzzJSONProcessor(f *testing.F) {
	f.Add(`{"a":[1,2]}`, ".a[]")
	f.Add(`[1]`, `map(. + 1) | tojson`)
	j, err := Definitions()[0].New()
	if err != nil {
		f.Fatal(err)
	}
	large := regexp.MustCompile(`[0-9]{7}|[0-9.][eE]`)
	f.Fuzz(func(t *testing.T, input, query string) {
		if len(input)+len(query) > 200 || strings.Contains(query, "*") || large.MatchString(input+" "+query) { // "x" * 1e9 is memory, and .[99999999] = 1, too
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		_, _ = j.Run(ctx, &tool.Call{Operation: "query", Params: tool.Params{"input": input, "query": query}})
	})
}

// Neither the caller's value nor the decoded text is changed by what a query
// assigns, deletes or sorts.
func TestQueriesChangeNoInput(t *testing.T) {
	j, err := Definitions()[0].New()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`.a[0] |= 5`, `.a += [9]`, `del(.a[0])`, `.a |= sort`, `.o.x = 1`, `.o |= with_entries(.value += 1)`, `delpaths([["o"]])`, `[.a[] | . + 1]`, `.a | reverse`,
		`to_entries`, `reduce .a[] as $x (.; .n += $x)`, `.a[1:] = []`, `.. |= .`, `setpath(["o", "y"]; 2)`, `walk(if type == "number" then . + 1 else . end)`, `.f * 2`, `limit(1; .a[] |= empty)`,
	} {
		input := map[string]any{"a": []any{int64(3), 1.0, 2.5}, "o": map[string]any{"x": int64(7)}, "n": 0.0, "f": 1.5}
		before, _ := json.Marshal(input)
		for range 2 {
			if _, err := j.Run(context.Background(), &tool.Call{Operation: "query", Params: tool.Params{"input": input, "query": q}}); err != nil {
				t.Errorf("%s: %v", q, err)
			}
		}
		if after, _ := json.Marshal(input); string(after) != string(before) {
			t.Errorf("%s changed its input to %s", q, after)
		}
		if _, ok := input["a"].([]any)[0].(int64); !ok {
			t.Errorf("%s changed the type of a number", q)
		}
	}
}

func TestIsPath(t *testing.T) {
	for text, want := range map[string]bool{
		`.`: true, `.a`: true, `.a.b[0]`: true, `."a b"`: true, `.[]`: true, `.a[]?`: true, `.[1:2]`: true, `..`: true, `.a | .b`: true, `.a, .b`: true, `(.a | .b).c`: true, `.[.i]`: true,
		`.["a"]`: true, `{a}`: false, `[.a]`: false, `1`: false, `"x"`: false, `map(.a)`: false, `.a + 1`: false, `.a // []`: false, `.a as $x | .b`: false, `def f: .; .`: false, `.[] | [1]`: false,
		`([1])`: false, `if . then . else . end`: false, `.a = 1`: false, `null`: false, `try .a`: false, `$__loc__`: false, `. as [$a] | $a`: false, `[1][0]`: false, `.a?`: true, `-.`: false, `@text`: false,
	} {
		q, err := gojq.Parse(text)
		if err != nil {
			t.Fatal(text, err)
		}
		if isPath(q) != want {
			t.Errorf("isPath(%s) = %v", text, !want)
		}
	}
}

// A small result does not hold the whole document in memory.
func TestResultsLetTheTextGo(t *testing.T) {
	const size = 32 << 20
	j, err := Definitions()[0].New()
	if err != nil {
		t.Fatal(err)
	}
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	var kept []any
	for _, q := range []string{".name", "{name}", ".list"} {
		text := `{"name":"ann","list":[{"key":"value"}],"rest":"` + strings.Repeat("x", size) + `"}`
		r, err := j.Run(context.Background(), &tool.Call{Operation: "query", Params: tool.Params{"input": text, "query": q}})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, r.Value)
	}
	if grown := heap() - before; grown > size {
		t.Errorf("three small results keep %d MB", grown>>20)
	}
	if text, _ := json.Marshal(kept); string(text) != `["ann",{"name":"ann"},[{"key":"value"}]]` {
		t.Errorf("the results are %s", text)
	}
	whole := `["` + strings.Repeat("x", 5000) + `"]`
	out := []any{whole[2:5000]}
	if got := release(whole, out); &got[0] != &out[0] {
		t.Error("a result as large as the text was copied")
	}
}

func BenchmarkJSONMegabyte(b *testing.B) {
	var text strings.Builder
	text.WriteString(`[`)
	for i := 0; text.Len() < 1<<20; i++ {
		fmt.Fprintf(&text, `{"id":%d,"name":"user %d","tags":["a","b"],"score":%d.5},`, i, i, i)
	}
	text.WriteString(`{}]`)
	j, err := Definitions()[0].New()
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range []string{".", ".[100].name", ".[].name", "map(.score // 0) | add"} {
		b.Run(q, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			params := tool.Params{"input": text.String(), "query": q}
			for b.Loop() {
				if _, err := j.Run(context.Background(), &tool.Call{Operation: "query", Params: params}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Values that are small in memory and huge to walk through, and values nested so
// deeply that walking through them would overflow the stack.
func TestJSONBoundsValues(t *testing.T) {
	const wide, deep = "reduce range(40) as $i ([1]; [., .])", "reduce range(300000) as $i (null; [.])"
	r := tooltest.New(t, Definitions())
	queries := []string{
		wide, wide + " | tojson", wide + ` | "a\(.)"`, wide + ` | @json "\(.)"`, wide + " | @json", wide + " | flatten", wide + " | . == map(.)", wide + " | sort",
		wide + " | sort_by(.[0])", wide + " | unique", wide + " | contains([[2]])", wide + " | add", wide + " | add(.)", wide + " | error", wide + " | halt_error",
		wide + " | del(.[0])", wide + " | . - [1]", wide + " | index([1])", "{a: (" + wide + ")} * {a: {}}",
		deep, deep + " | tojson", deep + " | {a: .}", "[" + deep + ", 1] | unique", deep + " | error",
		"[range(1000000)] | join(\"x\" * 1000000)", "[range(300000) | 0] as $p | null | setpath($p; 1)", "[range(300000) | 0] as $p | null | getpath($p) = 1",
	}
	if raceDetector {
		queries = []string{wide + " | sort", deep + " | {a: .}", "[range(1000000)] | join(\"x\" * 1000000)"} // one of each kind
	}
	for _, q := range queries {
		_, err := r.Call(t, context.Background(), "json-processor", request(t, q))
		if err == nil || err.Code != tool.LimitExceeded {
			t.Errorf("%s: %v; want the error that the value is too large or too deep", q, err)
		}
	}
}

// What bounds the values changes nothing else about a query.
func TestJSONBoundedQueries(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for q, want := range map[string]string{
		`["a",1,null,true] | join("-", "+")`:                                                  `["a-1--true","a+1++true"]`,
		`[3,1,2] | sort_by(-.)`:                                                               `[3,2,1]`,
		`[3,1,2] | add, add(.[]), add(.[] * 2)`:                                               `[6,6,12]`,
		`[1,2] | "\(.)!", @json, @json "v\(.)", "\("x\(1)")"`:                                 `["[1,2]!","[1,2]","v[1,2]","x1"]`,
		`[3,1] | del(.[0]), path(first), (.[0] += 5), ([.[]|tojson]|min)`:                     `[[1],[0],[8,1],"1"]`,
		`{"a":[{"b":2},{"b":1}]} | .a |= sort_by(.b) | .a[0].b`:                               `1`,
		`{"a":{"b":1}} | setpath(["a","b"]; 2), getpath(["a","b"]), (getpath(["a","c"]) = 3)`: `[{"a":{"b":2}},1,{"a":{"b":1,"c":3}}]`,
		`[1,[2]] == [1,[2]], [1] < [2], ({"a":{"b":1}} * {"a":{"c":2}})`:                      `[true,true,{"a":{"b":1,"c":2}}]`,
		`try error("x") catch ., (try error({"a":1}) catch .a)`:                               `["x",1]`,
		`1, halt, 2`: `1`,
		`[[1,2],[3]] | transpose, flatten, (map(length) | max), index([3])`: `[[[1,3],[2,null]],[1,2,3],2,null]`,
		`def join($x): "mine"; [1] | join(",")`:                             `"mine"`,
	} {
		r.Table(t, "json-processor", []tooltest.Want{{Params: request(t, q), Value: want}})
	}
	r.Table(t, "json-processor", []tooltest.Want{
		{Params: `{"input":null,"query":"halt_error"}`, Err: "halt error"},
		{Params: `{"input":1,"query":"\"bye\" | halt_error(1)"}`, Err: "bye"},
	})
}

// request is a call with an input that is null.
func request(t *testing.T, query string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"input": nil, "query": query})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
