package rpc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
)

// What can be large, such as an exported session, goes in parts: a transfer is a
// temporary file of the kernel's, which its client reads or writes.

const (
	// transferPart is how much goes in one message, which has to fit into the smallest
	// limit that a kernel can have.
	transferPart = 512 << 10
	// maxTransfers is how many a client may have at a time, and maxTransfer how large
	// one can be.
	maxTransfers = 8
	maxTransfer  = 16 << 30
)

// transfer is one file.
type transfer struct {
	mu   sync.Mutex
	file *os.File // nil: it has ended
	size int64
	// written: it is the client that writes it.
	written bool
	// spoiled: a write has failed, so that what is there is not all.
	spoiled bool
}

// transfers are those of a client. The zero value has none.
type transfers struct {
	mu    sync.Mutex
	last  int
	open  map[string]*transfer
	ended bool
}

// begin makes an empty one, which the client writes or reads.
func (t *transfers) begin(written bool) (string, *transfer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended:
		return "", nil, errLeft
	case len(t.open) >= maxTransfers:
		return "", nil, errorf(CodeBusy, "%d transfers of this client are open, and that is the most that may be", maxTransfers).withHint("end one with transfer.end")
	}
	file, err := os.CreateTemp("", "llmspell-transfer-*")
	if err != nil {
		return "", nil, fmt.Errorf("make a file for the transfer: %w", err)
	}
	_ = os.Remove(file.Name()) // now it goes with the process; Windows lets end do it
	if t.open == nil {
		t.open = map[string]*transfer{}
	}
	t.last++
	id, one := strconv.Itoa(t.last), &transfer{file: file, written: written}
	t.open[id] = one
	return id, one, nil
}

// get finds one.
func (t *transfers) get(id string) (*transfer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.open[id]; one != nil {
		return one, nil
	}
	return nil, errorf(CodeNotFound, "there is no transfer %.40q on this connection", id)
}

// spoil notes that a part of one is missing.
func (t *transfers) spoil(id string) {
	one, err := t.get(id)
	if err != nil {
		return // it has ended
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	one.spoiled = true
}

// writing lists those that the client writes.
func (t *transfers) writing() (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, one := range t.open {
		if one.written {
			ids = append(ids, id)
		}
	}
	return ids
}

// whole tells how many bytes a transfer has; the error says that some are missing.
func (t *transfer) whole() (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spoiled {
		return 0, errSpoiled()
	}
	return t.size, nil
}

// errSpoiled is the answer to what would use a transfer of which a part is missing.
func errSpoiled() *Error {
	return errorf(CodeConflict, "a transfer.write of this transfer has failed: a part of it is missing").
		withHint("end it with transfer.end, and write another")
}

// end ends one.
func (t *transfers) end(id string) {
	t.mu.Lock()
	one := t.open[id]
	delete(t.open, id)
	t.mu.Unlock()
	if one != nil {
		one.close()
	}
}

// endAll ends all, for good.
func (t *transfers) endAll() {
	t.mu.Lock()
	t.ended = true
	all := t.open
	t.open = nil
	t.mu.Unlock()
	for _, one := range all {
		one.close()
	}
}

func (t *transfer) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return
	}
	_ = t.file.Close()           // nobody needs what is in it
	_ = os.Remove(t.file.Name()) // where it could not be removed while it was open
	t.file = nil
}

// Write adds to the end.
func (t *transfer) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.file == nil:
		return 0, errLeft
	case t.spoiled:
		return 0, errSpoiled()
	case t.size+int64(len(p)) > maxTransfer:
		return 0, errorf(CodeTooLarge, "a transfer can have %d bytes at most", int64(maxTransfer))
	}
	n, err := t.file.WriteAt(p, t.size)
	t.size += int64(n)
	return n, err
}

// ReadAt reads from a place.
func (t *transfer) ReadAt(p []byte, offset int64) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return 0, errLeft
	}
	return t.file.ReadAt(p, offset)
}

// sending makes a transfer of what write writes.
func (p *peer) sending(write func(io.Writer) error) (Transfer, error) {
	id, t, err := p.transfers.begin(false)
	if err != nil {
		return Transfer{}, err
	}
	if err := write(t); err != nil {
		p.transfers.end(id)
		return Transfer{}, err
	}
	size, err := t.whole()
	return Transfer{id, size}, err
}

// receiving gives a transfer to read, which is ended then, as it is when it fails.
func (p *peer) receiving(id string, read func(r io.ReaderAt, size int64) error) error {
	t, err := p.transfers.get(id)
	if err != nil {
		return err
	}
	defer p.transfers.end(id)
	size, err := t.whole()
	if err != nil {
		return err
	}
	return read(t, size)
}

// beginTransfer is transfer.begin.
func (p *peer) beginTransfer(ctx, *Empty) (Transfer, error) {
	id, _, err := p.transfers.begin(true)
	return Transfer{Transfer: id}, err
}

// writeTransfer is transfer.write.
func (p *peer) writeTransfer(_ ctx, r *TransferWriteParams) (Transfer, error) {
	t, err := p.transfers.get(r.Transfer)
	if err != nil {
		return Transfer{}, err
	}
	if _, err := t.Write(r.Data); err != nil {
		return Transfer{}, err
	}
	size, err := t.whole()
	return Transfer{r.Transfer, size}, err
}

// readTransfer is transfer.read.
func (p *peer) readTransfer(_ ctx, r *TransferReadParams) (TransferData, error) {
	if r.Offset < 0 || r.Limit < 0 {
		return TransferData{}, badParam("offset", "transfer.read: offset and limit must not be negative")
	}
	t, err := p.transfers.get(r.Transfer)
	if err != nil {
		return TransferData{}, err
	}
	if r.Limit == 0 || r.Limit > transferPart {
		r.Limit = transferPart
	}
	part := make([]byte, r.Limit)
	n, err := t.ReadAt(part, r.Offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return TransferData{part[:n]}, err
}

// endTransfer is transfer.end.
func (p *peer) endTransfer(_ ctx, r *TransferParam) (Empty, error) {
	p.transfers.end(r.Transfer)
	return Empty{}, nil
}
