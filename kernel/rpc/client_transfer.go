package rpc

import (
	"context"
	"errors"
	"io"
	"time"
)

// incoming is a transfer that the kernel has made, as a reader.
type incoming struct {
	c      *Client
	ctx    context.Context
	id     string
	offset int64
	size   int64
	part   []byte // read and not given yet
	closed bool
}

// download asks for a transfer. Close the reader.
func (c *Client) download(ctx context.Context, method string, params any) (io.ReadCloser, error) {
	t, err := ask[Transfer](ctx, c, method, params)
	if err != nil {
		return nil, err
	}
	return c.reader(ctx, t), nil
}

func (c *Client) reader(ctx context.Context, t Transfer) io.ReadCloser {
	return &incoming{c: c, ctx: ctx, id: t.Transfer, size: t.Size}
}

// Read reads the next part.
func (r *incoming) Read(p []byte) (int, error) {
	if len(r.part) == 0 {
		if r.offset >= r.size {
			return 0, io.EOF
		}
		d, err := ask[TransferData](r.ctx, r.c, "transfer.read", TransferReadParams{Transfer: r.id, Offset: r.offset})
		if err != nil {
			return 0, err
		}
		if len(d.Data) == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		r.part = d.Data
		r.offset += int64(len(d.Data))
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

// Close ends the transfer.
func (r *incoming) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.c.endTransfer(r.ctx, r.id)
}

// endPatience is how long a transfer's end may take, and endHaste how long when its
// reader's context is done: what is not ended ends with the connection.
const (
	endPatience = 5 * time.Second
	endHaste    = 500 * time.Millisecond
)

func (c *Client) endTransfer(ctx context.Context, id string) error {
	patience := endPatience
	if ctx.Err() != nil {
		patience = endHaste
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	request, p, err := c.request(ctx, "transfer.end", TransferParam{id}, nil, false)
	if err == nil {
		select {
		case m, ok := <-p.answer:
			err = c.answered(m, ok, nil)
		case <-ctx.Done(): // it is not cancelled: the transfer shall end
			c.forget(request)
			err = ctx.Err()
		}
	}
	if errors.Is(err, ErrUnreachable) {
		return nil // it has ended with the connection
	}
	return err
}

// upload makes a transfer of what r gives, and returns its name.
func (c *Client) upload(ctx context.Context, r io.Reader) (string, error) {
	t, err := ask[Transfer](ctx, c, "transfer.begin", Empty{})
	if err != nil {
		return "", err
	}
	part := make([]byte, transferPart)
	for {
		n, err := io.ReadFull(r, part)
		if n > 0 {
			if err := c.Call(ctx, "transfer.write", TransferWriteParams{t.Transfer, part[:n]}, nil); err != nil {
				return "", errors.Join(err, c.endTransfer(ctx, t.Transfer))
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return t.Transfer, nil
		case err != nil:
			return "", errors.Join(err, c.endTransfer(ctx, t.Transfer))
		}
	}
}
