package rpc

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlush has scripts wait until their client has what they have flushed.
func TestFlush(t *testing.T) {
	r := newRig(t, Options{})
	dir := t.TempDir()
	mark := filepath.Join(dir, "mark")
	seen, flushed := "", []string{}
	h := RunHandlers{
		Output: func(_ string, data []byte) { seen += string(data) },
		Flush: func() error {
			if _, err := os.Stat(mark); err == nil {
				t.Error("the script has gone on before its output was flushed")
			}
			if flushed = append(flushed, seen); len(flushed) == 2 {
				return errors.New("no room")
			}
			return nil
		},
	}
	c := r.dial(ClientOptions{Cwd: dir})
	res := must[*RunResult](t)(c.Run(background, RunParams{Code: `
		print("one") io.write("half a character: \195")
		local first = io.flush()
		io.write("\164 two")
		local second, why = io.stdout:flush()
		io.stderr:write("three")
		local third = io.stderr:flush()
		io.open("mark", "w"):close()
		print("four")
		return first, second, why, third`}, h))
	if got, want := strings.Join(flushed, "|"), "one\nhalf a character: \xc3|one\nhalf a character: ä two|one\nhalf a character: ä twothree"; got != want {
		t.Errorf("when it was flushed there was %q, want %q", got, want)
	}
	if res.Error != nil || len(res.Texts) != 4 || res.Texts[0] != "true" || res.Texts[1] != "nil" || res.Texts[2] != "no room" || res.Texts[3] != "true" {
		t.Errorf("flush has returned %q, %+v", res.Texts, res.Error)
	}
	if !strings.HasSuffix(seen, "threefour\n") {
		t.Errorf("printed %q", seen)
	}
}

// TestFlushIsInterrupted ends a script whose client does not answer.
func TestFlushIsInterrupted(t *testing.T) {
	r := newRig(t, Options{})
	c, other := r.dial(ClientOptions{}), r.dial(ClientOptions{})
	h := RunHandlers{Output: func(string, []byte) {}, Flush: func() error {
		return other.Call(background, "exec.interrupt", InterruptParams{Execution: "x"}, nil)
	}}
	// The answer comes too late for the interrupt, or after it.
	res := must[*RunResult](t)(c.Run(background, RunParams{Execution: "x", Code: "io.flush() while true do end"}, h))
	if res.Error == nil || !res.Error.Interrupted {
		t.Errorf("%+v", res.Error)
	}
	err := c.Call(background, "exec.flushed", FlushedParams{Execution: "x", Flush: 1}, nil)
	if !IsCode(err, CodeNotFound) {
		t.Errorf("of an execution that has ended: %v", err)
	}
}

// TestFlushWithoutAnswer runs scripts that flush for clients who do not answer, or see no output.
func TestFlushWithoutAnswer(t *testing.T) {
	r := newRig(t, Options{})
	const code = "print(1) return io.flush()"
	res := must[*RunResult](t)(r.dial(ClientOptions{}).Run(background, RunParams{Code: code}, RunHandlers{}))
	if res.Error != nil || res.Texts[0] != "true" {
		t.Errorf("quiet: %+v", res)
	}
	conn := r.raw()
	run, _ := json.Marshal(code)
	if _, err := io.WriteString(conn, framed(greeting)+framed(`{"jsonrpc":"2.0","id":"run","method":"exec.run","params":{"code":`+string(run)+`}}`)); err != nil {
		t.Fatal(err)
	}
	for _, m := range answers(t, conn, 5) { // of the greeting; queued, running, output, the result
		if m["method"] == "exec.flush" {
			t.Error("a client was asked to flush that does not answer")
		}
		if result, ok := m["result"].(map[string]any); ok && m["id"] == "run" {
			if texts, _ := result["texts"].([]any); len(texts) != 1 || texts[0] != "true" {
				t.Errorf("flush has returned %v", result)
			}
			return
		}
	}
	t.Error("no result")
}
