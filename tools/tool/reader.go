package tool

import (
	"context"
	"io"
)

// Reader returns a reader that fails with the context's error once it is done,
// so that io.Copy over a large file can be cancelled.
func Reader(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
