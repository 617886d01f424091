package daptest

import "encoding/json"

// ExpectRequest waits for the server's next reverse request with a command and
// decodes its arguments into into, unless that is nil. Answer it with Reply or
// Refuse.
func (c *Client) ExpectRequest(command string, into any) Message {
	c.t.Helper()
	var found Message
	c.wait(command+" request of the server", func() bool {
		for ; c.asked < len(c.received); c.asked++ {
			if m := c.received[c.asked]; m.Type == "request" && m.Command == command {
				found = m
				c.asked++
				return true
			}
		}
		return false
	})
	if into != nil {
		if err := json.Unmarshal(found.Arguments, into); err != nil {
			c.t.Fatalf("daptest: arguments of %s: %v", command, err)
		}
	}
	return found
}

// Reply answers a reverse request.
func (c *Client) Reply(request Message, body any) {
	c.t.Helper()
	c.respond(request, map[string]any{"success": true, "body": body})
	c.mu.Lock()
	defer c.mu.Unlock()
}

// Refuse answers a reverse request with an error.
func (c *Client) Refuse(request Message, reason string) {
	c.t.Helper()
	c.respond(request, map[string]any{
		"success": false, "message": reason,
		"body": map[string]any{"error": map[string]any{"id": 1, "format": reason}},
	})
}

func (c *Client) respond(request Message, response map[string]any) {
	c.t.Helper()
	c.seq++
	response["seq"], response["type"] = c.seq, "response"
	response["request_seq"], response["command"] = request.Seq, request.Command
	body, err := json.Marshal(response)
	if err != nil {
		c.t.Fatalf("daptest: encode the response to %s: %v", request.Command, err)
	}
	if err := c.schema.Validate(body); err != nil {
		c.t.Fatalf("daptest: the test sends an invalid response: %v", err)
	}
	c.WriteRaw(Frame(body))
}
