package filesystem

import (
	"context"
	"io"

	"github.com/llmspell/llmspell/tools/tool"
)

// budget bounds what one archive may contain, and can be cancelled. Sizes that
// an archive claims are not believed: what comes out of it is counted.
type budget struct {
	ctx        context.Context
	call       *tool.Call
	maxBytes   int64
	maxEntries int
	maxRatio   int64
	packed     int64 // size of the archive
	entries    int
	written    int64 // content that was read out of entries, or put in
	reported   int64
	total      int64 // what written will be; 0 when nobody knows
}

// reportEvery is how many bytes pass between two reports of progress.
const reportEvery = 8 << 20

func newBudget(ctx context.Context, call *tool.Call) *budget {
	return &budget{ctx: ctx, call: call, maxBytes: int64(call.Params.Float("max_size")), maxEntries: call.Params.Int("max_entries"),
		maxRatio: int64(call.Params.Int("max_ratio"))}
}

// entry counts one entry.
func (b *budget) entry() error {
	if b.entries++; b.entries > b.maxEntries {
		return tool.Errorf(tool.LimitExceeded, "the archive has more than %d entries; raise max_entries if you trust it", b.maxEntries)
	}
	return b.ctx.Err()
}

// check tells whether n bytes of content are too many.
func (b *budget) check(n int64) error {
	switch {
	case n > b.maxBytes:
		return tool.Errorf(tool.LimitExceeded, "the archive holds more than %d bytes of content; raise max_size if you trust it", b.maxBytes)
	case b.packed > 0 && n > ratioFrom && n/b.packed >= b.maxRatio:
		return tool.Errorf(tool.LimitExceeded, "the content is more than %d times as large as the archive, as in a decompression bomb; raise max_ratio if you trust it", b.maxRatio)
	}
	return nil
}

// content returns a reader of an entry that counts what it gives.
func (b *budget) content(r io.Reader) io.Reader { return &counted{b: b, r: r, n: &b.written} }

// stream returns a reader of decompressed data that holds entries: their
// headers, and what is skipped of them, count too.
func (b *budget) stream(r io.Reader) io.Reader { return &counted{b: b, r: r, n: new(int64)} }

type counted struct {
	b *budget
	r io.Reader
	n *int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	*c.n += int64(n)
	if e := c.b.check(*c.n); e != nil {
		return n, e
	}
	if c.n == &c.b.written && *c.n-c.b.reported >= reportEvery {
		c.b.reported = *c.n
		c.b.call.Report(float64(*c.n), float64(c.b.total), c.b.call.Operation+" "+c.b.call.Params.String("path"))
	}
	return n, err
}
