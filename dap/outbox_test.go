package dap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	dap "github.com/google/go-dap"
	"go.uber.org/zap"
)

// gate is a client that reads only when it is open.
type gate struct {
	mu     sync.Mutex
	open   chan struct{}
	writes [][]byte
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes = append(g.writes, bytes.Clone(p))
	return len(p), nil
}

// sent is a message as the client sees it.
type sent struct {
	Seq     int
	Type    string
	Event   string
	Command string
	Body    struct{ Category, Output string }
}

// messages decodes what was written: a long message comes in several Writes.
func (g *gate) messages(t *testing.T) []sent {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []sent
	for r := newReader(bytes.NewReader(bytes.Join(g.writes, nil)), 0); ; {
		body, err := r.next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("what was written is no stream of messages: %v", err)
		}
		var m sent
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

// runOutbox starts the writer and returns a function that ends it.
func runOutbox(t *testing.T, o *outbox, w io.Writer) (finish func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- o.run(w) }()
	return func() {
		t.Helper()
		o.close(nil)
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("the writer does not end")
		}
	}
}

func names(msgs []sent) string {
	var all []string
	for i, m := range msgs {
		if m.Seq != i+1 {
			all = append(all, "WRONG SEQ")
		}
		all = append(all, m.Event+m.Command)
	}
	return strings.Join(all, " ")
}

func text(category, s string) *output { return &output{category: category, text: []byte(s)} }

func reply(command string) message { return newResponse(&request{command: command}, nil, nil) }

func say(name string) func() message {
	return func() message { return newEvent(name, nil) }
}

// What a request causes comes after its response, in its order.
func TestOutboxHold(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	close(g.open)
	finish := runOutbox(t, o, g)
	o.emit(say("early"))
	o.hold()
	o.emit(say("process"))
	o.write(text("stdout", "x"))
	o.notify(newEvent("thread", nil))
	o.emit(func() message { return nil })
	o.emit(say("stopped"))
	o.release(reply("next"))
	o.emit(say("late"))
	finish()
	if got, want := names(g.messages(t)), "early next process output thread stopped late"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
}

// An event that comes while held ones are rendered goes behind them.
func TestOutboxEmitWhileReleasing(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	close(g.open)
	finish := runOutbox(t, o, g)
	o.hold()
	o.emit(func() message {
		o.emit(say("third"))
		return newEvent("first", nil)
	})
	o.emit(say("second"))
	o.release(nil)
	finish()
	if got, want := names(g.messages(t)), "first second third"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestOutboxNothingAfterLast(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	close(g.open)
	finish := runOutbox(t, o, g)
	o.hold()
	o.emit(say("never"))
	o.close(reply("disconnect"))
	o.release(reply("never"))
	o.emit(say("never"))
	o.write(text("stdout", "never"))
	o.notify(newEvent("never", nil))
	o.reply(reply("never"))
	finish()
	if got, want := names(g.messages(t)), "disconnect"; got != want {
		t.Errorf("messages %q, want %q", got, want)
	}
}

// Output that waits is joined, but only with its like.
func TestOutboxJoins(t *testing.T) {
	one, other, line, line2 := &dap.Source{Path: "/a.lua"}, &dap.Source{Path: "/b.lua"}, 3, 4
	at := func(src *dap.Source, line *int, s string) *output {
		return &output{category: "stdout", source: src, line: line, text: []byte(s)}
	}
	o, g := newOutbox(zap.NewNop()), newGate()
	for _, out := range []*output{
		text("stdout", "a"), text("stdout", "b"), text("stderr", "c"), text("stdout", "d"),
		at(one, &line, "e"), at(one, &line, "f"), at(one, &line2, "g"), at(other, &line2, "h"),
		text("stdout", strings.Repeat("i", outputChunk)), text("stdout", "j"),
	} {
		o.write(out)
	}
	o.emit(say("stopped"))
	o.write(text("stdout", "k"))
	finish := runOutbox(t, o, g)
	close(g.open)
	finish()
	var got []string
	for _, m := range g.messages(t) {
		got = append(got, m.Event[:1]+":"+m.Body.Output[:min(len(m.Body.Output), 3)])
	}
	want := "o:ab o:c o:d o:ef o:g o:h o:iii o:j s: o:k"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("messages %s\nwant     %s", s, want)
	}
}

// A client that does not read costs the script a bounded time. It loses
// output, is told how much at the place where it is missing, and loses nothing
// else.
func TestOutboxSlowClient(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	finish := runOutbox(t, o, g)
	line := strings.Repeat("x", 999) + "\n"
	const lines = 20_000 // 20 MB
	for range lines {    // it would take hours if each waited
		o.write(text("stdout", line))
		o.notify(newEvent("thread", nil))
	}
	o.mu.Lock()
	if o.pending > outputLimit+len(line) {
		t.Errorf("%d bytes wait, limit %d", o.pending, outputLimit)
	}
	o.mu.Unlock()
	o.emit(say("stopped"))
	close(g.open)
	// Caught up, output flows again.
	for {
		o.mu.Lock()
		caughtUp := o.pending == 0
		o.mu.Unlock()
		if caughtUp {
			break
		}
		time.Sleep(time.Millisecond)
	}
	o.write(text("stdout", "again\n"))
	finish()

	arrived, dropped, order := 0, 0, []string{}
	for _, m := range g.messages(t) {
		switch {
		case m.Event == "stopped":
			order = append(order, "stopped")
		case m.Body.Category == "console":
			order = append(order, "marker")
			var n int
			if _, err := fmt.Sscanf(m.Body.Output, "… %d lines dropped", &n); err != nil {
				t.Fatalf("marker %q", m.Body.Output)
			}
			dropped += n
		case m.Body.Output == "again\n":
			order = append(order, "again")
		case m.Event == "output":
			arrived += strings.Count(m.Body.Output, "\n")
		}
	}
	if arrived+dropped != lines || dropped == 0 || arrived < 500 {
		t.Errorf("%d lines arrived and %d are said to be dropped, of %d", arrived, dropped, lines)
	}
	if got := strings.Join(order, " "); got != "marker stopped again" {
		t.Errorf("order %q", got)
	}
}

// A client that reads, if slowly, loses nothing while the script's patience
// lasts.
func TestOutboxWaitsForRoom(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	o.patience, o.limit = time.Minute, time.Minute
	finish := runOutbox(t, o, g)
	time.AfterFunc(50*time.Millisecond, func() { close(g.open) })
	line := strings.Repeat("x", 999) + "\n"
	for range 5000 {
		o.write(text("stdout", line))
	}
	finish()
	total := 0
	for _, m := range g.messages(t) {
		total += len(m.Body.Output)
	}
	if total != 5000*1000 {
		t.Errorf("%d bytes arrived, want all 5000000", total)
	}
}

// Ending the session frees a script that waits for room.
func TestOutboxCloseFreesScript(t *testing.T) {
	o := newOutbox(zap.NewNop())
	o.patience = time.Hour
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			o.write(text("stdout", strings.Repeat("x", outputLimit)))
		}
	}()
	time.Sleep(20 * time.Millisecond)
	o.close(nil)
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the script still waits")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutboxWriteError(t *testing.T) {
	o := newOutbox(zap.NewNop())
	o.reply(reply("next"))
	if err := o.run(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("run = %v, want the write error", err)
	}
	o.write(text("stdout", strings.Repeat("x", 2*outputLimit)))
	o.write(text("stdout", "must not wait"))
}

func TestIncompleteTail(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0}, {"a", 0}, {"é", 0}, {"\xc3", 1}, {"a\xe2\x82", 2}, {"€", 0}, {"\xf0\x9f\x98", 3},
		{"\xf0\x9f", 2}, {"😀", 0}, {"\x80\x80", 0}, {"\xff", 0}, {"€\xe2", 1}, {"\x80\x80\x80\x80", 0},
	}
	for _, tt := range tests {
		if got := incompleteTail([]byte(tt.in)); got != tt.want {
			t.Errorf("incompleteTail(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
}

// A script that writes byte by byte does not break characters apart.
func TestOutputWriterUTF8(t *testing.T) {
	o, g := newOutbox(zap.NewNop()), newGate()
	close(g.open)
	r := &run{session: &session{out: o}}
	w := &outputWriter{run: r, category: "stdout"}
	want := "naïve € 😀\xff end"
	for i := range len(want) {
		if n, err := w.Write([]byte{want[i]}); n != 1 || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if _, err := w.Write([]byte("\xe2\x82")); err != nil {
		t.Fatal(err)
	}
	w.flush()
	big := strings.Repeat("€", outputChunk) // three bytes each: cuts fall inside
	if _, err := w.Write([]byte(big)); err != nil {
		t.Fatal(err)
	}
	finish := runOutbox(t, o, g)
	finish()
	var got strings.Builder
	for _, m := range g.messages(t) {
		if len(m.Body.Output) > outputChunk {
			t.Errorf("a message of %d bytes", len(m.Body.Output))
		}
		got.WriteString(m.Body.Output)
	}
	if s := strings.ToValidUTF8("naïve € 😀\ufffd end", "") + "\ufffd\ufffd" + big; got.String() != s {
		t.Errorf("output %.60q (%d bytes), want %.60q (%d bytes)", got.String(), got.Len(), s, len(s))
	}
}
