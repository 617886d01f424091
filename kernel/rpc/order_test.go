package rpc

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// requests are sent by pipe, which does not wait for answers.
type requests struct {
	t   *testing.T
	c   *Client
	all []*pending
}

func (r *requests) pipe(method string, params any) *pending {
	r.t.Helper()
	_, p, err := r.c.request(background, method, params, nil, false)
	if err != nil {
		r.t.Fatal(err)
	}
	r.all = append(r.all, p)
	return p
}

func (r *requests) answer(p *pending, result any) error {
	m, ok := <-p.answer
	return r.c.answered(m, ok, result)
}

// A transfer that is written without waiting for answers has its parts in their order,
// and what is to become of it waits for them.
func TestTransferInOrder(t *testing.T) {
	c := stateRig(t).dial(ClientOptions{})
	const parts = 100 // more than are worked on at once
	for round := range 8 {
		begun := must[Transfer](t)(ask[Transfer](background, c, "transfer.begin", Empty{}))
		r := &requests{t: t, c: c}
		var sizes []int64
		size := int64(0)
		for i := range parts {
			text := fmt.Sprintf("[[entries]]\nscope = \"pipe\"\nkey = \"k%03d\"\nvalue = \"%s\"\n", i, strings.Repeat("v", 20_000))
			if i == 0 {
				text = "llmspell_state = 1\n" + text
			}
			size += int64(len(text))
			sizes = append(sizes, size)
			r.pipe("transfer.write", TransferWriteParams{begun.Transfer, []byte(text)})
		}
		read := r.pipe("transfer.read", TransferReadParams{Transfer: begun.Transfer, Offset: size - 1})
		imported := r.pipe("state.import", StateImportParams{Transfer: begun.Transfer, Scope: "pipe"})
		after := r.pipe("transfer.write", TransferWriteParams{begun.Transfer, []byte("x")})
		for i, p := range r.all[:parts] {
			var to Transfer
			if err := r.answer(p, &to); err != nil || to.Size != sizes[i] {
				t.Fatalf("round %d, part %d: %d bytes, want %d, %v", round, i, to.Size, sizes[i], err)
			}
		}
		var last TransferData
		if err := r.answer(read, &last); err != nil || string(last.Data) != "\n" {
			t.Fatalf("round %d: read %q, %v", round, last.Data, err)
		}
		var n StateImported
		if err := r.answer(imported, &n); err != nil || n.Entries != parts {
			t.Fatalf("round %d: %d of %d values, %v", round, n.Entries, parts, err)
		}
		if err := r.answer(after, nil); !IsCode(err, CodeNotFound) {
			t.Fatalf("round %d: after the import: %v", round, err)
		}
	}
}

// What is written after a part that was refused is not taken for the whole.
func TestTransferWithoutAPart(t *testing.T) {
	c := stateRig(t).dial(ClientOptions{})
	begun := must[Transfer](t)(ask[Transfer](background, c, "transfer.begin", Empty{}))
	r := &requests{t: t, c: c}
	first := r.pipe("transfer.write", TransferWriteParams{begun.Transfer, []byte("llmspell_state = 1\n")})
	wrong := r.pipe("transfer.write", map[string]any{"data": "no base64!", "transfer": begun.Transfer})
	later := r.pipe("transfer.write", TransferWriteParams{begun.Transfer, []byte("# all\n")})
	imported := r.pipe("state.import", StateImportParams{Transfer: begun.Transfer})
	if err := r.answer(first, nil); err != nil {
		t.Error(err)
	}
	if err := r.answer(wrong, nil); !IsCode(err, CodeInvalidParams) {
		t.Error(err)
	}
	for _, p := range []*pending{later, imported} {
		if err := r.answer(p, nil); !IsCode(err, CodeConflict) || !strings.Contains(err.Error(), "transfer.end") {
			t.Error(err)
		}
	}
	again := strings.NewReader("llmspell_state = 1\n[[entries]]\nscope = \"global\"\nkey = \"k\"\nvalue = 1\n")
	if n, err := c.StateImport(background, StateImportParams{}, again); n.Entries != 1 || err != nil {
		t.Errorf("another transfer: %+v, %v", n, err)
	}
}

// A part that could not be read at all, because it was too large or no message, is
// missing too: of the transfer that it names, or else of any that the client writes.
func TestTransferWithoutAMessage(t *testing.T) {
	long := strings.Repeat("eHh4", 50_000)
	for name, tt := range map[string]struct {
		message string
		spoilt  [2]bool // transfers 1 and 2
	}{
		"too large, named":          {`{"jsonrpc":"2.0","id":9,"method":"transfer.write","params":{"transfer":"1","data":"` + long + `"}}`, [2]bool{true, false}},
		"too large, named last":     {`{"jsonrpc":"2.0","id":9,"method":"transfer.write","params":{"data":"` + long + `","transfer":"1"}}`, [2]bool{true, true}},
		"too large, method last":    {`{"jsonrpc":"2.0","id":9,"params":{"transfer":"2","data":"` + long + `"},"method":"transfer.write"}`, [2]bool{false, true}},
		"too large, notification":   {`{"params":{"transfer":"2","data":"` + long + `"},"method":"transfer.write","jsonrpc":"2.0"}`, [2]bool{false, true}},
		"too large, another method": {`{"jsonrpc":"2.0","id":9,"method":"$/ping","params":{"transfer":"1","data":"` + long + `"}}`, [2]bool{false, false}},
		"cut":                       {`{"jsonrpc":"2.0","id":9,"method":"transfer.write","params":{"transfer":"2","data":"eHh4`, [2]bool{false, true}},
		"not UTF-8":                 {`{"jsonrpc":"2.0","id":9,"method":"transfer.write","params":{"transfer":"1","data":"` + "\xff" + `"}}`, [2]bool{true, false}},
		"no version":                {`{"id":9,"method":"transfer.write","params":{"transfer":"1","data":"eHh4"}}`, [2]bool{true, false}},
		"an array":                  {`[]`, [2]bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := newRig(t, Options{MaxMessage: 100_000}).raw()
			ask := func(id int, method, params string) string {
				return framed(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params))
			}
			part := `{"transfer":"%d","data":"eHh4"}`
			send := func(text string) { go func() { _, _ = io.WriteString(conn, text) }() } // what comes of it is read below
			send(framed(greeting) + ask(1, "transfer.begin", "{}") + ask(2, "transfer.begin", "{}"))
			answers(t, conn, 3)
			send(ask(3, "transfer.write", fmt.Sprintf(part, 1)) + ask(4, "transfer.write", fmt.Sprintf(part, 2)))
			answers(t, conn, 2)
			send(framed(tt.message) + ask(5, "transfer.write", fmt.Sprintf(part, 1)) + ask(6, "transfer.write", fmt.Sprintf(part, 2)))
			for _, a := range answers(t, conn, 3) {
				id, _ := a["id"].(float64)
				e, failed := a["error"].(map[string]any)
				if id != 5 && id != 6 {
					continue
				}
				if spoilt := tt.spoilt[int(id)-5]; failed != spoilt || spoilt && e["code"] != float64(CodeConflict) {
					t.Errorf("transfer %v: %v; spoilt: %v", id-4, a, spoilt)
				}
			}
		})
	}
}

// A turn comes when those before it are over; one that gives up keeps its place, so
// that what it leaves out is known to those behind it only.
func TestLines(t *testing.T) {
	var missed []string
	l := lines{missed: func(name string) { missed = append(missed, name) }}
	a, b, c, other := l.join("t"), l.join("t"), l.join("t"), l.join("u")
	come := func(t *turn) bool {
		select {
		case <-t.first:
			return true
		default:
			return false
		}
	}
	state := func(want ...bool) {
		t.Helper()
		if got := []bool{come(a), come(b), come(c), come(other)}; !slices.Equal(got, want) {
			t.Errorf("have come: %v, want %v", got, want)
		}
	}
	state(true, false, false, true)
	ctx, cancel := context.WithCancel(background)
	cancel()
	b.wait(ctx)
	l.leave(b, true)
	state(true, false, false, true)
	if len(missed) > 0 {
		t.Error("it is missed before its turn")
	}
	l.leave(a, false)
	state(true, false, true, true)
	if !slices.Equal(missed, []string{"t"}) {
		t.Errorf("missed: %v", missed)
	}
	l.leave(c, false)
	l.leave(other, false)
	if len(l.of) > 0 {
		t.Errorf("%v is left", l.of)
	}
}

// Whatever the beginning of a message is, it is read without a panic; a message that is
// whole has no rest.
func FuzzMissedMessage(f *testing.F) {
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":9,"method":"transfer.write","params":{"transfer":"1","data":"eHh4`, `{"params":{"transfer":"2"},"method":"$/ping"}`, `{"params":{"transfer":`, `[]`, `{`, "{\"a\\", "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, start []byte) {
		p := &peer{}
		spoilt := 0
		p.lines.missed = func(string) { spoilt++ }
		p.missedMessage(start)
		if spoilt > 1 {
			t.Errorf("%d transfers are spoilt, and none is written", spoilt)
		}
		if err := membersUntil(start, func(string, []byte) error { return nil }, func(string, []byte) { spoilt = -1 }); err == nil && spoilt < 0 {
			t.Error("a whole message has a rest")
		}
	})
}

// Executions that are sent without waiting for answers run in their order: in a session
// that was opened, and in the client's own, which the first one opens.
func TestRunsInOrder(t *testing.T) {
	rig := newRig(t, Options{})
	const runs = 20
	for round := range 10 {
		c := rig.dial(ClientOptions{})
		opened := must[SessionInfo](t)(ask[SessionInfo](background, c, "session.create", SessionParams{}))
		for _, session := range []string{"", opened.ID} {
			r := &requests{t: t, c: c}
			for i := range runs {
				r.pipe("exec.run", RunParams{Session: session, Code: Text(fmt.Sprintf("order = (order or '') .. ' %d' return order", i)), Quiet: true})
			}
			want := ""
			for i, p := range r.all {
				want += fmt.Sprint(" ", i)
				var got RunResult
				if err := r.answer(p, &got); err != nil || len(got.Texts) != 1 || string(got.Texts[0]) != want {
					t.Fatalf("round %d, session %q, execution %d: %v, %v; want %q", round, session, i, got.Texts, err, want)
				}
			}
		}
	}
}
