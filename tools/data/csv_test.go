package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

const people = "name,age,city\\nAnn,34,Oslo\\nBob,28,Rome\\nCem,45,Oslo\\nDee,,Bonn\\n"

func TestCSVAnalyzer(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "csv-analyzer", []tooltest.Want{
		{Params: `{"input":"` + people + `"}`, Field: "row_count", Value: `4`},
		{Params: `{"input":"` + people + `","top":1}`, Field: "columns", Value: `[` +
			`{"count":4,"max":"Dee","max_length":3,"min":"Ann","min_length":3,"name":"name","nulls":0,"top_values":[{"count":1,"value":"Ann"}],"type":"string","unique":4},` +
			`{"count":3,"max":45,"mean":35.666666666666664,"median":34,"min":28,"name":"age","nulls":1,"q1":31,"q3":39.5,"stddev":8.621678104251709,"sum":107,"top_values":[{"count":1,"value":"28"}],"type":"integer","unique":3},` +
			`{"count":4,"max":"Rome","max_length":4,"min":"Bonn","min_length":4,"name":"city","nulls":0,"top_values":[{"count":2,"value":"Oslo"}],"type":"string","unique":3}]`},
		{Params: `{"input":"a,b\n1,2,3\n4\n"}`, Field: "ragged_rows", Value: `2`},
		{Params: `{"input":"a;b\n1;2\n"}`, Field: "delimiter", Value: `";"`},
		{Params: `{"input":"1,2\n3,4\n"}`, Field: "has_header", Value: `false`},
		{Params: `{"input":"1,2\n3,4\n","has_header":true}`, Field: "row_count", Value: `1`},
		{Params: `{"input":[{"a":1},{"a":2,"b":"x"}]}`, Field: "column_count", Value: `2`},
		{Params: `{"input":"[{\"a\":1}]"}`, Field: "format", Value: `"json"`},
		{Params: `{"input":"x\n1\ny\n","top":0}`, Field: "columns",
			Value: `[{"count":2,"max":"y","max_length":1,"min":"1","min_length":1,"name":"x","nulls":0,"type":"string","unique":2}]`},

		{Params: `{"operation":"convert","input":"` + people + `","format":"jsonl","limit":1}`, Field: "output", Value: `"{\"name\":\"Ann\",\"age\":34,\"city\":\"Oslo\"}\n"`},
		{Params: `{"operation":"convert","input":"a,b\n1.50,\"x,y\"\n","to":"tsv"}`, Field: "output", Value: `"a\tb\n1.50\tx,y\n"`},
		{Params: `{"operation":"convert","input":"a\tb\n007\t\"q\"\"q\"\n","format":"csv","output_delimiter":";"}`, Field: "output", Value: `"a;b\n007;\"q\"\"q\"\n"`},
		{Params: `{"operation":"convert","input":"a,b\n1,2\n","format":"md","rename":{"a":"x"}}`, Field: "output", Value: `"| x | b |\n| ---: | ---: |\n| 1 | 2 |\n"`},
		{Params: `{"operation":"convert","input":"a\n007\n","options":{"format":"json"}}`, Field: "output", Value: `"[\n{\"a\":\"007\"}\n]\n"`},
		{Params: `{"operation":"convert","input":"a,b\n1\n1,2,3\n"}`, Field: "ragged_rows", Value: `2`},
		{Params: `{"operation":"convert","input":[{"b":1,"a":"x"}],"format":"csv"}`, Field: "output", Value: `"a,b\nx,1\n"`},

		{Params: `{"operation":"filter","input":"` + people + `","filter":"age > 30 && city == \"Oslo\"","select":["name"]}`, Field: "rows", Value: `[{"name":"Ann"},{"name":"Cem"}]`},
		{Params: `{"operation":"filter","input":"` + people + `","filter":"age < 100","select":["name"]}`, Field: "row_count", Value: `3`}, // Dee's age is missing
		{Params: `{"operation":"filter","input":"` + people + `","filter":"age == nil"}`, Field: "rows", Value: `[{"age":null,"city":"Bonn","name":"Dee"}]`},
		{Params: `{"operation":"filter","input":"n,a\nx,5\ny,none\nz,12\n","filter":"float(a) > 4.5","select":["n"]}`, Field: "rows", Value: `[{"n":"x"},{"n":"z"}]`},
		{Params: `{"operation":"transform","input":"n,a\nx,5.9\ny,none\nz, 12 \n","derive":{"b":"int(a)"},"select":["b"]}`, Field: "rows", Value: `[{"b":5},{"b":null},{"b":12}]`},
		{Params: `{"operation":"filter","input":"n,a\nx,yes\ny,none\n","filter":"a > 4"}`, Err: "float(column)"},
		{Params: `{"operation":"filter","input":"unit price,n\n2,1\n4,2\n","where":"row[\"unit price\"] > 3"}`, Field: "rows", Value: `[{"n":2,"unit price":4}]`},
		{Params: `{"operation":"filter","input":"n,d\na,2024-01-31\nb,2023-05-01\n","filter":"year(d) == 2024 and lower(n) startsWith \"a\""}`, Field: "row_count", Value: `1`},
		{Params: `{"operation":"filter","input":"` + people + `","filter":"name in [\"Bob\",\"Dee\"]","format":"csv","select":["city","name"]}`, Field: "output", Value: `"city,name\nRome,Bob\nBonn,Dee\n"`},

		{Params: `{"operation":"transform","input":"` + people + `","derive":{"next":"age + 1"},"sort":["-age"],"limit":2,"select":["name","next"],"rename":{"next":"in a year"}}`,
			Field: "rows", Value: `[{"in a year":46,"name":"Cem"},{"in a year":35,"name":"Ann"}]`},
		{Params: `{"operation":"transform","input":"` + people + `","sort":["age"],"select":["name"],"offset":2}`, Field: "rows", Value: `[{"name":"Cem"},{"name":"Dee"}]`},
		{Params: `{"operation":"transform","input":"` + people + `","group_by":["city"],"aggregate":{"n":"count()","with_age":"count(age)","mean":"mean(age)","old":"max(age)"},"sort":["-n","city"]}`,
			Field: "rows", Value: `[{"city":"Oslo","mean":39.5,"n":2,"old":45,"with_age":2},{"city":"Bonn","mean":null,"n":1,"old":null,"with_age":0},{"city":"Rome","mean":28,"n":1,"old":28,"with_age":1}]`},
		{Params: `{"operation":"transform","input":"` + people + `","aggregate":{"a":"sum(age)","b":"median(age)","c":"stddev(age)","d":"first(name)","e":"last(name)","f":"count_distinct(city)","g":"min(name)"}}`,
			Field: "rows", Value: `[{"a":107,"b":34,"c":8.621678104251709,"d":"Ann","e":"Dee","f":3,"g":"Ann"}]`},
		{Params: `{"operation":"transform","input":"` + people + `","filter":"age > 30","group_by":["city"]}`, Field: "rows", Value: `[{"city":"Oslo"}]`},

		{Params: `{"operation":"validate","input":"` + people + `","rules":{"age":{"required":true,"type":"integer","min":30,"max":40},"name":{"pattern":"^[A-C]"},"city":{"enum":["Oslo","Rome"],"unique":true}}}`,
			Field: "errors", Value: `[{"column":"age","message":"expected at least 30, got \"28\"","row":2,"rule":"min","value":"28"},` +
				`{"column":"age","message":"expected at most 40, got \"45\"","row":3,"rule":"max","value":"45"},` +
				`{"column":"city","message":"\"Oslo\" stands in row 1 already","row":3,"rule":"unique","value":"Oslo"},` +
				`{"column":"name","message":"\"Dee\" does not match ^[A-C]","row":4,"rule":"pattern","value":"Dee"},` +
				`{"column":"age","message":"a value is missing","row":4,"rule":"required","value":null},` +
				`{"column":"city","message":"\"Bonn\" is not one of the values allowed","row":4,"rule":"enum","value":"Bonn"}]`},
		{Params: `{"operation":"validate","input":"a,b\n1\n","max_errors":1}`, Field: "errors", Value: `[{"column":"","message":"the row has 1 cells, and there are 2 columns","row":1,"rule":"columns","value":null}]`},
		{Params: `{"operation":"validate","input":"d\n2024-01-01\n2025-01-01\n","rules":{"d":{"type":"date","min":"2024-06-01","min_length":10,"max_length":9}}}`, Field: "error_count", Value: `3`},
		{Params: `{"operation":"validate","input":"n\n1\nx\n","rules":{"n":{"type":"integer"}}}`, Field: "error_count", Value: `1`},
		{Params: `{"operation":"validate","input":"` + people + `"}`, Field: "valid", Value: `true`},

		{Params: `{"operation":"sample","input":"` + people + `","size":2,"seed":3,"format":"csv","select":["name"]}`, Field: "row_count", Value: `2`},
		{Params: `{"operation":"sample","input":"a\n1\n2\n","size":5}`, Field: "rows", Value: `[{"a":1},{"a":2}]`},
	})
}

func TestCSVAnalyzerRefusesBadInput(t *testing.T) {
	r := tooltest.New(t, Definitions())
	if err := os.Symlink("/etc/hostname", filepath.Join(r.Dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "csv-analyzer", []tooltest.Want{
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"dance","input":"a"}`, Err: `"operation" is wrong`},
		{Params: `{"input":5}`, Err: `"input" is wrong`},
		{Params: `{"input":""}`, Err: `"input" cannot be read: the table is empty`, Code: tool.InvalidParameters},
		{Params: `{"input":[1]}`, Err: `row 1 is not an object`},
		{Params: `{"input":"[{\"a\":1},2]"}`, Err: `row 2 is not a JSON object`},
		{Params: `{"input":"a","input_file":"b"}`, Err: `"input_file" cannot be given together with input`},
		{Params: `{"input_file":"none.csv"}`, Err: `no such file`, Code: tool.ResourceNotFound},
		{Params: `{"input_file":"/etc/hostname"}`, Err: `read access to "/etc/hostname" is denied`, Code: tool.PermissionDenied},
		{Params: `{"input_file":"link.csv"}`, Err: `leads out of the allowed folders`, Code: tool.PermissionDenied},
		{Params: `{"operation":"convert","input":"a\n1\n","output_file":"/etc/x.csv"}`, Err: `write access to "/etc/x.csv" is denied`, Code: tool.PermissionDenied},
		{Params: `{"input":"a\n1\n","output_file":"x.csv"}`, Err: `"output_file" is for operations that give rows`},
		{Params: `{"operation":"convert","input":"a\n1\n","format":"xlsx"}`, Err: `"output_file" is missing`},
		{Params: `{"operation":"convert","input":"a\n1\n","format":"pdf"}`, Err: `"format" is wrong`},
		{Params: `{"input":"a\n1\n","input_format":"pdf"}`, Err: `"input_format" is wrong`},
		{Params: `{"input":"a\n1\n","input_format":"xlsx"}`, Err: `not an Excel workbook`},
		{Params: `{"input":"a\n1\n","input_format":"parquet"}`, Err: `too short to be a Parquet file`},
		{Params: `{"input":"a\n1\n","delimiter":"ab"}`, Err: `"delimiter" is wrong: expected one character`},
		{Params: `{"input":"a\n1\n","output_delimiter":"\""}`, Err: `"output_delimiter" is wrong: expected one character`},
		{Params: `{"input":"a\n1\n","quote":"x"}`, Err: `"quote" is wrong`},
		{Params: `{"input":"a\n1\n","encoding":"klingon"}`, Err: `encoding "klingon" is not known`},
		{Params: `{"input":"a\n1\n","has_header":"x"}`, Err: `"has_header" is wrong`},
		{Params: `{"input":"a\n1\n","sheet":5}`, Err: `"sheet" is wrong`},
		{Params: `{"input":"a\n1\n","top":-1}`, Err: `"top" is wrong`},
		{Params: `{"operation":"filter","input":"a\n1\n"}`, Err: `"filter" is missing`},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"b > 1"}`, Err: `"filter" cannot be compiled: unknown name b`, Code: tool.InvalidParameters},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"a +"}`, Err: `"filter" cannot be compiled`},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"a + 1"}`, Err: `"filter" must be true or false for a row, and gives a number`},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"a > \"x\""}`, Err: `filter fails in row 1`, Code: tool.ExecutionFailed},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"all([1], all([2], true))"}`, Err: `"filter" uses a function with a predicate`},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"a in 1..9"}`, Err: `"filter" uses the operator ..`},
		{Params: `{"operation":"filter","input":"a\n1\n","filter":"` + strings.Repeat("a+", 600) + `a"}`, Err: `"filter" cannot be compiled`},
		{Params: `{"operation":"transform","input":"a\n1\n","derive":{"a":"1"}}`, Err: `"derive.a" is a column already`},
		{Params: `{"operation":"transform","input":"a\n1\n","derive":{"b":5}}`, Err: `"derive.b" is wrong`},
		{Params: `{"operation":"transform","input":"a\n1\n","derive":{"b":"c"}}`, Err: `"derive.b" cannot be compiled`},
		{Params: `{"operation":"transform","input":"a\n1\n","sort":["b"]}`, Err: `"sort" names the column "b", which is not there`},
		{Params: `{"operation":"transform","input":"name\n1\n","select":["nome"]}`, Err: `did you mean "name"?`},
		{Params: `{"operation":"transform","input":"a\n1\n","rename":{"b":"c"}}`, Err: `"rename" names the column "b"`},
		{Params: `{"operation":"transform","input":"a,b\n1,2\n","rename":{"b":"a"}}`, Err: `"rename" leads to columns without a name, or with the same`},
		{Params: `{"operation":"transform","input":"a\n1\n","group_by":["b"]}`, Err: `"group_by" names the column "b"`},
		{Params: `{"operation":"transform","input":"a\n1\n","aggregate":{"x":"noise(a)"}}`, Err: `"aggregate.x" is wrong: expected function(column)`},
		{Params: `{"operation":"transform","input":"a\n1\n","aggregate":{"x":"sum(b)"}}`, Err: `"aggregate.x" names the column "b"`},
		{Params: `{"operation":"transform","input":"a\n1\n","aggregate":{"a":"sum(a)"},"group_by":["a"]}`, Err: `"aggregate" has the name of a column`},
		{Params: `{"operation":"transform","input":"a\n1\n","limit":-1}`, Err: `"limit" is wrong`},
		{Params: `{"operation":"transform","input":"a\n1\n","offset":-1}`, Err: `"offset" is wrong`},
		{Params: `{"operation":"validate","input":"a\n1\n","rules":{"b":{}}}`, Err: `"rules" names the column "b"`},
		{Params: `{"operation":"validate","input":"a\n1\n","rules":{"a":{"type":"colour"}}}`, Err: `"rules.a.type" is wrong`},
		{Params: `{"operation":"validate","input":"a\n1\n","rules":{"a":{"min":"x"}}}`, Err: `"rules.a.min" is wrong: expected a number, or a date`},
		{Params: `{"operation":"validate","input":"a\n1\n","rules":{"a":{"pattern":"("}}}`, Err: `"rules.a.pattern" is not a regular expression`},
		{Params: `{"operation":"validate","input":"a\n1\n","max_errors":0}`, Err: `"max_errors" is wrong`},
		{Params: `{"operation":"sample","input":"a\n1\n","size":0}`, Err: `"size" is wrong`},
		{Params: `{"operation":"sample","input":"a\n1\n","seed":-1}`, Err: `"seed" is wrong`},
		{Params: `{"input":"a\n1\n","top":1,"options":{"top":2}}`, Err: `"options.top" is given outside of the options too`},
		{Params: `{"input":"a\n1\n","options":{"tap":2}}`, Err: `"options.tap" is not known`},
	})
}

// Every format is written to a file, and read back from it.
func TestCSVAnalyzerFiles(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, name := range []string{"t.csv", "t.tsv", "t.json", "t.jsonl", "t.xlsx", "t.parquet"} {
		res, err := r.Call(t, context.Background(), "csv-analyzer", `{"operation":"convert","input":"`+people+`","output_file":"`+name+`"}`)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := res.Value.(map[string]any)
		info, statErr := os.Stat(filepath.Join(r.Dir, name))
		if statErr != nil || m["size"] != info.Size() || m["row_count"] != int64(4) {
			t.Errorf("%s: %v, %v", name, m, statErr)
		}
		r.Table(t, "csv-analyzer", []tooltest.Want{{Params: `{"operation":"filter","input_file":"` + name + `","filter":"age > 40"}`, Field: "rows",
			Value: `[{"age":45,"city":"Oslo","name":"Cem"}]`}})
	}
	r.Table(t, "csv-analyzer", []tooltest.Want{{Params: `{"input_file":"t.xlsx","sheet":"Sheet9"}`, Err: `no sheet "Sheet9"; it has ["Sheet1"]`}})
}

func TestFailedConversionLeavesNoFile(t *testing.T) {
	r := tooltest.New(t, Definitions())
	text, _ := json.Marshal("a\n" + strings.Repeat("1\n", 20_000) + "x\n")
	_, err := r.Call(t, context.Background(), "csv-analyzer", `{"operation":"convert","input":`+string(text)+`,"output_file":"t.parquet"}`)
	if err == nil || !strings.Contains(err.Message, `the column "a" holds values of type integer`) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(r.Dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// bigTable writes a file of that many rows.
func bigTable(t testing.TB, dir string, rows int) {
	f, err := os.Create(filepath.Join(dir, "big.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	b.WriteString("id,name,price\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,name of %d,%d.%02d\n", i, i%1000, i%500, i%100)
		if b.Len() > 1<<20 || i == rows-1 {
			if _, err := f.WriteString(b.String()); err != nil {
				t.Fatal(err)
			}
			b.Reset()
		}
	}
}

func TestLargeFilesAreStreamed(t *testing.T) {
	rows := 150_000
	r := tooltest.New(t, Definitions())
	bigTable(t, r.Dir, rows)
	res, err := r.Call(t, context.Background(), "csv-analyzer", `{"input_file":"big.csv","top":1}`)
	if err != nil {
		t.Fatal(err)
	}
	columns := res.Value.(map[string]any)["columns"].([]any)
	id, name := columns[0].(map[string]any), columns[1].(map[string]any)
	if n := id["unique"].(int64); id["unique_estimated"] != true || n < int64(rows)*97/100 || n > int64(rows)*103/100 {
		t.Errorf("the distinct ids are estimated as %d of %d", n, rows)
	}
	if name["unique"] != int64(1000) || id["max"] != int64(rows-1) {
		t.Errorf("%v %v", name["unique"], id["max"])
	}
	median := id["median"]
	if f, ok := median.(float64); ok {
		median = int64(f)
	}
	if m := median.(int64); m < int64(rows)*48/100 || m > int64(rows)*52/100 {
		t.Errorf("the median is estimated as %d", m)
	}
}

func TestCSVAnalyzerIsCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	bigTable(t, r.Dir, 200_000)
	for _, params := range []string{`{"input_file":"big.csv"}`, `{"operation":"transform","input_file":"big.csv","sort":["-name"],"limit":1}`,
		`{"operation":"convert","input_file":"big.csv","output_file":"out.xlsx"}`} {
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
		start := time.Now()
		_, err := r.Call(t, ctx, "csv-analyzer", params)
		cancel()
		if err == nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", params, err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: ended only after %v", params, d)
		}
	}
	if left, _ := os.ReadDir(r.Dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOutcomesAreBounded(t *testing.T) {
	r := tooltest.New(t, Definitions())
	bigTable(t, r.Dir, maxReturnedRows+1)
	r.Table(t, "csv-analyzer", []tooltest.Want{
		{Params: `{"operation":"transform","input_file":"big.csv"}`, Err: "too much to return; pass a limit, or an output_file", Code: tool.LimitExceeded},
		{Params: `{"operation":"convert","input_file":"big.csv","format":"csv","limit":10}`, Field: "row_count", Value: "10"},
	})
}

func BenchmarkCSVAnalyze(b *testing.B) {
	r := tooltest.New(b, Definitions())
	bigTable(b, r.Dir, 200_000)
	info, _ := os.Stat(filepath.Join(r.Dir, "big.csv"))
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, err := r.Call(b, context.Background(), "csv-analyzer", `{"input_file":"big.csv"}`); err != nil {
			b.Fatal(err)
		}
	}
}
