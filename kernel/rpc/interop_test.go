package rpc

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/llmspell/llmspell/internal/socket"
)

// stranger handles what the kernel sends to a client that is not ours.
type stranger struct{ streams chan ExecStream }

func (s stranger) Handle(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) {
	var n ExecStream
	if r.Method == "exec.stream" && r.Params != nil && json.Unmarshal(*r.Params, &n) == nil {
		s.streams <- n
	}
}

// A client of another hand: the JSON-RPC of Sourcegraph.
func TestOtherClient(t *testing.T) {
	r := newRig(t, Options{})
	network, address, _, err := socket.ParseAddress(r.address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	h := stranger{make(chan ExecStream, 10)}
	c := jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(conn, jsonrpc2.VSCodeObjectCodec{}), h)
	defer c.Close()
	var hello HelloResult
	if err := c.Call(ctx, "kernel.hello", HelloParams{Version: ProtocolVersion}, &hello); err != nil || hello.Kernel != "test" {
		t.Fatal(hello, err)
	}
	var res RunResult
	if err := c.Call(ctx, "exec.run", RunParams{Code: "print('hi') return 6 * 7"}, &res, jsonrpc2.StringID()); err != nil || res.Texts[0] != "42" {
		t.Fatal(res, err)
	}
	if s := <-h.streams; s.Data != "hi\n" || s.Seq != 1 || !strings.HasPrefix(string(s.Request), `"`) {
		t.Errorf("%+v", s)
	}
	err = c.Call(ctx, "session.info", SessionParam{"nope"}, nil)
	if e, ok := err.(*jsonrpc2.Error); !ok || e.Code != CodeNotFound || e.Data == nil {
		t.Errorf("%v", err)
	}
	err = c.Call(ctx, "no.such", nil, nil)
	if e, ok := err.(*jsonrpc2.Error); !ok || e.Code != jsonrpc2.CodeMethodNotFound {
		t.Errorf("%v", err)
	}
}
