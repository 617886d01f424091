package rpc

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/frame"
)

const greeting = `{"jsonrpc":"2.0","id":0,"method":"kernel.hello","params":{"version":1}}`

func framed(body string) string { return string(frame.Append(nil, len(body))) + body }

// answers reads n messages, as maps.
func answers(t testing.TB, r io.Reader, n int) []map[string]any {
	t.Helper()
	in := frame.NewReader(r, 64<<20)
	var out []map[string]any
	for range n {
		body, err := in.Next()
		if err != nil {
			t.Fatalf("after %d answers of %d: %v", len(out), n, err)
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// What is answered to each message, on a connection that goes on.
func TestAnswers(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	tests := []struct {
		name, body string
		code       float64 // 0: a result
		id         any
		text       string // in the answer
	}{
		{"ping", `{"jsonrpc":"2.0","id":1,"method":"$/ping"}`, 0, 1.0, ""},
		{"ping with spaces", " {\n\"jsonrpc\" : \"2.0\" , \"id\" : \"a b\" ,\"method\":\"$/ping\", \"params\" : null } ", 0, "a b", ""},
		{"unknown members are let pass", `{"jsonrpc":"2.0","id":1,"method":"$/ping","extra":[1,{"a":"}"}]}`, 0, 1.0, ""},
		{"escaped names", `{"jsonrpc":"2.0","\u0069d":7,"method":"\u0024/ping"}`, 0, 7.0, ""},
		{"negative id", `{"jsonrpc":"2.0","id":-1,"method":"$/ping"}`, 0, -1.0, ""},
		{"fraction", `{"jsonrpc":"2.0","id":1.5,"method":"$/ping"}`, 0, 1.5, ""},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"$/ping"}`, 0, nil, ""},
		{"no JSON", `{"jsonrpc":"2.0","id":1,`, CodeParse, nil, "not valid JSON"},
		{"empty", ``, CodeParse, nil, ""},
		{"word", `hello`, CodeParse, nil, ""},
		{"trailing comma", `{"jsonrpc":"2.0","id":1,"method":"$/ping",}`, CodeParse, nil, ""},
		{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"$/ping\"}", CodeParse, nil, "not UTF-8"},
		{"two values", `{"jsonrpc":"2.0","id":1,"method":"$/ping"} {}`, CodeParse, nil, ""},
		{"a number", `17`, CodeInvalidRequest, nil, ""},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"$/ping"}]`, CodeInvalidRequest, nil, "batches"},
		{"empty batch", `[]`, CodeInvalidRequest, nil, "batches"},
		{"no version", `{"id":1,"method":"$/ping"}`, CodeInvalidRequest, 1.0, "jsonrpc"},
		{"wrong version", `{"jsonrpc":"1.0","id":1,"method":"$/ping"}`, CodeInvalidRequest, 1.0, "jsonrpc"},
		{"no method", `{"jsonrpc":"2.0","id":1}`, CodeInvalidRequest, 1.0, "method"},
		{"method of a wrong type", `{"jsonrpc":"2.0","id":1,"method":1}`, CodeInvalidRequest, nil, "method"},
		{"id of a wrong type", `{"jsonrpc":"2.0","id":{},"method":"$/ping"}`, CodeInvalidRequest, nil, "id"},
		{"id that is no JSON", `{"jsonrpc":"2.0","id":"\x","method":"$/ping"}`, CodeInvalidRequest, nil, "id"},
		{"long id", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 300) + `","method":"$/ping"}`, CodeInvalidRequest, nil, "id"},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"tool.invoce"}`, CodeNoMethod, 1.0, `did you mean \"tool.invoke\"`},
		{"long method", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 100_000) + `"}`, CodeNoMethod, 1.0, "…"},
		{"list of parameters", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":["x"]}`, CodeInvalidParams, 1.0, "object"},
		{"unknown parameter", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":{"sesion":"x"}}`, CodeInvalidParams, 1.0, `did you mean \"session\"`},
		{"parameter of a wrong type", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":{"session":5}}`, CodeInvalidParams, 1.0, "want string"},
		{"parameter that is a list", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":{"session":[]}}`, CodeInvalidParams, 1.0, "is an array, want string"},
		{"parameter that is no base64", `{"jsonrpc":"2.0","id":1,"method":"transfer.write","params":{"transfer":"x","data":5}}`, CodeInvalidParams, 1.0, "want string in base64"},
		{"parameter that is no time", `{"jsonrpc":"2.0","id":1,"method":"events.history","params":{"since":5}}`, CodeInvalidParams, 1.0, "is no time such as"},
		{"inner parameter of a wrong type", `{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"limits":{"time_ms":"x"}}}`, CodeInvalidParams, 1.0, "limits.time_ms"},
		{"parameter that is no JSON", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":{"session":"\q"}}`, CodeParse, 1.0, "not valid JSON"},
		{"deep parameter", `{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"name":"calculator","params":{"input":` + deep + `}}}`, CodeInvalidParams, 1.0, "deep"},
		{"number out of range", `{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"name":"calculator","params":{"input":1e999}}}`, CodeInvalidParams, 1.0, "range"},
		{"missing parameter", `{"jsonrpc":"2.0","id":1,"method":"session.info"}`, CodeInvalidParams, 1.0, "missing"},
		{"unknown session", `{"jsonrpc":"2.0","id":1,"method":"session.info","params":{"session":"nope"}}`, CodeNotFound, 1.0, "session.list"},
		{"second hello", greeting, CodeInvalidRequest, 0.0, "already"},
		{"unsupported", `{"jsonrpc":"2.0","id":1,"method":"kernel.reload"}`, CodeUnsupported, 1.0, "daemon"},
		{"unknown tool", `{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"name":"calculatr"}}`, 0, 1.0, "did you mean"},
		{"tool that fails", `{"jsonrpc":"2.0","id":1,"method":"tool.invoke","params":{"name":"calculator","params":{"input":"1+"}}}`, 0, 1.0, `"success":false`},
		{"text that is not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tool.search\",\"params\":{\"query\":\"\xff\"}}", CodeParse, 1.0, "not UTF-8"},
	}
	r := newRig(t, Options{})
	conn := r.raw()
	if _, err := io.WriteString(conn, framed(greeting)); err != nil {
		t.Fatal(err)
	}
	answers(t, conn, 1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := io.WriteString(conn, framed(tt.body)); err != nil {
				t.Fatal(err)
			}
			m := answers(t, conn, 1)[0]
			e, failed := m["error"].(map[string]any)
			text, _ := json.Marshal(m)
			if m["id"] != tt.id || failed != (tt.code != 0) || failed && e["code"] != tt.code || !strings.Contains(string(text), tt.text) {
				t.Errorf("answer %s; want id %v, code %v, %q", text, tt.id, tt.code, tt.text)
			}
			if failed && e["data"].(map[string]any)["kind"] != kindOf(int(tt.code)) {
				t.Errorf("kind in %s", text)
			}
		})
	}
}

// Notifications, and answers to nothing, are not answered.
func TestSilence(t *testing.T) {
	r := newRig(t, Options{})
	conn := r.raw()
	for _, body := range []string{
		greeting,
		`{"jsonrpc":"2.0","method":"$/ping"}`,
		`{"jsonrpc":"2.0","method":"no.such.method"}`,
		`{"jsonrpc":"2.0","method":"session.info","params":{"session":5}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}`,
		`{"jsonrpc":"2.0","id":7,"result":{}}`,
		`{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}`,
		`{"jsonrpc":"2.0","id":"last","method":"$/ping"}`,
	} {
		if _, err := io.WriteString(conn, framed(body)); err != nil {
			t.Fatal(err)
		}
	}
	if all := answers(t, conn, 2); all[1]["id"] != "last" {
		t.Errorf("%v", all)
	}
}

// What ends a connection, and what is said before.
func TestFraming(t *testing.T) {
	hello := framed(greeting)
	for _, tt := range []struct{ name, input, last string }{
		{"HTTP", "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "Content-Length"},
		{"HTTP after hello", hello + "GET / HTTP/1.1\r\n\r\n", "Content-Length"},
		{"no header", hello + greeting, "Content-Length"},
		{"giant length", hello + "Content-Length: 99999999999999\r\n\r\n", "is not skipped"},
		{"length beyond 64 bits", hello + "Content-Length: 99999999999999999999\r\n\r\n", "has 2^63 or more bytes"},
		{"length of no number", hello + "Content-Length: -1\r\n\r\n", "decimal"},
		{"long header", hello + "Content-Length: " + strings.Repeat("0", 5000), "1024"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := newRig(t, Options{}).raw()
			if _, err := io.WriteString(conn, tt.input); err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(conn)
			if err != nil && !strings.Contains(err.Error(), "reset") || !strings.Contains(string(all), tt.last) {
				t.Errorf("read %.400q, %v; want %q", all, err, tt.last)
			}
			if n := strings.Count(string(all), `"error":{`); n != 1 {
				t.Errorf("%d errors in %q, want one", n, all)
			}
		})
	}
}

// A message over the limit is answered, by its id if that is at its beginning, and
// the connection goes on.
func TestTooLarge(t *testing.T) {
	r := newRig(t, Options{MaxMessage: 100_000})
	conn := r.raw()
	large := func(id string) string {
		return framed(`{"jsonrpc":"2.0",` + id + `"method":"$/ping","params":{"x":"` + strings.Repeat("x", 200_000) + `"}}`)
	}
	go func() {
		_, _ = io.WriteString(conn, framed(greeting)+large(`"id":5,`)+large("")+framed(`{"jsonrpc":"2.0","id":6,"method":"$/ping"}`)) // read below
	}()
	all := answers(t, conn, 4)
	for i, want := range []any{0.0, 5.0, nil, 6.0} {
		if all[i]["id"] != want {
			t.Errorf("answer %d: %v", i, all[i])
		}
	}
	if e := all[1]["error"].(map[string]any); e["code"] != float64(CodeTooLarge) || !strings.Contains(fmt.Sprint(e), "max_message_size_mb") {
		t.Errorf("%v", e)
	}
}

// Nothing is done before hello.
func TestHelloFirst(t *testing.T) {
	r := newRig(t, Options{})
	conn := r.raw()
	if _, err := io.WriteString(conn, framed(`{"jsonrpc":"2.0","id":1,"method":"kernel.status"}`)+framed(strings.Replace(greeting, `"version":1`, `"version":2`, 1))); err != nil {
		t.Fatal(err)
	}
	all := answers(t, conn, 2)
	for i, code := range []float64{CodeUnauthorized, CodeVersion} {
		if e, _ := all[i]["error"].(map[string]any); e["code"] != code {
			t.Errorf("%v", all[i])
		}
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
		t.Error("the connection of another version goes on")
	}
}

func TestDuplicateID(t *testing.T) {
	conn := newRig(t, Options{}).raw()
	run := framed(`{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"code":"while true do end","quiet":true}}`)
	cancel := framed(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}`)
	if _, err := io.WriteString(conn, framed(greeting)+run+run+cancel); err != nil {
		t.Fatal(err)
	}
	all := answers(t, conn, 3)
	if e, _ := all[1]["error"].(map[string]any); e["code"] != float64(CodeInvalidRequest) {
		t.Errorf("%v", all[1])
	}
	if !strings.Contains(fmt.Sprint(all[2]), "cancelled") { // an execution that has begun gives a result, else it is an error
		t.Errorf("%v", all[2])
	}
}

func TestTokenOverTCP(t *testing.T) {
	token := strings.Repeat("0123456789abcdef", 4)
	r := newRig(t, Options{Token: token})
	stop := r.serve(":0")
	defer stop()
	if _, err := Dial(background, r.address, ClientOptions{}); !IsCode(err, CodeUnauthorized) || !strings.Contains(err.Error(), TokenVariable) {
		t.Fatalf("no token: %v", err)
	}
	for range 5 { // others on this machine cannot keep those with the token away
		if _, err := Dial(background, r.address, ClientOptions{Token: token[1:] + "0"}); !IsCode(err, CodeUnauthorized) || !strings.Contains(err.Error(), "wrong token") {
			t.Fatalf("a wrong token: %v", err)
		}
	}
	c, err := Dial(background, r.address, ClientOptions{Token: token})
	if err != nil {
		t.Fatalf("the right token after wrong ones: %v", err)
	}
	defer c.Close()
	if err := c.Ping(background); err != nil {
		t.Error(err)
	}
}

func TestRefusedListeners(t *testing.T) {
	s := NewServer(Options{Kernel: newRig(t, Options{}).kernel})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(background, ln); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("TCP without a token: %v", err)
	}
	ln, err = net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(background, ln); err == nil || !strings.Contains(err.Error(), "other machines") {
		t.Errorf("all addresses: %v", err)
	}
}
