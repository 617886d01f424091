package embed

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
)

// asked is the body of a request.
type asked struct {
	Model      string
	Input      []string
	Dimensions int
	Encoding   string `json:"encoding_format"`
}

// numbersOf is the vector that the servers of these tests have for a text.
func numbersOf(text string) []float32 {
	return []float32{float32(len(text)), float32(text[0]), 3}
}

// answer is the JSON of vectors.
func answer(vectors ...[]float32) string {
	var items []string
	for i, v := range vectors {
		numbers, _ := json.Marshal(v)
		items = append(items, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, numbers))
	}
	return `{"object":"list","data":[` + strings.Join(items, ",") + `],"model":"m"}`
}

// server answers requests; reply may be nil, or return "" for what is right.
func server(t *testing.T, reply func(w http.ResponseWriter, r *http.Request, q asked) string) string {
	return nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		var q asked
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		text := ""
		if reply != nil {
			text = reply(w, r, q)
		}
		if text == "" {
			var vectors [][]float32
			for _, in := range q.Input {
				vectors = append(vectors, numbersOf(in))
			}
			text = answer(vectors...)
		}
		_, _ = io.WriteString(w, text)
	})
}

func endpoint(t *testing.T, o EndpointOptions) *Endpoint {
	t.Helper()
	if o.Model == "" {
		o.Model = "m"
	}
	e, err := NewEndpoint(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// same tells whether a vector is the one of a text, at length 1.
func same(v []float32, text string) bool {
	want := numbersOf(text)
	if err := normalise(want); err != nil || len(v) != len(want) {
		return false
	}
	for i := range v {
		if math.Abs(float64(v[i]-want[i])) > 1e-6 {
			return false
		}
	}
	return true
}

func TestEmbedsInBatches(t *testing.T) {
	var sizes []int
	var header http.Header
	url := server(t, func(_ http.ResponseWriter, r *http.Request, q asked) string {
		sizes, header = append(sizes, len(q.Input)), r.Header
		if r.URL.Path != "/v1/embeddings" || q.Model != "nomic" || q.Encoding != "" || q.Dimensions != 0 {
			t.Errorf("%s asks %+v", r.URL, q)
		}
		return ""
	})
	e := endpoint(t, EndpointOptions{URL: url, Model: "nomic", Batch: 3, Key: "secret-key"})
	texts := []string{"a", "", "bb", "ccc", " \n", "dddd", "e\xff", strings.Repeat("f", maxText+10)}
	got, err := e.Embed(t.Context(), Document, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		switch {
		case strings.TrimSpace(text) == "":
			if got[i] != nil {
				t.Errorf("%q has a vector", text)
			}
		case !same(got[i], strings.ToValidUTF8(cut(text, maxText), "\uFFFD")):
			t.Errorf("text %d has %v", i, got[i])
		}
	}
	if !slices.Equal(sizes, []int{3, 3}) || header.Get("Authorization") != "Bearer secret-key" || header.Get("Content-Type") != "application/json" {
		t.Errorf("batches of %v, %v", sizes, header)
	}
	sizes = nil
	long := strings.Repeat("x", 60<<10)
	e = endpoint(t, EndpointOptions{URL: url + "/v1/", Model: "nomic"})
	if _, err := e.Embed(t.Context(), Document, slices.Repeat([]string{long}, 9)); err != nil || !slices.Equal(sizes, []int{4, 4, 1}) {
		t.Errorf("long texts go in batches of %v, %v", sizes, err)
	}
	if got, err := e.Embed(t.Context(), Query, []string{""}); err != nil || len(got) != 1 || got[0] != nil || len(sizes) != 3 {
		t.Errorf("nothing to ask: %v, %v", got, err)
	}
}

func TestPrefixesAndDimensions(t *testing.T) {
	var last asked
	url := server(t, func(_ http.ResponseWriter, _ *http.Request, q asked) string { last = q; return "" })
	e := endpoint(t, EndpointOptions{URL: url, Dimensions: 3, Base64: true, QueryPrefix: "query: ", DocumentPrefix: "passage: "})
	for purpose, want := range map[Purpose]string{Query: "query: cat", Document: "passage: cat"} {
		if _, err := e.Embed(t.Context(), purpose, []string{"cat"}); err != nil || last.Input[0] != want || last.Dimensions != 3 || last.Encoding != "base64" {
			t.Errorf("%+v, %v", last, err)
		}
	}
	if e.Model() != `m@3 "passage: "` {
		t.Errorf("the model is %s", e.Model())
	}
}

func TestBase64(t *testing.T) {
	var data []byte
	for _, x := range numbersOf("abc") {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	url := server(t, func(http.ResponseWriter, *http.Request, asked) string {
		return `{"data":[{"embedding":"` + base64.StdEncoding.EncodeToString(data) + `"}]}` // no index either
	})
	if got, err := endpoint(t, EndpointOptions{URL: url}).Embed(t.Context(), Document, []string{"abc"}); err != nil || !same(got[0], "abc") {
		t.Errorf("%v, %v", got, err)
	}
}

// Whatever a server answers, either all vectors are right or there is an error that says what was wrong.
func TestWrongAnswers(t *testing.T) {
	one := `"embedding":[1,2,3]`
	nan := base64.StdEncoding.EncodeToString([]byte{0, 0, 0xC0, 0x7F, 0, 0, 0, 1})
	for name, tt := range map[string]struct{ answer, want string }{
		"no JSON":        {"<html>hello</html>", "not the JSON of embeddings"},
		"another JSON":   {`{"embeddings":[[1,2,3],[1,2,3]]}`, "0 vectors came for 2 texts"},
		"missing":        {`{"data":[{"index":0,` + one + `}]}`, "1 vectors came for 2 texts"},
		"too many":       {`{"data":[{` + one + `},{` + one + `},{` + one + `}]}`, "3 vectors came for 2 texts"},
		"twice the same": {`{"data":[{"index":1,` + one + `},{"index":1,` + one + `}]}`, "not 0 to 1, each once"},
		"index beyond":   {`{"data":[{"index":1,` + one + `},{"index":2,` + one + `}]}`, "not 0 to 1, each once"},
		"index below":    {`{"data":[{"index":-1,` + one + `},{"index":0,` + one + `}]}`, "not 0 to 1, each once"},
		"half an index":  {`{"data":[{"index":0,` + one + `},{` + one + `}]}`, "some have an index, others have none"},
		"no numbers":     {`{"data":[{"index":0,"embedding":[]},{"index":1,` + one + `}]}`, "vector 1: not a usable vector: it has no numbers"},
		"null":           {`{"data":[{"index":0,"embedding":[1,null,3]},{"index":1,` + one + `}]}`, "null where a number belongs"},
		"NaN":            {`{"data":[{"index":0,"embedding":[1,NaN,3]},{"index":1,` + one + `}]}`, "not the JSON"},
		"too large":      {`{"data":[{"index":0,"embedding":[1,1e300,3]},{"index":1,` + one + `}]}`, "no list of numbers that a float32 holds"},
		"texts":          {`{"data":[{"index":0,"embedding":["1"]},{"index":1,` + one + `}]}`, "no list of numbers"},
		"zeros":          {`{"data":[{"index":0,"embedding":[0,0,0]},{"index":1,` + one + `}]}`, "vector 1: not a usable vector: all its 3 numbers are 0"},
		"two lengths":    {`{"data":[{"index":0,"embedding":[1,2]},{"index":1,` + one + `}]}`, "vector 2 has 3 numbers, others have 2"},
		"NaN in base64":  {`{"data":[{"index":0,"embedding":"` + nan + `"},{"index":1,"embedding":"` + nan + `"}]}`, "number 1 of 2 is NaN"},
		"odd base64":     {`{"data":[{"index":0,"embedding":"AAAA"},{"index":1,` + one + `}]}`, "no whole number of float32"},
		"bad base64":     {`{"data":[{"index":0,"embedding":"?"},{"index":1,` + one + `}]}`, "no whole number of float32"},
	} {
		e := endpoint(t, EndpointOptions{URL: server(t, func(http.ResponseWriter, *http.Request, asked) string { return tt.answer })})
		if got, err := e.Embed(t.Context(), Document, []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	order := `{"data":[{"index":1,"embedding":[1,98,3]},{"index":0,"embedding":[1,97,3]}]}`
	e := endpoint(t, EndpointOptions{URL: server(t, func(http.ResponseWriter, *http.Request, asked) string { return order })})
	if got, err := e.Embed(t.Context(), Document, []string{"a", "b"}); err != nil || !same(got[0], "a") || !same(got[1], "b") {
		t.Errorf("in the wrong order, with indexes: %v, %v", got, err)
	}
}

func TestDimensionMustStay(t *testing.T) {
	url := server(t, func(_ http.ResponseWriter, _ *http.Request, q asked) string {
		if q.Input[0] == "long" {
			return answer([]float32{1, 2, 3, 4})
		}
		return ""
	})
	e := endpoint(t, EndpointOptions{URL: url})
	if _, err := e.Embed(t.Context(), Document, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Embed(t.Context(), Document, []string{"long"}); err == nil || !strings.Contains(err.Error(), "has 4 numbers, others have 3") {
		t.Error(err)
	}
	_, err := endpoint(t, EndpointOptions{URL: url, Dimensions: 8}).Embed(t.Context(), Document, []string{"a"})
	if err == nil || !strings.Contains(err.Error(), "have 3 numbers, not the 8 that were asked for: set dimensions to 3") {
		t.Error(err)
	}
}

// Errors that may pass are waited out, as the server asks; others are said at once, without the key.
func TestStatuses(t *testing.T) {
	const key = "sk-very-secret"
	for _, tt := range []struct {
		status   int
		after    string // Retry-After
		body     string
		fails    int // so many times, then it is right
		requests int
		want     string // of the error; "" for none
	}{
		{429, "0", "", 2, 3, ""},
		{503, "0", "", 1, 2, ""},
		{500, "", "", 1, 2, ""},
		{502, "", "", 2, 3, ""},
		{429, "0", `{"error":{"message":"slow down"}}`, 99, 3, "too many requests, or its quota is used up (status 429): slow down"},
		{429, "86400", "", 99, 1, "too many requests"},
		{500, "", `{"error":"out of memory"}`, 99, 6, "failed (status 500): out of memory"},
		{401, "", `{"error":{"message":"Incorrect API key provided: ` + key + `"}}`, 99, 1, "does not accept the key from $LLM_KEY (status 401): Incorrect API key provided: ***"},
		{404, "", `{"error":{"message":"model \"m\" not found, try pulling it first"}}`, 99, 1, "ollama pull m): model \"m\" not found"},
		{400, "", `{"message":"bad request"}`, 99, 2, "refused the request (status 400): bad request"},
		{418, "", strings.Repeat("teapot ", 1000), 99, 1, "failed (status 418): teapot"},
		{307, "", "", 99, 1, "redirects (status 307), which is not followed"},
	} {
		var requests atomic.Int64
		url := server(t, func(w http.ResponseWriter, _ *http.Request, _ asked) string {
			if int(requests.Add(1)) > tt.fails {
				return ""
			}
			if tt.after != "" {
				w.Header().Set("Retry-After", tt.after)
			}
			w.Header().Set("Location", "http://192.0.2.1/")
			w.WriteHeader(tt.status)
			return tt.body + "\n"
		})
		e := endpoint(t, EndpointOptions{URL: url, Key: key, KeyName: "$LLM_KEY", Retries: 2})
		got, err := e.Embed(t.Context(), Document, []string{"a"})
		if n := int(requests.Load()); n != tt.requests {
			t.Errorf("status %d: %d requests, not %d", tt.status, n, tt.requests)
		}
		if tt.want == "" {
			if err != nil || !same(got[0], "a") {
				t.Errorf("status %d, then all is well: %v, %v", tt.status, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), key) || len(err.Error()) > 800 {
			t.Errorf("status %d: %v, want %q", tt.status, err, tt.want)
		}
	}
}

// A text that is too long is given shorter, one that cannot be read has no vector, and neither keeps the others from having theirs.
func TestTextsThatAreRefused(t *testing.T) {
	var mu sync.Mutex
	longest := 0
	url := server(t, func(w http.ResponseWriter, _ *http.Request, q asked) string {
		mu.Lock()
		defer mu.Unlock()
		for _, in := range q.Input {
			if len(in) > 1000 || strings.HasPrefix(in, "evil") {
				w.WriteHeader(http.StatusBadRequest)
				return `{"error":{"message":"the input exceeds the context size"}}`
			}
			longest = max(longest, len(in))
		}
		return ""
	})
	e := endpoint(t, EndpointOptions{URL: url})
	texts := []string{"a", strings.Repeat("ü", 2000), "b", "evil", "c", "d"}
	got, err := e.Embed(t.Context(), Document, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a", strings.Repeat("ü", 500), "b", "", "c", "d"} {
		if want == "" && got[i] != nil || want != "" && !same(got[i], want) {
			t.Errorf("text %d has %v", i, got[i])
		}
	}
	if longest != 1000 {
		t.Errorf("the longest text that was taken has %d bytes", longest)
	}
}

// A server that hangs, breaks off or is not there is left, and the error says what happened.
func TestBrokenServers(t *testing.T) {
	release := make(chan struct{})
	slow := nettest.HTTP(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	silent := "http://" + nettest.TCP(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	whole := answer(numbersOf("a"))
	short := server(t, func(w http.ResponseWriter, _ *http.Request, _ asked) string {
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		return whole[:len(whole)/2]
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + l.Addr().String()
	l.Close()
	for name, tt := range map[string]struct{ url, want string }{
		"slow": {slow, "no complete answer within 50ms"}, "silent": {silent, "no complete answer within 50ms"},
		"cut off": {short, "closed the connection before the answer was complete"}, "not there": {gone, "the connection was refused"},
	} {
		e := endpoint(t, EndpointOptions{URL: tt.url, Timeout: 50 * time.Millisecond, Retries: -1})
		if name == "cut off" {
			e = endpoint(t, EndpointOptions{URL: tt.url, Retries: -1})
		}
		if _, err := e.Embed(t.Context(), Document, []string{"a"}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := endpoint(t, EndpointOptions{URL: slow}).Embed(ctx, Document, []string{"a"}); err == nil || ctx.Err() == nil {
		t.Errorf("after a cancel: %v", err)
	}
}

// What ends while a failed request is made again says why that failed.
func TestStoppedAfterFailures(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var attempts atomic.Int64
	url := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the client is gone
		if attempts.Add(1) == 2 {
			cancel()
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	})
	_, err := endpoint(t, EndpointOptions{URL: url}).Embed(ctx, Query, []string{"a"})
	var stopped *StoppedError
	if !errors.As(err, &stopped) || !strings.Contains(stopped.Problem, "closed the connection before the answer was complete") || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEndpointOptions(t *testing.T) {
	for want, o := range map[string]EndpointOptions{
		"begins with http":        {URL: "localhost:11434", Model: "m"},
		"has no model":            {URL: "http://localhost:11434"},
		"of -1 numbers":           {URL: "http://localhost", Model: "m", Dimensions: -1},
		"5000 texts at a time":    {URL: "http://localhost", Model: "m", Batch: 5000},
		"a name of 300 bytes":     {URL: "http://localhost", Model: strings.Repeat("m", 300)},
		"from $K in clear text":   {URL: "http://api.example.com/v1", Model: "m", Key: "secret", KeyName: "$K"},
		"from the configuration ": {URL: "http://8.8.8.8/v1", Model: "m", Key: "secret"},
	} {
		if e, err := NewEndpoint(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, %v", o, e, err)
		}
	}
	for _, url := range []string{"http://localhost:1/v1", "http://10.1.2.3", "http://gpu:11434", "http://[::1]:5", "https://api.example.com/v1/embeddings", "https://[2001:db8::1]/"} {
		endpoint(t, EndpointOptions{URL: url, Key: "secret"})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(answer(numbersOf("a"), numbersOf("bb"))), 2)
	f.Add([]byte(`{"data":[{"index":0,"embedding":"AACAPw=="}]}`), 1)
	f.Add([]byte(`{"data":[{"embedding":[1e38,-0,0.1]},{}]}`), 2)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		if n < 1 || n > 100 {
			return
		}
		got, err := readAnswer(body, n)
		if err == nil && (len(got) != n || slices.ContainsFunc(got, func(v []float32) bool { return v == nil })) {
			t.Fatalf("%d texts have %v", n, got)
		}
	})
}
