package wire

import (
	"errors"
	"strings"
	"testing"
)

// What a client can send, well-formed or not, after initialize; and the answers. After
// each the connection lives on.
func TestConformance(t *testing.T) {
	for name, tt := range map[string]struct {
		send string
		want []string
	}{
		"lower-case header":     {"content-length: 40\r\n\r\n" + `{"jsonrpc":"2.0","id":1,"method":"one"} `, []string{"1 1"}},
		"no space":              {"Content-Length:39\r\n\r\n" + `{"jsonrpc":"2.0","id":1,"method":"one"}`, []string{"1 1"}},
		"content type":          {"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 39\r\n\r\n" + `{"jsonrpc":"2.0","id":1,"method":"one"}`, []string{"1 1"}},
		"other headers":         {"X-Trace: a:b\r\nContent-Length: 39\r\nX: \r\n\r\n" + `{"jsonrpc":"2.0","id":1,"method":"one"}`, []string{"1 1"}},
		"trailing blanks":       {msg(`{"jsonrpc":"2.0","id":1,"method":"one"}` + strings.Repeat(" ", 4100)), []string{"1 1"}},
		"string id":             {msg(`{"jsonrpc":"2.0","id":"a\"\n","method":"one"}`), []string{`"a\"\n" 1`}},
		"bad JSON":              {msg(`{"a":`), []string{"null -32700"}},
		"empty body":            {msg(""), []string{"null -32700"}},
		"not UTF-8":             {msg("\xff\xfe\x00"), []string{"null -32700"}},
		"batch":                 {msg(`[{"jsonrpc":"2.0","id":1,"method":"one"}]`), []string{"null -32600"}},
		"bad batch":             {msg(`[{`), []string{"null -32700"}},
		"number":                {msg(`5`), []string{"null -32600"}},
		"null":                  {msg(`null`), []string{"null -32600"}},
		"null id":               {msg(`{"jsonrpc":"2.0","id":null,"method":"one"}`), []string{"null -32600"}},
		"boolean id":            {msg(`{"jsonrpc":"2.0","id":true,"method":"one"}`), []string{"null -32600"}},
		"object id":             {msg(`{"jsonrpc":"2.0","id":{},"method":"one"}`), []string{"null -32600"}},
		"no version":            {msg(`{"id":1,"method":"one"}`), []string{"1 -32600"}},
		"wrong type of version": {msg(`{"jsonrpc":2.0,"id":1,"method":"one"}`), []string{"1 -32600"}},
		"wrong type of method":  {msg(`{"jsonrpc":"2.0","id":1,"method":5}`), []string{"1 -32600"}},
		"no method":             {msg(`{"jsonrpc":"2.0","id":1}`), []string{"1 -32600"}},
		"unknown request":       {msg(`{"jsonrpc":"2.0","id":1,"method":"nope"}`), []string{"1 -32601"}},
		"unknown $/ request":    {msg(`{"jsonrpc":"2.0","id":1,"method":"$/nope"}`), []string{"1 -32601"}},
		"unknown notification":  {msg(`{"jsonrpc":"2.0","method":"nope"}`), nil},
		"unknown $/":            {msg(`{"jsonrpc":"2.0","method":"$/nope"}`), nil},
		"notification asked":    {msg(`{"jsonrpc":"2.0","id":1,"method":"note"}`), []string{"1 -32600"}},
		"second initialize":     {msg(`{"jsonrpc":"2.0","id":1,"method":"initialize"}`), []string{"1 -32600"}},
		"panic":                 {msg(`{"jsonrpc":"2.0","id":1,"method":"panic"}`), []string{"1 -32603"}},
		"bad params":            {msg(`{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}`), []string{"1 [1]"}},
		"null params":           {msg(`{"jsonrpc":"2.0","id":1,"method":"echo","params":null}`), []string{"1 null"}},
		"cancel of nothing":     {msg(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":77}}`), nil},
		"cancel without params": {msg(`{"jsonrpc":"2.0","method":"$/cancelRequest"}`), nil},
		"unasked answer":        {msg(`{"jsonrpc":"2.0","id":9,"result":{}}`), nil},
		"error with null id":    {msg(`{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"what?"}}`), nil},
		"unreadable answer":     {msg(`{"jsonrpc":"2.0","id":{"a":1},"error":"not a map"}`), []string{"null -32600"}},
		"two answers in one":    {msg(`{"jsonrpc":"2.0","id":0,"result":1,"error":{}}`), nil},
		"too large":             {msg(`{"jsonrpc":"2.0","id":5,"params":"` + long(70_000) + `"}`), []string{"5 -32600"}},
		"huge id":               {msg(`{"jsonrpc":"2.0","id":"` + long(2000) + `","method":"one"}`), []string{"null -32600"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, Options{MaxMessage: 60_000}, basic())
			p.hello()
			p.raw(tt.send)
			for _, want := range tt.want {
				p.want(want)
			}
			// Nothing more, and the next message is found.
			p.request(99, "one")
			p.want("99 1")
			if name == "panic" {
				if stack := p.logs.FilterMessage("a request has panicked").All(); len(stack) != 1 || !strings.Contains(stack[0].ContextMap()["stack"].(string), "conform_test") && !strings.Contains(stack[0].ContextMap()["stack"].(string), "harness_test") {
					t.Errorf("the stack is not in the log: %v", stack)
				}
			}
			p.request("bye", "shutdown")
			p.want(`"bye" null`)
			p.request(100, "one")
			p.want("100 -32600")
			p.body(`{"jsonrpc":"2.0","method":"exit"}`)
			if err := p.ended(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Input that is no stream of messages is answered, and ends the connection.
func TestNoStream(t *testing.T) {
	for _, send := range []string{
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
		"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"Content-Length: -1\r\n\r\n",
		"Content-Length: 99999999999999999999\r\n\r\n",
		"Content-Type: x\r\n\r\n{}",
		"\x16\x03\x01\x02\x00\x01",
		strings.Repeat("x", 5000),
	} {
		p := connect(t, Options{MaxMessage: 1000}, basic())
		p.raw(send)
		if a := p.receive(); a.Error == nil || string(a.ID) != "null" || a.Error.Code != CodeParse && a.Error.Code != CodeInvalidRequest || !strings.Contains(a.Error.Message, "closed") {
			t.Errorf("%.20q: %v %+v", send, a, a.Error)
		}
		if err := p.ended(); !errors.Is(err, ErrNoShutdown) {
			t.Errorf("%.20q: %v", send, err)
		}
	}
}

// Before initialize nothing is done, and notifications are dropped.
func TestBeforeInitialize(t *testing.T) {
	m := basic()
	noted := 0
	m["note"] = Method{Notification: func([]byte) error { noted++; return nil }}
	p := connect(t, Options{}, m)
	p.request(1, "one")
	p.want("1 -32002")
	p.request(2, "nope")
	p.want("2 -32002")
	p.request(3, "shutdown")
	p.want("3 -32002")
	p.body(`{"jsonrpc":"2.0","method":"note"}`)
	p.hello()
	p.request(4, "one")
	p.want("4 1")
	if noted != 0 {
		t.Error("a notification before initialize was heard")
	}
}

// How a connection ends.
func TestEnds(t *testing.T) {
	exit := `{"jsonrpc":"2.0","method":"exit"}`
	for name, tt := range map[string]struct {
		do   func(p *peer)
		want error
	}{
		"shutdown and exit": {func(p *peer) { p.hello(); p.request(1, "shutdown"); p.body("%s", exit) }, nil},
		"shutdown and gone": {func(p *peer) { p.hello(); p.request(1, "shutdown"); p.want("1 null"); p.conn.Close() }, nil},
		"exit at once":      {func(p *peer) { p.body("%s", exit) }, ErrNoShutdown},
		"exit only":         {func(p *peer) { p.hello(); p.body("%s", exit) }, ErrNoShutdown},
		"gone":              {func(p *peer) { p.hello(); p.conn.Close() }, ErrNoShutdown},
		"gone in a message": {func(p *peer) { p.hello(); p.raw("Content-Length: 100\r\n\r\n{"); p.conn.Close() }, ErrNoShutdown},
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, Options{}, basic())
			tt.do(p)
			if err := p.ended(); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}
