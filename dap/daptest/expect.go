package daptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	dap "github.com/google/go-dap"
)

// ExpectEvent waits for the next event with a name and decodes its body into
// into, unless that is nil. Events before it are passed over, but a stop or
// the end of the script, if it comes first, fails the test.
func (c *Client) ExpectEvent(name string, into any) Message {
	c.t.Helper()
	return c.ExpectEventWhere(name, into, func(Message) bool { return true })
}

// ExpectEventWhere is ExpectEvent for an event that match accepts.
func (c *Client) ExpectEventWhere(name string, into any, match func(Message) bool) Message {
	c.t.Helper()
	var found Message
	surprise := ""
	c.wait(name+" event", func() bool {
		for ; c.next < len(c.received); c.next++ {
			m := c.received[c.next]
			if m.Type != "event" {
				continue
			}
			if m.Event == name && match(m) {
				found = m
				c.next++
				return true
			}
			if m.Event == "stopped" || m.Event == "terminated" {
				surprise = fmt.Sprintf("%s %s", m.Event, m.Body)
				return true
			}
		}
		return false
	})
	if surprise != "" {
		c.mu.Lock()
		c.fail("%s came while waiting for %s", surprise, name)
	}
	if into != nil {
		if err := json.Unmarshal(found.Body, into); err != nil {
			c.t.Fatalf("daptest: body of %s: %v", name, err)
		}
	}
	return found
}

// ExpectEither waits for the next event with one of the names, and passes over
// all others.
func (c *Client) ExpectEither(names ...string) Message {
	c.t.Helper()
	var found Message
	c.wait(strings.Join(names, " or ")+" event", func() bool {
		for ; c.next < len(c.received); c.next++ {
			if m := c.received[c.next]; m.Type == "event" && slices.Contains(names, m.Event) {
				found = m
				c.next++
				return true
			}
		}
		return false
	})
	return found
}

// ExpectStopped waits for a stop with a reason.
func (c *Client) ExpectStopped(reason string) dap.StoppedEventBody {
	c.t.Helper()
	var body dap.StoppedEventBody
	c.ExpectEvent("stopped", &body)
	if body.Reason != reason {
		c.mu.Lock()
		c.fail("stopped with reason %q, want %q", body.Reason, reason)
	}
	if !body.AllThreadsStopped || body.ThreadId == 0 {
		c.t.Fatalf("daptest: stopped lacks allThreadsStopped or threadId: %+v", body)
	}
	return body
}

// ExpectStoppedAt waits for a stop and checks the line of the innermost frame.
func (c *Client) ExpectStoppedAt(reason string, line int) dap.StoppedEventBody {
	c.t.Helper()
	body := c.ExpectStopped(reason)
	if top := c.Top(body.ThreadId); top.Line != line {
		c.mu.Lock()
		c.fail("stopped in line %d, want %d", top.Line, line)
	}
	return body
}

// ExpectOutput waits until the output of a category contains text.
func (c *Client) ExpectOutput(category, text string) {
	c.t.Helper()
	c.wait(fmt.Sprintf("%s output %q", category, text), func() bool {
		out := c.output[category]
		return out != nil && strings.Contains(out.String(), text)
	})
}

// Output returns the output of a category so far.
func (c *Client) Output(category string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if out := c.output[category]; out != nil {
		return out.String()
	}
	return ""
}

// ExpectExited waits for the script's exit code.
func (c *Client) ExpectExited(code int) {
	c.t.Helper()
	var body dap.ExitedEventBody
	c.ExpectEvent("exited", &body)
	if body.ExitCode != code {
		c.mu.Lock()
		c.fail("exit code %d, want %d", body.ExitCode, code)
	}
}

// ExpectTerminated waits for the end of the script.
func (c *Client) ExpectTerminated() {
	c.t.Helper()
	c.ExpectEvent("terminated", nil)
}

// ExpectClosed waits until the server has closed the connection.
func (c *Client) ExpectClosed() {
	c.t.Helper()
	closed := false
	c.wait("end of the connection", func() bool {
		closed = c.ended != nil
		return closed
	})
}

// Events returns the names of all events so far, in order.
func (c *Client) Events() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, m := range c.received {
		if m.Type == "event" {
			names = append(names, m.Event)
		}
	}
	return names
}

// Received returns all events so far with a name.
func (c *Client) Received(event string) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Message
	for _, m := range c.received {
		if m.Type == "event" && m.Event == event {
			all = append(all, m)
		}
	}
	return all
}
