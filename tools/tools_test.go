package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// define makes a small tool for the tests of registry and invoker.
func define(name string, run tool.Func, change ...func(*tool.Descriptor)) tool.Definition {
	d := &tool.Descriptor{Name: name, Category: "utility", Description: "does " + name,
		Parameters: schema.Map("", schema.Optional("operation", schema.Text("")), schema.Optional("n", schema.Int("", 0, 9)))}
	for _, c := range change {
		c(d)
	}
	return tool.Static(d, run)
}

func TestBuiltin(t *testing.T) {
	r := Builtin()
	var names []string
	for _, d := range r.List(Filter{}) {
		names = append(names, d.Name)
		if d.Description == "" || d.Version == "" || d.Category == "" || d.Security == "" || d.Result == nil || len(d.Examples) == 0 || len(d.Tags) == 0 {
			t.Errorf("the descriptor of %s is incomplete", d.Name)
		}
		if text, err := json.Marshal(d.Parameters); err != nil || !json.Valid(text) {
			t.Errorf("%s: the schema is not JSON: %v", d.Name, err)
		}
		for _, p := range d.Parameters.Properties {
			if p.Description == "" {
				t.Errorf("%s: the parameter %s has no description", d.Name, p.Name)
			}
		}
	}
	for _, name := range strings.Fields("base64-encoder calculator datetime-handler file-operations hash-calculator json-processor text-manipulator uuid-generator") {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s among %v", name, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("the list is not sorted: %v", names)
	}
	if got := r.Categories(); !slices.IsSorted(got) || !slices.Contains(got, "utility") || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("Categories() = %v", got)
	}
	for _, spelling := range []string{"text-manipulator", "text_manipulator", "Text_Manipulator"} {
		if d, ok := r.Get(spelling); !ok || d.Name != "text-manipulator" {
			t.Errorf("Get(%s) = %v, %v", spelling, d, ok)
		}
	}
	if Builtin() == r {
		t.Error("Builtin must return a fresh registry")
	}
}

func TestRegister(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(define("first-tool", nil, func(d *tool.Descriptor) { d.Aliases = []string{"uno"} })); err != nil {
		t.Fatal(err)
	}
	bad := define("x", nil)
	bad.Descriptor.Parameters = schema.Text("")
	for _, tc := range []struct {
		def  tool.Definition
		want string
	}{
		{define("first-tool", nil), `the name "first-tool" belongs to "first-tool" already`},
		{define("uno", nil), `the name "uno" belongs to "first-tool"`},
		{define("second", nil, func(d *tool.Descriptor) { d.Aliases = []string{"First_Tool"} }), `belongs to "first-tool"`},
		{define("Second", nil), "lower case words joined by hyphens"},
		{define("", nil), "lower case words"},
		{tool.Definition{}, "without a descriptor"},
		{tool.Definition{Descriptor: define("y", nil).Descriptor}, "New is nil"},
		{bad, "schema of an object"},
	} {
		// A good tool in front of the bad one must not be registered either.
		if err := r.Register(define("good", nil), tc.def); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Register = %v; want %q", err, tc.want)
		}
	}
	if len(r.List(Filter{})) != 1 {
		t.Errorf("%d tools are registered; want 1", len(r.List(Filter{})))
	}
}

func TestListingConstructsNothing(t *testing.T) {
	r := NewRegistry()
	made := 0
	def := define("counted", nil)
	def.New = func() (tool.Tool, error) {
		made++
		return tool.Func(func(context.Context, *tool.Call) (*tool.Result, error) { return nil, nil }), nil
	}
	if err := r.Register(def); err != nil {
		t.Fatal(err)
	}
	r.List(Filter{})
	r.Search("counted", Filter{}, 0)
	r.Get("counted")
	inv := NewInvoker(r, Options{})
	if _, err := inv.Handle("counted"); err != nil || made != 0 {
		t.Errorf("the tool was made %d times before any call (%v)", made, err)
	}
	for range 3 {
		if _, err := inv.Invoke(context.Background(), "counted", nil, CallOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if made != 1 {
		t.Errorf("the tool was made %d times for three calls", made)
	}
}

func TestFilters(t *testing.T) {
	r := NewRegistry()
	set := func(category, tag string, security tool.Security, needs ...tool.Need) func(*tool.Descriptor) {
		return func(d *tool.Descriptor) {
			d.Category, d.Tags, d.Security, d.Needs = category, []string{tag, "all"}, security, needs
		}
	}
	if err := r.Register(define("a", nil, set("data", "x", tool.Safe)), define("b", nil, set("data", "y", tool.Restricted, tool.Files)),
		define("c", nil, set("web", "x", tool.Restricted, tool.Network, tool.Files)), define("d", nil, set("web", "z", tool.Privileged, tool.Network))); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "a b c d"}, {Filter{Category: "data"}, "a b"}, {Filter{Category: "none"}, ""}, {Filter{Tag: "x"}, "a c"}, {Filter{Category: "web", Tag: "x"}, "c"},
		{Filter{Needs: []tool.Need{tool.Files}}, "b c"}, {Filter{Needs: []tool.Need{tool.Files, tool.Network}}, "b c d"}, {Filter{Needs: []tool.Need{tool.Processes}}, ""},
		{Filter{Without: []tool.Need{tool.Files}}, "a d"}, {Filter{Needs: []tool.Need{tool.Network}, Without: []tool.Need{tool.Files}}, "d"},
		{Filter{Security: tool.Restricted}, "b c"}, {Filter{Security: tool.Safe, Category: "web"}, ""},
	} {
		var got, found []string
		for _, d := range r.List(tc.f) {
			got = append(got, d.Name)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("List(%+v) = %v; want %s", tc.f, got, tc.want)
		}
		for _, h := range r.Search("all", tc.f, 0) {
			found = append(found, h.Descriptor.Name)
		}
		if slices.Sort(found); strings.Join(found, " ") != tc.want {
			t.Errorf("Search(all, %+v) = %v; want %s", tc.f, found, tc.want)
		}
	}
}

// What people type finds the right tool among the first.
func TestSearch(t *testing.T) {
	r := Builtin()
	for query, want := range map[string]string{
		"calculator": "calculator", "calculate": "calculator", "expr": "calculator", "evaluate expression": "calculator", "calcluator": "calculator", "math": "calculator",
		"jq": "json-processor", "JSON schema": "json-schema-generator", "jq filter": "json-processor", "hashes": "hash-calculator", "sha256": "hash-calculator", "md5 checksum": "hash-calculator",
		"timezone": "datetime-handler", "convert timezone": "datetime-handler", "what time is it": "datetime-handler", "days between dates": "datetime-handler",
		"random id": "uuid-generator", "guid": "uuid-generator", "encode": "base64-encoder", "decode base64": "base64-encoder", "snake_case": "text-manipulator", "upper case": "text-manipulator",
		"read file": "file-operations", "copy folders": "file-operations", "delete directory": "file-operations",
	} {
		hits := r.Search(query, Filter{}, 3)
		if len(hits) == 0 || hits[0].Descriptor.Name != want {
			t.Errorf("Search(%q) = %v; want %s first", query, hitNames(hits), want)
		}
	}
	for _, query := range []string{"", "zzz", "   ", "what is the", strings.Repeat("zq ", 10_000)} {
		if hits := r.Search(query, Filter{}, 0); len(hits) != 0 {
			t.Errorf("Search(%.10q) found %v", query, hitNames(hits))
		}
	}
	if hits := r.Search("file", Filter{}, 2); len(hits) != 2 || hits[0].Score < hits[1].Score {
		t.Errorf("two at most: %v", hitNames(hits))
	}
}

// Of the tools for each question one is the first, or all are among the first
// three. A tool that is not there is not asked for.
func TestSearchQuality(t *testing.T) {
	r := Builtin()
	for query, want := range map[string]string{
		"resize picture": "image-processor", "read csv": "csv-analyzer", "statistics of a table": "csv-analyzer", "spreadsheet to json": "csv-analyzer", "send mail": "email-sender",
		"unzip": "archive-handler", "extract zip archive": "archive-handler", "compress folder": "archive-handler", "call rest api": "http-requester", "download a file": "http-requester",
		"http reqest": "http-requester", "search the web": "web-searcher", "scrape website": "web-scraper", "parse html page": "web-scraper", "rss news": "feed-reader",
		"sql query postgres": "database-connector", "sqlite": "sqlite-query", "compare two texts": "diff-calculator", "validate email address": "data-validator",
		"fill in a template": "template-creator", "watch folder for changes": "file-watcher", "find text in files": "file-search", "change encoding": "file-converter",
		"broken links": "link-checker", "dns lookup": "dns-lookup", "graphql": "graphql-query", "webhook": "webhook-caller", "monitor page for changes": "webpage-monitor",
		"run a program": "process-executor", "memory and cpu": "system-monitor", "regular expression": "regex-tester", "thumbnail of a video": "video-processor", "text of a pdf": "pdf-processor",
		"add two numbers": "calculator", "solve equation": "calculator", "average": "csv-analyzer", "slack notification": "webhook-caller", "ping": "service-checker",
		"camelcase": "text-manipulator", "parse html": "web-scraper",
	} {
		names := hitNames(r.Search(query, Filter{}, 3))
		if !slices.Contains(names, want) {
			t.Errorf("Search(%q) = %v; want %s among them", query, names, want)
		}
	}
}

func hitNames(hits []Hit) []string {
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = h.Descriptor.Name
	}
	return out
}

// Words are taken to the same stem, and others are not.
func TestStems(t *testing.T) {
	for _, same := range [][]string{{"calculate", "calculator", "calculating", "calculates", "calculation"}, {"hash", "hashes", "hashing"}, {"convert", "converter", "converts", "converting"},
		{"validate", "validator", "validation"}, {"zip", "zipped", "zipping"}, {"query", "queries"}, {"file", "files"}, {"generate", "generator"}, {"compress", "compressed", "compression"}} {
		for _, w := range same {
			if stem(w) != stem(same[0]) {
				t.Errorf("stem(%s) = %s; stem(%s) = %s", w, stem(w), same[0], stem(same[0]))
			}
		}
	}
	for _, pair := range [][2]string{{"file", "filter"}, {"url", "use"}, {"web", "webhook"}, {"read", "reader-x"}, {"date", "data"}} {
		if stem(pair[0]) == stem(pair[1]) {
			t.Errorf("%s and %s have the same stem %s", pair[0], pair[1], stem(pair[0]))
		}
	}
	for _, tc := range []struct {
		a, b string
		want bool
	}{{"image", "imgae", true}, {"image", "imae", true}, {"image", "imagge", true}, {"image", "imoge", true}, {"image", "image", true}, {"image", "omoge", false}, {"image", "im", false}, {"ab", "abc", false}} {
		if oneSlip(tc.a, tc.b) != tc.want || oneSlip(tc.b, tc.a) != tc.want {
			t.Errorf("oneSlip(%s, %s) = %v", tc.a, tc.b, !tc.want)
		}
	}
}

func TestUnknownTool(t *testing.T) {
	inv := NewInvoker(Builtin(), Options{})
	for name, want := range map[string]string{
		"calculater":       `there is no tool named "calculater"; did you mean "calculator"?`,
		"text_manipulater": `did you mean "text-manipulator"?`,
		"jq":               `related are json-processor`, "zzzz": "llmspell tool list names them all", strings.Repeat("x", 1000): "…",
	} {
		res, err := inv.Invoke(context.Background(), name, nil, CallOptions{})
		var te *tool.Error
		if !errors.As(err, &te) || te.Code != tool.UnknownTool || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.20s: %v; want %q", name, err, want)
		}
		if res == nil || res.Success || res.Error == nil {
			t.Errorf("%.20s: the response is %+v", name, res)
		}
	}
}

func TestEnvelope(t *testing.T) {
	text := "plain"
	r := NewRegistry()
	err := r.Register(
		define("works", func(_ context.Context, c *tool.Call) (*tool.Result, error) {
			return &tool.Result{Message: "done", Text: &text, Value: map[string]any{"op": c.Operation}, Metadata: map[string]any{"k": 1}}, nil
		}),
		define("fails", func(context.Context, *tool.Call) (*tool.Result, error) { return nil, errors.New("no luck") }))
	if err != nil {
		t.Fatal(err)
	}
	inv := NewInvoker(r, Options{})
	for _, tc := range []struct {
		name   string
		params map[string]any
		want   string
	}{
		{"works", map[string]any{"operation": "go"}, `{"message":"done","metadata":{"duration_ms":0,"k":1},"operation":"go","result":{"op":"go"},"success":true,"text":"plain"}`},
		{"fails", nil, `{"error":{"code":"execution_error","message":"no luck"},"metadata":{"duration_ms":0},"operation":"fails","success":false}`},
		{"fails", map[string]any{"n": 10}, `{"error":{"code":"validation_error","details":{"expected":"an integer between 0 and 9","field":"n","got":"the number 10"},` +
			`"message":"parameter \"n\" is wrong: expected an integer between 0 and 9, got the number 10"},"metadata":{"duration_ms":0},"operation":"fails","success":false}`},
		{"fails", map[string]any{"n": 10, "operation": "go"}, `{"error":{"code":"validation_error","details":{"expected":"an integer between 0 and 9","field":"n","got":"the number 10"},` +
			`"message":"parameter \"n\" is wrong: expected an integer between 0 and 9, got the number 10"},"metadata":{"duration_ms":0},"operation":"go","success":false}`},
	} {
		res, _ := inv.Invoke(context.Background(), tc.name, tc.params, CallOptions{})
		if res.Duration <= 0 {
			t.Errorf("%s took %v", tc.name, res.Duration)
		}
		res.Duration = 0
		if got, err := json.Marshal(res); err != nil || string(got) != tc.want {
			t.Errorf("%s: %s, %v; want %s", tc.name, got, err, tc.want)
		}
	}
}

func TestInvokerEndsCalls(t *testing.T) {
	wait := func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Minute):
			return nil, errors.New("nobody ended the call")
		}
	}
	poll := func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
		for start := time.Now(); time.Since(start) < time.Minute; {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("stopped: %w", err)
			}
		}
		return nil, errors.New("nobody ended the call")
	}
	r := NewRegistry()
	err := r.Register(define("wait", wait), define("poll", poll), define("short", wait, func(d *tool.Descriptor) { d.Timeout = 20 * time.Millisecond }))
	if err != nil {
		t.Fatal(err)
	}
	inv := NewInvoker(r, Options{Timeout: 5 * time.Minute})
	background := context.Background()
	soon, cancelSoon := context.WithTimeout(background, 20*time.Millisecond)
	defer cancelSoon()
	for _, tc := range []struct {
		tool string
		ctx  context.Context
		opt  CallOptions
		code tool.Code
		want string
	}{
		{"wait", background, CallOptions{Timeout: 20 * time.Millisecond}, tool.Timeout, "did not finish within 20ms"},
		{"poll", background, CallOptions{Timeout: 20 * time.Millisecond}, tool.Timeout, "did not finish within 20ms"},
		{"short", background, CallOptions{}, tool.Timeout, "did not finish within 20ms"},
		{"wait", soon, CallOptions{}, tool.Timeout, "the time of its caller is up"},
		{"poll", soon, CallOptions{}, tool.Timeout, "the time of its caller is up"},
	} {
		_, err := inv.Invoke(tc.ctx, tc.tool, nil, tc.opt)
		if te := (*tool.Error)(nil); !errors.As(err, &te) || te.Code != tc.code || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v; want %s, %q", tc.tool, err, tc.code, tc.want)
		}
	}
	for _, name := range []string{"wait", "poll"} {
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := inv.Invoke(ctx, name, nil, CallOptions{})
		if te := (*tool.Error)(nil); !errors.As(err, &te) || te.Code != tool.Cancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s after cancellation: %v", name, err)
		}
	}
}

func TestInvokerTurnsPanicsIntoErrors(t *testing.T) {
	r := NewRegistry()
	if err := r.Register(
		define("panics", func(context.Context, *tool.Call) (*tool.Result, error) { panic("out of range") }),
		tool.Definition{Descriptor: define("broken", nil).Descriptor, New: func() (tool.Tool, error) { return nil, errors.New("no parts") }}); err != nil {
		t.Fatal(err)
	}
	var told string
	var seen []Observation
	inv := NewInvoker(r, Options{
		Panicked: func(name string, v any, stack []byte) { told = fmt.Sprint(name, v, len(stack) > 0) },
		Observe:  func(o Observation) { seen = append(seen, o) },
	})
	_, err := inv.Invoke(context.Background(), "panics", nil, CallOptions{})
	if te := (*tool.Error)(nil); !errors.As(err, &te) || te.Code != tool.Internal || te.Tool != "panics" || !strings.Contains(err.Error(), "a bug in the tool") {
		t.Errorf("the panic became %v", err)
	}
	if !strings.HasPrefix(told, "panics") || !strings.HasSuffix(told, "true") {
		t.Errorf("Panicked was told %q", told)
	}
	if _, err := inv.Invoke(context.Background(), "broken", nil, CallOptions{}); err == nil || !strings.Contains(err.Error(), "could not be set up: no parts") {
		t.Errorf("a tool that cannot be made: %v", err)
	}
	if len(seen) != 2 || seen[0].Tool != "panics" || seen[0].Err == nil || seen[0].Duration <= 0 {
		t.Errorf("observed %+v", seen)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := Builtin()
	inv := NewInvoker(r, Options{})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				if g == 0 {
					if err := r.Register(define(fmt.Sprintf("tool-%d", i), nil)); err != nil {
						t.Error(err)
					}
				}
				r.List(Filter{})
				r.Search("json", Filter{}, 2)
				if _, err := inv.Invoke(context.Background(), "calculator", map[string]any{"input": fmt.Sprint(i, "+1")}, CallOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkInvokeCalculator(b *testing.B) {
	inv := NewInvoker(Builtin(), Options{})
	params := map[string]any{"operation": "evaluate", "input": "2 + 3 * 4"}
	for b.Loop() {
		if _, err := inv.Invoke(context.Background(), "calculator", params, CallOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	r := Builtin()
	for b.Loop() {
		r.List(Filter{})
	}
}

func BenchmarkSearch(b *testing.B) {
	r := Builtin()
	for b.Loop() {
		r.Search("convert json file", Filter{}, 5)
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		Builtin()
	}
}
