package daptest

// SettleCommand is the request that a client which settles sends after each
// other one. No server knows it.
const SettleCommand = "daptestSettle"

// Settle makes each call from now on wait for the messages that its request
// caused at once, such as an invalidated event behind the response. So the
// order in the transcript is the same each time. The wait is one more request,
// which the server refuses, and which stays out of the transcript.
func (c *Client) Settle() { c.settles = true }

// settle waits until the server has dealt with all requests so far.
func (c *Client) settle(after string) {
	c.t.Helper()
	if !c.settles || after == SettleCommand || after == "disconnect" {
		return
	}
	if m := c.Response(c.Send(SettleCommand, nil)); m.Success {
		c.t.Fatalf("daptest: the server accepts the unknown request %s", SettleCommand)
	}
}
