package rpc

import (
	"context"
	"fmt"
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
		t.Errorf("another transfer: %d, %v", n, err)
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
