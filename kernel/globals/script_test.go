package globals_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// script runs Lua in a session and returns what it printed; t fails on an error.
func script(t *testing.T, code string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &errs, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), code, "=test", nil); err != nil {
		t.Fatalf("%v\n%s", err, code)
	}
	return out.String(), errs.String()
}

// prints runs Lua that prints, and compares.
func prints(t *testing.T, code, want string) {
	t.Helper()
	if got, _ := script(t, code); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("%s\nprinted\n%s\nwant\n%s", code, got, want)
	}
}

func TestJSON(t *testing.T) {
	for code, want := range map[string]string{
		`print(JSON.parse('[1, 2.5, -3e2, "x", true, false]')[3])`:                                                       "-300",
		`print(#JSON.parse('[]'), JSON.stringify(JSON.parse('[]')), JSON.stringify(JSON.parse('{}')))`:                   "0\t[]\t{}",
		`print(JSON.parse('{"a":null}').a, JSON.parse('[null]', {null=JSON.null})[1] == JSON.null)`:                      "nil\ttrue",
		`print(JSON.stringify{b=1, a={1,2}, c=JSON.null, [5]="five"})`:                                                   `{"5":"five","a":[1,2],"b":1,"c":null}`,
		`print(JSON.encode("\1\"\\/\n\127ä\255"))`:                                                                       "\"\\u0001\\\"\\\\/\\n\x7fä\\ufffd\"",
		`print(JSON.stringify({1,{a=2}}, {indent="\t"}))`:                                                                "[\n\t1,\n\t{\n\t\t\"a\": 2\n\t}\n]",
		`print(JSON.stringify({{}, JSON.array{}}, 1))`:                                                                   "[\n {},\n []\n]",
		`print(JSON.stringify(1/3), JSON.stringify(1e300), JSON.stringify(2^53), JSON.stringify(-0))`:                    "0.3333333333333333\t1e+300\t9007199254740992\t-0",
		`print(JSON.stringify(JSON.parse('{"a":[null,1,null,[null]],"b":[]}')), JSON.stringify(JSON.array{nil, 2}))`:     `{"a":[null,1,null,[]],"b":[]}` + "\t[null,2]",
		`print(JSON.stringify(JSON.array{[5000] = 1}), JSON.stringify(JSON.array{1, x = 2}), JSON.stringify{1, nil, 3})`: `{"5000":1}` + "\t" + `{"1":1,"x":2}` + "\t" + `{"1":1,"3":3}`,
		`print(JSON.decode('"\\ud83d\\ude00\\ud83d"'))`:                                                                  "😀\uFFFD",
		`print(JSON.is_array{1,2}, JSON.is_array{}, JSON.is_array{1,nil,3}, JSON.is_array(JSON.array()))`:                "true\tfalse\tfalse\ttrue",
		`print(select(2, pcall(JSON.parse, '{"a" 1}')))`:                                                                 "JSON.parse: line 1, column 6: expected ':', found '1'",
		`print(select(2, pcall(JSON.parse, '[1,]')))`:                                                                    "JSON.parse: line 1, column 4: expected a value, found ']'",
		`print(select(2, pcall(JSON.parse, '[1] x')))`:                                                                   "JSON.parse: line 1, column 5: expected the end of the text, found 'x'",
		`print(select(2, pcall(JSON.parse, '01')))`:                                                                      "JSON.parse: line 1, column 2: expected the end of the text, found '1'",
		`print(select(2, pcall(JSON.parse, '"a\nb"')))`:                                                                  "JSON.parse: line 1, column 3: a string holds the control character 0x0a: write it as \\u000a",
		`print(select(2, pcall(JSON.parse, '1e999')))`:                                                                   "JSON.parse: line 1, column 1: the number 1e999 is too large",
		`print(select(2, pcall(JSON.parse, ('['):rep(1001))))`:                                                           "JSON.parse: line 1, column 1001: nested more than 1000 deep",
		`print(select(2, pcall(JSON.parse, {})))`:                                                                        "JSON.parse: expected a text, got table",
		`print(select(2, pcall(JSON.stringify, {a={0/0}})))`:                                                             "JSON.stringify: .a[1]: the number NaN cannot be written as JSON: write a text or JSON.null in its place",
		`local t = {} t.t = t print(select(2, pcall(JSON.stringify, t)))`:                                                "JSON.stringify: .t: a table contains itself: JSON cannot express that",
		`print(select(2, pcall(JSON.stringify, {[1]=1, ["1"]=2, x=3})))`:                                                 `JSON.stringify: a table has the number 1 and the text "1" as keys, which become the same name`,
		`print(select(2, pcall(JSON.stringify, {[{}]=1})))`:                                                              "JSON.stringify: a key is a table: names of members are strings or numbers",
		`print(select(2, pcall(JSON.stringify, 1, {indent=99})))`:                                                        "JSON.stringify: indent: expected a number of spaces up to 16, or up to 16 spaces and tabs, got 99",
	} {
		got, _ := script(t, code)
		got = strings.TrimSuffix(strings.Replace(got, "test:1: ", "", 1), "\n")
		if got != want {
			t.Errorf("%s\nprinted %s\nwant    %s", code, got, want)
		}
	}
}

// TestJSONIsInterrupted reads a text that takes seconds.
func TestJSONIsInterrupted(t *testing.T) {
	s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir(), Limits: runtime.Limits{Time: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.RunString(t.Context(), `local s = "[" .. ("[1,2,3],"):rep(1e6) .. "1]" while true do JSON.stringify(JSON.parse(s)) end`, "=test", nil)
	if e, ok := errors.AsType[*runtime.Error](err); !ok || e.Kind != runtime.KindTimeout {
		t.Errorf("%v", err)
	}
}

func TestStreaming(t *testing.T) {
	prints(t, `
local s = Streaming.create(function(yield) yield(1, "one") Streaming.yield(2) yield(nil) yield(4) end)
print(s.next())
print(s:isDone(), s:next())
print(s:next(), s:isDone(), s:next(), s:isDone(), s:next())`, "1\tone\nfalse\t2\nnil\tfalse\t4\ttrue\tnil")
	prints(t, `
local function numbers() return Streaming.create(function(yield) local i = 0 while true do i = i + 1 yield(i) end end) end
local odd = numbers():filter(function(i) return i % 2 == 1 end):map(function(i) return i * 10 end):take(3)
print(table.concat(odd:collect(), " "), odd:isDone())
local n = 0
for v in numbers():iter() do n = n + v if v == 4 then break end end
print(n, #numbers():collect(7))
local s = numbers() s:next() s:close() print(s:next(), s:isDone())
local c = numbers() print(c(), c())`, "10 30 50\ttrue\n10\t7\nnil\ttrue\n1\t2")
	prints(t, `
local s = Streaming.create(function(yield) yield(1) error({code = 7}) end)
s:next()
local ok, e = pcall(s.next, s)
print(ok, e.code, s:isDone())
print((select(2, pcall(Streaming.yield, 1)):gsub("^test:%d+: ", "")))
print((select(2, pcall(Streaming.create, 1)):gsub("^test:%d+: ", "")))`,
		"false\t7\ttrue\nStreaming.yield: no stream is being read here; call it in the function that Streaming.create was given\n"+
			"Streaming.create: expected a Lua function, got number")
}

func TestUtils(t *testing.T) {
	prints(t, `
local t = {1, {2}} t.self = t
local c = Utils.deepcopy(t)
print(c ~= t, c.self == c, c[2] ~= t[2], c[2][1])
print(#Utils.uuid(), Utils.uuid() ~= Utils.uuid(), math.abs(Utils.now() - os.time()) < 60, Utils.timestamp():match("^%d+%-%d%d%-%d%dT") ~= nil)
local before = os.clock() Utils.sleep(1)
print(pcall(Utils.sleep, -1))`, "true\ttrue\ttrue\t2\n36\ttrue\ttrue\ttrue\nfalse\tUtils.sleep: expected milliseconds between 0 and 86400000, got -1")
	s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := s.RunString(ctx, "pcall(Utils.sleep, 60000) Utils.sleep(60000)", "=test", nil); err == nil || time.Since(began) > 40*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// FuzzJSON compares the reader and the writer with encoding/json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e4\n",true,null,{}]}`, `[[],{}]`, `"\ud83d\ude00"`, `-0`, `1e-7`, `{"a":1,"a":2}`, "[1,\n2,]", `123456789012345678`} {
		f.Add(s)
	}
	s, err := kernel.NewSession(kernel.Config{})
	if err != nil {
		f.Fatal(err)
	}
	result, err := s.RunString(f.Context(), `return function(text)
		local ok, v = pcall(JSON.parse, text, {null = JSON.null})
		if not ok then return nil, v end
		return JSON.stringify(v)
	end`, "=fuzz", nil)
	if err != nil {
		f.Fatal(err)
	}
	call := result.Values[0]
	f.Fuzz(func(t *testing.T, text string) {
		values, err := s.State().Call(t.Context(), call, lua.LString(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var want any
		wantErr := json.Unmarshal([]byte(text), &want)
		if values[0] == lua.LNil {
			if wantErr == nil && strings.Count(text, "[")+strings.Count(text, "{") <= 1000 {
				t.Fatalf("%q: refused: %v", text, values[1])
			}
			return
		}
		if wantErr != nil {
			t.Fatalf("%q was taken, as %v; want %v", text, values[0], wantErr)
		}
		var got any
		if err := json.Unmarshal([]byte(values[0].String()), &got); err != nil {
			t.Fatalf("%q: wrote %q: %v", text, values[0], err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: wrote %q", text, values[0])
		}
	})
}

// BenchmarkJSON reads and writes a document of 1 MB.
func BenchmarkJSON(b *testing.B) {
	s, err := kernel.NewSession(kernel.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	result, err := s.RunString(b.Context(), `
		local t = {}
		for i = 1, 8000 do t[i] = {id = i, name = "item " .. i, tags = {"a", "b", "c"}, price = i * 1.25, text = ("x"):rep(60)} end
		local text = JSON.stringify(t)
		return function() JSON.parse(text) end, function() JSON.stringify(t) end, #text`, "=bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	for i, name := range []string{"Parse", "Stringify"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(result.Values[2].(lua.LNumber)))
			for b.Loop() {
				if _, err := s.State().Call(b.Context(), result.Values[i]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
