package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/internal/frame"
)

// fake connects a client to a kernel that is made of answer: it is called with each
// request after the first, and the connection. An error of it closes that.
func fake(t *testing.T, answer func(m envelope, conn net.Conn) error) *Client {
	t.Helper()
	dir, err := os.MkdirTemp("", "rpc") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		defer server.Close()
		in := frame.NewReader(server, 1<<20)
		for first := true; ; first = false {
			body, err := in.Next()
			if err != nil {
				return
			}
			m, err := parseEnvelope(body)
			if err == nil && first {
				_, err = io.WriteString(server, answerTo(m, "{}"))
			} else if err == nil {
				err = answer(m, server)
			}
			if err != nil {
				return
			}
		}
	})
	c, err := NewClient(background, conn, ClientOptions{Env: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		served.Wait()
	})
	return c
}

// answerTo is an answer, with its header.
func answerTo(m envelope, value string) string {
	return framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.id, value))
}

// An answer may come in any number of pieces, and with others.
func TestAnswerInPieces(t *testing.T) {
	cut := 0
	c := fake(t, func(m envelope, conn net.Conn) error {
		text := framed(`{"jsonrpc":"2.0","method":"x","params":{}}`) + answerTo(m, string(m.params)) + framed(`{"jsonrpc":"2.0","method":"y"}`)
		cut = (cut + 7) % len(text)
		if _, err := io.WriteString(conn, text[:cut]); err != nil {
			return err
		}
		_, err := io.WriteString(conn, text[cut:])
		return err
	})
	for n := range 2000 {
		var got [2]string
		want := [2]string{fmt.Sprint(n), strings.Repeat("x", n%50*n)} // up to 98 kB
		if err := c.Call(background, "test", want, &got); err != nil || got != want {
			t.Fatalf("call %d: %.40q, %v", n, got, err)
		}
	}
}

// Requests of many goroutines get their own answers, whoever reads them.
func TestAnswersOfMany(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for n := range 200 {
				if n%50 == 0 {
					var out strings.Builder
					res, err := c.Run(background, RunParams{Code: Text(fmt.Sprintf("for i = 1, 500 do print(%d) end return %d", g, n))},
						RunHandlers{Output: func(_ string, p []byte) { out.Write(p) }})
					if err != nil || res.Error != nil || len(res.Texts) != 1 || res.Texts[0] != Text(fmt.Sprint(n)) || out.String() != strings.Repeat(fmt.Sprintln(g), 500) {
						t.Errorf("run: %+v, %v, %d bytes of output", res, err, out.Len())
					}
					continue
				}
				res, err := c.InvokeTool(background, InvokeParams{Name: "calculator", Params: map[string]any{"input": fmt.Sprintf("%d * 1000 + %d", g, n)}})
				if err != nil || !res.Success || !strings.Contains(string(res.Result), fmt.Sprintf(`"result":%d,`, g*1000+n)) {
					t.Errorf("%d, %d: %s, %v", g, n, res.Result, err)
				}
			}
		})
	}
	all.Wait()
}

// A kernel that goes ends the calls that wait, also in the middle of an answer.
func TestAnswerBreaksOff(t *testing.T) {
	for _, part := range []string{"", "Content-Le", "Content-Length: 100\r\n\r\n{", "no header\r\n\r\n", framed("no JSON")} {
		c := fake(t, func(_ envelope, conn net.Conn) error {
			_, _ = io.WriteString(conn, part)
			return io.EOF
		})
		if err := c.Call(background, "test", nil, nil); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%q: %v", part, err)
		}
		<-c.Done()
	}
}

// An idle client notices that the kernel has gone, after answers that nobody waited
// for in the system.
func TestIdleEnd(t *testing.T) {
	server := make(chan net.Conn, 100)
	c := fake(t, func(m envelope, conn net.Conn) error {
		server <- conn
		_, err := io.WriteString(conn, answerTo(m, "1"))
		return err
	})
	for range 100 {
		if err := c.Call(background, "test", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	(<-server).Close()
	<-c.Done()
}

// A connection that is another protocol's after an answer loses nothing of it, and
// calls that are made at the same time take nothing.
func TestTakenWhileAsked(t *testing.T) {
	const bytes = "Content-Length: 2\r\n\r\n{}what another protocol says"
	for range 50 {
		c := fake(t, func(m envelope, conn net.Conn) error {
			text := answerTo(m, "{}")
			if m.method == "debug.attach" {
				text += bytes
			}
			_, err := io.WriteString(conn, text)
			return err
		})
		ctx, cancel := context.WithCancel(background)
		var all sync.WaitGroup
		started := make(chan struct{}, 4)
		for range 4 {
			all.Go(func() {
				for n := 0; c.Call(ctx, "test", nil, nil) == nil; n++ {
					if n == 3 {
						started <- struct{}{}
					}
				}
			})
		}
		for range 4 {
			<-started
		}
		conn, err := c.Attach(background, "s")
		if err != nil {
			t.Fatal(err)
		}
		cancel() // those that wait for an answer behind it
		got := make([]byte, len(bytes))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != bytes {
			t.Errorf("%q, %v", got, err)
		}
		all.Wait()
		conn.Close()
	}
}

func TestRhythm(t *testing.T) {
	var r rhythm
	asked := func(came bool) (n int) {
		for range 1000 {
			if r.worth() {
				r.came(came)
				n++
			}
		}
		return n
	}
	if n := asked(true); n != 1000 {
		t.Errorf("asked %d times of 1000, each with success", n)
	}
	if n := asked(false); n < 10 || n > 30 {
		t.Errorf("asked %d times of 1000, each in vain", n)
	}
	if n := asked(true); n < 800 {
		t.Errorf("asked %d times of 1000 when it is worth it again", n)
	}
}
