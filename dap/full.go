package dap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/google/go-dap"
)

// turnAwayTime is how long a client that is not served may take to ask, and to hear why.
const turnAwayTime = 2 * time.Second

// turnAway tells a client that is one too many why it is not served: as output, which
// users see, and as the answer to its first request, which ends its session in order.
func (s *Server) turnAway(ctx context.Context, conn net.Conn, why error) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if conn.SetReadDeadline(time.Now().Add(turnAwayTime)) != nil {
		return // closed
	}
	err := showUser(fmt.Errorf("%w; end one of them, and try again", why))
	output := &dap.OutputEventBody{Category: "important", Output: "llmspell: " + err.Error() + "\n"}
	messages := []message{newEvent("output", output)}
	if body, readErr := newReader(conn, maxFirst).next(); readErr == nil {
		if r, parseErr := parseRequest(body); parseErr == nil {
			messages = append(messages, newResponse(r, nil, err))
		}
	}
	messages = append(messages, newEvent("terminated", nil))
	if conn.SetDeadline(time.Now().Add(turnAwayTime)) != nil {
		return
	}
	var buf bytes.Buffer
	for i, m := range messages {
		m.setSeq(i + 1)
		if encode(&buf, m) != nil {
			return
		}
		if _, err := conn.Write(buf.Bytes()); err != nil {
			return
		}
	}
	// Some systems forget what was written to a connection that is closed with input left.
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, conn, maxFirst)
	}
}

// maxFirst is how many bytes the first request of a client that is not served may have.
const maxFirst = 1 << 20
