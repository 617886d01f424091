package lsp

import (
	"context"
	"fmt"
	"sync"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// progresses are those that the client may cancel.
type progresses struct {
	mu     sync.Mutex
	cancel map[string]context.CancelFunc
	number int
}

// cancelled ends the work whose progress the user has cancelled.
func (p *progresses) cancelled(params []byte) error {
	var c protocol.ProgressCreateParams
	if err := wire.Decode(params, &c); err != nil {
		return err
	}
	p.mu.Lock()
	cancel := p.cancel[fmt.Sprint(c.Token)]
	p.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	return nil
}

// enter makes a token that cancels.
func (p *progresses) enter(cancel context.CancelFunc) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	token := fmt.Sprintf("llmspell-%d", p.number)
	if p.cancel == nil {
		p.cancel = map[string]context.CancelFunc{}
	}
	p.cancel[token] = cancel
	return token
}

func (p *progresses) leave(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.cancel, token)
}

// progress is work that the client shows. A nil progress shows nothing.
type progress struct {
	s     *session
	ctx   context.Context
	token protocol.ProgressToken
	own   string // the token, if the server has made it
	last  uint32
	stop  context.CancelFunc
}

// begin begins a progress: with the token of a request, or, if that is nil, with one of
// the server's own, as far as the client shows such. The context that it returns is
// done when the user cancels. end must be called.
func (s *session) begin(ctx context.Context, token protocol.ProgressToken, title string) (*progress, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	p := &progress{s: s, ctx: ctx, token: token, stop: cancel}
	if token == nil {
		if !s.client.Can("window.workDoneProgress") {
			return p, ctx
		}
		p.own = s.progresses.enter(cancel)
		if err := s.ask(ctx, "window/workDoneProgress/create", protocol.ProgressCreateParams{Token: p.own}, nil); err != nil {
			s.log.Debug("the client shows no progress", zap.Error(err))
			s.progresses.leave(p.own)
			return p, ctx
		}
		p.token = p.own
	}
	zero := uint32(0)
	p.send(protocol.WorkDone{Kind: "begin", Title: title, Cancellable: p.own != "", Percentage: &zero})
	return p, ctx
}

// report shows how far the work is, in percent. A step back is not shown.
func (p *progress) report(percent uint32, text string) {
	if percent = min(percent, 100); percent <= p.last {
		return
	}
	p.last = percent
	p.send(protocol.WorkDone{Kind: "report", Message: text, Percentage: &percent})
}

// end ends the progress.
func (p *progress) end(text string) {
	p.send(protocol.WorkDone{Kind: "end", Message: text})
	if p.own != "" {
		p.s.progresses.leave(p.own)
	}
	p.stop()
}

func (p *progress) send(value protocol.WorkDone) {
	if p.token != nil {
		// It fails only for clients that are gone. The end is told whatever was cancelled.
		_ = p.s.conn.NotifyPatiently(p.s.ctx, "$/progress", protocol.ProgressParams{Token: p.token, Value: value})
	}
}

// part sends a part of a result, to a client that has given a token for it.
func (s *session) part(ctx context.Context, token protocol.ProgressToken, value any) error {
	return s.conn.NotifyPatiently(ctx, "$/progress", protocol.ProgressParams{Token: token, Value: value})
}
