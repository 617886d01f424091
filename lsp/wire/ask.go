package wire

import (
	"context"
	"fmt"
	"strconv"

	"github.com/sourcegraph/jsonrpc2"
)

// Call sends a request to the client, waits for the answer as long as ctx is not done,
// and puts it into result, unless that is nil. The client's own error is a
// *jsonrpc2.Error. Never call it on the goroutine that reads, which brings the answer;
// give ctx a time limit, for clients that do not answer.
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	id, err := c.ask()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	waiter, err := c.rpc.DispatchCall(ctx, method, params, jsonrpc2.PickID(jsonrpc2.ID{Str: id, IsString: true}))
	if err != nil {
		c.expects(raw(strconv.Quote(id)))
		return fmt.Errorf("%s: %w", method, err)
	}
	if err := waiter.Wait(ctx, result); err != nil {
		if ctx.Err() != nil {
			_ = c.Notify("$/cancelRequest", map[string]string{"id": id}) // it fails only for clients that are gone
		}
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// ask takes the id for a request to the client.
func (c *Conn) ask() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked) >= maxAsked {
		return "", fmt.Errorf("the client has not answered %d requests", maxAsked)
	}
	c.numbers++
	id := "s" + strconv.FormatInt(c.numbers, 10)
	c.asked[strconv.Quote(id)] = true
	return id, nil
}

// expects tells whether an id is that of a request to the client, and forgets it.
func (c *Conn) expects(id raw) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ok := c.asked[string(id)]
	delete(c.asked, string(id))
	return ok
}
