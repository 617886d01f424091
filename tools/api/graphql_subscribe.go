package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/internal/sse"
	"github.com/llmspell/llmspell/tools/tool"
)

// events collects what a subscription sends, up to its limits.
type events struct {
	call      *tool.Call
	list      []any
	maxEvents int
	maxBytes  int64
	bytes     int64
	endedBy   string // "" while more is wanted
}

func (e *events) add(payload []byte) error {
	var reply graphqlReply
	if err := json.Unmarshal(payload, &reply); err != nil {
		return tool.Errorf(tool.RemoteFailed, "the server sent an event that is not JSON: %w", err)
	}
	if e.bytes += int64(len(payload)); e.bytes > e.maxBytes {
		e.endedBy = "max_bytes"
		return nil
	}
	event := map[string]any{"data": reply.Data}
	if len(reply.Errors) > 0 {
		event["errors"] = reply.Errors
	}
	e.list = append(e.list, event)
	e.call.Report(float64(len(e.list)), float64(e.maxEvents), "collecting events")
	if len(e.list) >= e.maxEvents {
		e.endedBy = "max_events"
	}
	return nil
}

// subscribe collects events until there are enough, the server says that it is
// done, or the time given for it is over; none of these is an error.
func subscribe(ctx context.Context, call *tool.Call, client *httpx.Client, r *httpx.Request, message map[string]any) (*tool.Result, error) {
	e := &events{call: call, list: []any{}, maxEvents: call.Params.Int("max_events"), maxBytes: r.MaxBytes}
	own, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	var begun bool
	var err error
	if call.Params.String("transport") == "sse" {
		begun, err = subscribeSSE(own, client, r, e)
	} else {
		begun, err = subscribeWebSocket(own, client, r, e, message)
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the subscription was stopped: %w", ctx.Err())
	case err != nil && own.Err() != nil && begun:
		e.endedBy = "timeout"
	case err != nil && own.Err() != nil:
		return nil, &tool.Error{Code: tool.Timeout, Temporary: true,
			Message: fmt.Sprintf("%s: the subscription did not begin within %v", httpx.Redact(r.URL), r.Timeout)}
	case err != nil:
		return nil, err
	}
	return &tool.Result{Message: insecureNote(call, fmt.Sprintf("%d events came; ended by %s", len(e.list), e.endedBy)),
		Metadata: map[string]any{"url": httpx.Redact(r.URL)},
		Value:    map[string]any{"events": e.list, "count": len(e.list), "ended_by": e.endedBy}}, nil
}

// wsMessage is a message of the protocol graphql-transport-ws.
type wsMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func subscribeWebSocket(ctx context.Context, client *httpx.Client, r *httpx.Request, e *events, message map[string]any) (begun bool, err error) {
	u := *r.URL
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	header := r.Header.Clone()
	if u.User != nil {
		password, _ := u.User.Password()
		if _, err := login("endpoint", map[string]any{"type": "basic", "username": u.User.Username(), "password": password}, header, &u); err != nil {
			return false, err
		}
		u.User = nil
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", client.UserAgent())
	}
	explain := func(phase string, err error) error { return httpx.Explain(ctx, httpx.Redact(&u), phase, err) }
	conn, resp, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{HTTPClient: client.Upgrading(), HTTPHeader: header,
		Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return false, tool.Errorf(tool.RemoteFailed, "%s answered %d %s to the request for a WebSocket; check the address, or pass transport \"sse\"",
				httpx.Redact(&u), resp.StatusCode, http.StatusText(resp.StatusCode))
		}
		return false, explain("opening the WebSocket", err)
	}
	defer conn.CloseNow()
	if conn.Subprotocol() != "graphql-transport-ws" {
		return false, tool.Errorf(tool.RemoteFailed, "%s does not speak graphql-transport-ws over its WebSocket", httpx.Redact(&u))
	}
	conn.SetReadLimit(e.maxBytes)
	send := func(m wsMessage) error {
		data, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return conn.Write(ctx, websocket.MessageText, data)
	}
	init := wsMessage{Type: "connection_init"}
	if params := e.call.Params.Map("connection_params"); params != nil {
		if init.Payload, err = json.Marshal(params); err != nil {
			return false, err
		}
	}
	payload, err := json.Marshal(message)
	if err != nil {
		return false, err
	}
	if err := send(init); err != nil {
		return false, explain("beginning the subscription", err)
	}
	for e.endedBy == "" {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return begun, closedBy(explain, err)
		}
		var m wsMessage
		if err := json.Unmarshal(data, &m); err != nil {
			return begun, tool.Errorf(tool.RemoteFailed, "%s sent a message that is not JSON: %w", httpx.Redact(&u), err)
		}
		switch m.Type {
		case "connection_ack":
			if begun {
				continue
			}
			begun = true
			err = send(wsMessage{ID: "1", Type: "subscribe", Payload: payload})
		case "ping":
			err = send(wsMessage{Type: "pong"})
		case "next":
			err = e.add(m.Payload)
		case "error":
			var reply graphqlReply
			if json.Unmarshal(m.Payload, &reply.Errors) != nil || len(reply.Errors) == 0 {
				reply.Errors = []any{nil}
			}
			failed := tool.Errorf(tool.RemoteFailed, "the server refused the subscription: %s", reply.summary())
			failed.Details = map[string]any{"errors": reply.Errors}
			return begun, failed
		case "complete":
			e.endedBy = "complete"
		}
		if err != nil {
			return begun, explain("talking over the WebSocket", err)
		}
	}
	if e.endedBy != "complete" {
		_ = send(wsMessage{ID: "1", Type: "complete"}) // the connection ends anyway
	}
	return begun, nil
}

// closedBy says why the server closed the connection, when it told.
func closedBy(explain func(string, error) error, err error) error {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return tool.Errorf(tool.RemoteFailed, "the server closed the WebSocket (%d: %s)", int(closed.Code), clip(strings.ToValidUTF8(closed.Reason, "\uFFFD"), 200))
	}
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return tool.Errorf(tool.LimitExceeded, "the server sent an event that is larger than max_bytes")
	}
	return explain("waiting for events", err)
}

// errEnough ends a stream of which no more is wanted.
var errEnough = errors.New("enough")

func subscribeSSE(ctx context.Context, client *httpx.Client, r *httpx.Request, e *events) (begun bool, err error) {
	u := *r.URL
	u.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
	r.URL, r.Timeout = &u, 0
	r.Header.Set("Accept", "text/event-stream")
	reader := &sse.Parser{MaxEvent: int(min(e.maxBytes, 1<<30)), Event: func(name string, data []byte) error {
		switch name {
		case "next":
			if err := e.add(data); err != nil {
				return err
			}
		case "complete":
			e.endedBy = "complete"
		}
		if e.endedBy != "" {
			return errEnough
		}
		return nil
	}}
	r.Sink = func(resp *httpx.Response) (io.Writer, error) {
		if resp.Status != http.StatusOK || resp.MediaType() != "text/event-stream" {
			return nil, nil
		}
		begun = true
		return reader, nil
	}
	r.MaxBytes = 2 * e.maxBytes // with what is around the events
	resp, err := client.Do(ctx, r)
	switch {
	case errors.Is(err, errEnough):
		return true, nil
	case err != nil:
		return begun, err
	case begun:
		e.endedBy = "complete" // the end of the stream is one too
		return true, nil
	}
	if failed := resp.Failed(); failed != nil {
		return false, failed
	}
	return false, tool.Errorf(tool.RemoteFailed, "%s answered %d with %q instead of a stream of events", httpx.Redact(resp.URL), resp.Status, clip(resp.MediaType(), 50))
}

// serveSubscription is a server for the example.
func serveSubscription(dir string) (map[string]string, func(), error) {
	return httpx.Loopback(func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}})
			if err != nil {
				return
			}
			defer conn.CloseNow()
			ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
			defer cancel()
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
			_ = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_ack"}`))
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
			for i := 1; i <= 3; i++ {
				if conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"id":"1","type":"next","payload":{"data":{"tick":%d}}}`, i)) != nil {
					return
				}
			}
			_, _, _ = conn.Read(ctx) // until the client has had enough
		})
	})(dir)
}
