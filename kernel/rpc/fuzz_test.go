package rpc

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/kernel"
)

// decodeAny gives what encoding/json gives, and takes nothing that it does not.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e3,true,false,null,"x\n\"\\\/\b\f\r\t"],"b":{}}`, `"\u00e4\ud83d\ude00"`, `"\ud800"`, "\"\xff\"", "\"\x01\"", `[1,]`, `{"a":1,}`, `{"a" 1}`, `1e999`,
		`01`, `-`, `[[[[]]]]`, `{"a":1,"a":2}`, ` [ 1 , 2 ] `, `"\`, `"\"`, `"\\"`, `[}`, `{]`, `tru`, `nullx`, `"a" "b"`, ``, `{"\u0061":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want any
		werr := json.Unmarshal(data, &want)
		got, err := decodeAny(data)
		if (err == nil) != (werr == nil) && err != errTooDeep {
			t.Fatalf("%q: %v, encoding/json %v", data, err, werr)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %#v, encoding/json %#v", data, got, want)
		}
	})
}

// parseEnvelope finds what encoding/json finds in whatever that takes.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		greeting, `{"jsonrpc":"2.0","id":"x","method":"m","params":[1,{"a":"}]"}]}`, `{"id":1,"id":2}`, `{"a":"\\\""}`, `{}`, `{"a":{"b":[}}}`, `[]`, `{"result":null,"error":null}`, "{\"\xc8\":[]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseEnvelope(data)
		_ = checkEnvelope(&m)
		_ = malformed(data, errNotJSON)
		_ = idOf(data)
		var want map[string]json.RawMessage
		if json.Unmarshal(data, &want) != nil || want == nil {
			return
		}
		if err == errNotJSON {
			t.Fatalf("%q: %v", data, err)
		}
		if err != nil {
			return
		}
		for name, got := range map[string][]byte{"params": m.params, "result": m.result} {
			if !bytes.Equal(bytes.TrimSpace(want[name]), got) {
				t.Fatalf("%q: %s is %q, encoding/json %q", data, name, got, want[name])
			}
		}
	})
}

// pipeConn is a connection whose input is fixed.
type pipeConn struct {
	io.Reader
	out bytes.Buffer
}

func (c *pipeConn) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *pipeConn) Close() error                     { return nil }
func (c *pipeConn) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (c *pipeConn) RemoteAddr() net.Addr             { return &net.UnixAddr{Net: "unix"} }
func (c *pipeConn) SetDeadline(time.Time) error      { return nil }
func (c *pipeConn) SetReadDeadline(time.Time) error  { return nil }
func (c *pipeConn) SetWriteDeadline(time.Time) error { return nil }

// Whatever a client sends, each answer is a message of JSON-RPC, and the server goes
// on.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"", framed(`{"jsonrpc":"2.0","id":1,"method":"$/ping"}`), framed(`{"jsonrpc":"2.0","id":1,"method":"tool.list","params":{"category":5}}`),
		"Content-Length: 5\r\n\r\n{", "POST / HTTP/1.1\r\n", framed("[]"), framed(`{"jsonrpc":"2.0","id":"é\u00e9","method":"kernel.status"}`), "Content-Length: 300000\r\n\r\n{\"id\":7,",
		framed(`{"jsonrpc":"2.0","id":1,"method":"exec.isComplete","params":{"code":"x ="}}`), framed(`{"jsonrpc":"2.0","id":1,"method":"exec.interrupt"}`),
		framed(`{"jsonrpc":"2.0","id":1e999,"method":"$/ping"}`),
	} {
		f.Add([]byte(seed))
	}
	k := kernel.New(kernel.Options{})
	f.Cleanup(k.Close)
	s := NewServer(Options{Kernel: k, MaxMessage: 1 << 16})
	f.Fuzz(func(t *testing.T, input []byte) {
		if bytes.Contains(input, []byte("exec.run")) || bytes.Contains(input, []byte("tool.invoke")) {
			return // what scripts and tools do is not of interest here
		}
		conn := &pipeConn{Reader: io.MultiReader(bytes.NewReader([]byte(framed(greeting))), bytes.NewReader(input))}
		s.ServeConn(background, conn)
		in := frame.NewReader(&conn.out, 64<<20)
		for n := 0; ; n++ {
			body, err := in.Next()
			if err == io.EOF && n > 0 {
				break
			}
			var m struct {
				Version string          `json:"jsonrpc"`
				ID      json.RawMessage // a number that no float64 holds comes back, too
				Result  json.RawMessage
				Error   *Error
			}
			if err != nil || json.Unmarshal(body, &m) != nil || m.Version != "2.0" || (m.Result == nil) == (m.Error == nil) {
				t.Fatalf("answer %d to %q: %q, %v", n, input, body, err)
			}
		}
		if n := s.Clients(); n != 0 {
			t.Fatalf("%d clients", n)
		}
	})
}
