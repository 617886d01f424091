package data

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// What would make in one step more than the process has is refused before it is made.
func TestJSONRefusesGrowth(t *testing.T) {
	r := tooltest.New(t, Definitions())
	const text = `("x" * 100000000)`
	queries := []string{
		`.[500000000]=1`, `.a[500000000]=1`, `.a.b[5e8:][5e8]=1`, `.[500000000]|=1`, `.[500000000]+=1`, `.[500000000]//=1`, `(.a,.[500000000])=1`,
		`5e8 as $i | .[$i]=1`, `.[.a // 5e8]=1`, `[1]|.[1:][500000000]=1`, `nth(500000000)=1`, `def f: .[500000000]; f=1`, `def f(g): g=1; f(.[500000000])`,
		`getpath([500000000])=1`, `setpath([500000000]; 1)`, `setpath([range(10)|4000000]; 1)`, `[[500000000]] | map(. as $p | null | setpath($p; 1))`,
		`.[4000000][4000000][4000000]=1`, `pick(.[500000000])`, `fromstream([[500000000],1],[[500000000]])`, `{"a":null}|map_values(.[500000000]=1)`,
		`reduce range(100000) as $i ([]; .[$i][4000000]=1)`, `.[range(100000)][4000000]=1`, `setpath([range(100000) as $i | $i, 4000000]; 1)`,
		`"x" * 1e9`, `1e9 * "x"`, `1e9 as $n | "abc" * $n`, `"x" | . *= 1e9`, `["x"] | .[] *= 1e9`, `"x" * 300000000`,
		text + ` | explode`, text + ` / ""`, text + ` | split("")`, text + ` | . /= ""`, text + ` | split("x")`, text + ` | indices("x")`, text + ` | [scan("x")]`,
		text + ` | [match("x"; "g")]`, text + ` | gsub("x"; "y")`, text + ` | [splits("x")]`, text + ` | split("x"; "g")`,
		`[range(1000000) | []] + [[range(1000000)]] | transpose`, `reduce range(60) as $i ("x"; . + .)`,
		`reduce range(60) as $i (12345678901234567890; . * .)`,
	}
	if raceDetector {
		queries = queries[:12] // the others take too long, and too much memory
	}
	for _, q := range queries {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := r.Call(t, context.Background(), "json-processor", request(t, q))
		runtime.ReadMemStats(&after)
		if err == nil || err.Code != tool.LimitExceeded && !strings.Contains(err.Error(), "the process's memory grew") {
			t.Errorf("%s: %v; want an error that names a limit", q, err)
		}
		if made := (after.HeapSys - min(before.HeapSys, after.HeapSys)) >> 20; made > 2048 {
			t.Errorf("%s: the heap has grown by %d MB before it was refused", q, made)
		}
	}
}

// What guards a query changes nothing about what it gives: gojq alone gives the same.
func TestGuardedQueriesAreTheSame(t *testing.T) {
	const doc = `{"a":[1,2,{"b":null,"c":[5]}],"s":"x,y,,z","n":7,"o":{"p":{"q":1}},"e":[],"t":[[1,2],[3]]}`
	for _, q := range []string{
		`.a[5]=1`, `.a[-1]=1`, `.a[-9]=1`, `.a[1:2]=[8,9]`, `.a[1:][3]=1`, `.e[3]|=5`, `.z[2].y[1]="n"`, `.a[1,0]|=.+1`, `.a[]|=tojson`, `.a[1:]|=map(tojson)`, `(.a|first)=9`, `(.a|last)|=1`, `nth(2)=1`,
		`.a[.n]=1`, `.a[1,2,5]=(1,2)`, `.a[1]=empty`, `.a[0]|=empty`, `(.a[]|select(. == 2))|=empty`, `.x.y.z=1`, `.["k"]=1`, `.a[2].c[2]+=1`, `.a[0]-=1`, `.n*=2`, `.n/=2`, `.n%=4`, `.q//=3`, `.a[0,1]*=(2,3)`, `.s*=2`, `.s/=","`,
		`..|=.`, `(..|numbers)|=.+1`, `.a["x"]=1`, `.n[0]=1`, `.s.x=1`, `(.a|tojson)=1`, `.a?[0]?=1`, `try (.n[0]=1) catch "no"`, `(.n[0]?)=1`, `.[1.7]?`, `.a[1.7]=0`, `.a[null]=1`, `.a[{}]?`, `(.o|.p|.q)=5`,
		`getpath(["a",4])=1`, `getpath(["o","p","q"])|=.+1`, `getpath(["n","x"])`, `setpath(["a",1];9)`, `setpath([];9)`, `setpath(1;9)`, `setpath(["a"],["n"];1)`, `setpath(["a",{"start":1,"end":2}];[7])`,
		`pick(.a[1])`, `pick(.o.p, .s)`, `pick(.a[-1])`, `[tostream]|fromstream(.[])`, `fromstream(tostream)`, `fromstream(1|truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]]))`, `[fromstream([[0],1],[[1],2],[[1]])]`, `[fromstream(([],[1])|tostream)]`, `fromstream(1)`,
		`[(1,2)*(3,4)]`, `[(1,2)/(3,4)]`, `"ab"*3`, `3*"ab"`, `"ab"*0`, `"ab"*-1`, `"ab"*0.5`, `.s/","`, `.s/""`, `{a:{b:1}}*{a:{c:2}}`, `[1]*2`, `null*1`, `1/0`, `.n*.n-.n/2`, `2*3`, `. as $d|.n*$d.n`, `9007199254740993*9007199254740993`, `.o*.o`,
		`.s|split(",")`, `.s|split(",","y")`, `.s|split(",";null)`, `.s|[splits(",+")]`, `.s|explode|implode`, `.s|indices(",")`, `.s|indices(",","y")`, `[1,2,1]|indices(1)`, `.s|index(","),rindex(",")`, `.t|transpose`, `.s|[match(",";"g").offset]`, `.s|gsub(",";"-")`, `.s|sub(",";"-","+")`,
		`.s|[scan("[a-z]")]`, `.s|capture("(?<l>[a-z])")`, `.s|test("x")`, `[["a","b"]|join("-","/")]`, `.a|join(",")`, `.n|explode`, `.n|split(",")`, `null|indices(1)`, `to_entries|map(.key)`, `with_entries(.value|=tojson)`, `map_values(tojson)`, `walk(if type=="number" then .*2 else . end)`,
		`[limit(3;.a[])]`, `(limit(1;.a[]))=0`, `(first(.a[]|numbers))|=0`, `(if .n then .a[4] else .s end)=1`, `(.a[7]//.n)=1`, `(.a|recurse)|=.`, `label $f|(.a[4]|.,break $f)=1`, `reduce range(3) as $i (.e;.[$i*2]=$i)`, `[foreach range(3) as $i (null;.[$i]=$i)]`,
		`def f(g): g|=1; f(.a[3])`, `def f: .a[3]; f=2`, `def f($x): .a[$x]; f(1,4)=2`, `. as [$x]?//{$n}|.a[$n]=1`, `(.a|map_values(.))=1`, `path(.a[4]|.x)`, `[paths]|length`, `del(.a[0],.a[5])`, `delpaths([["a",9]])`, `input`, `$x`, `error("e")`, `.a[4]=error("x")`, `(.a|error)=1`,
	} {
		want := plainly(t, q, doc)
		j, err := Definitions()[0].New()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := j.(*jsonProcessor).compile(q)
		if err != nil {
			if !strings.HasPrefix(want, "not a query") {
				t.Errorf("%s: %v; without the guard %s", q, err, want)
			}
			continue
		}
		var input any
		if err := json.Unmarshal([]byte(doc), &input); err != nil {
			t.Fatal(err)
		}
		outputs, err := parsed.run(context.Background(), input, nil)
		if got := shown(t, outputs, err); got != want && !strings.HasSuffix(want, strings.TrimPrefix(got, "the query failed: ")) { // fewer words around an error
			t.Errorf("%s\n gives %s\nwithout the guard %s", q, got, want)
		}
	}
}

func plainly(t *testing.T, query, doc string) string {
	t.Helper()
	parsed, err := gojq.Parse(query)
	if err != nil {
		return "not a query"
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return "not a query"
	}
	var input any
	if err := json.Unmarshal([]byte(doc), &input); err != nil {
		t.Fatal(err)
	}
	var outputs []any
	iter := code.Run(input)
	for {
		v, ok := iter.Next()
		if err, failed := v.(error); failed {
			return shown(t, nil, err)
		} else if !ok {
			return shown(t, outputs, nil)
		}
		outputs = append(outputs, v)
	}
}

func shown(t *testing.T, outputs []any, err error) string {
	t.Helper()
	if err != nil {
		return err.Error()
	}
	text, err := gojq.Marshal(outputs)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A query cannot put something else in the place of what guards it.
func TestQueriesDefineNoGuards(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, name := range []string{measured, bounded, checkOperands, checkResult, "_times", "_join"} {
		r.Table(t, "json-processor", []tooltest.Want{{Params: request(t, fmt.Sprintf("def %s: .; .", name)), Err: "a name that is taken"}})
	}
}

func BenchmarkJSONUpdates(b *testing.B) {
	input := "[" + strings.Repeat(`{"n":1,"a":[1,2]},`, 10000) + `{"n":1,"a":[1,2]}]`
	j, err := Definitions()[0].New()
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range []string{"map(.n * 2)", ".[].n |= . + 1", "[range(length) as $i | $i] as $all | .[$all[]].n = 1", "reduce range(10000) as $i ([]; .[$i] = $i)"} {
		b.Run(q, func(b *testing.B) {
			params := tool.Params{"input": input, "query": q}
			for b.Loop() {
				if _, err := j.Run(context.Background(), &tool.Call{Operation: "query", Params: params}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
