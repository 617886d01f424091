package rpc

import "github.com/llmspell/llmspell/kernel"

// attachment is what a connection becomes.
type attachment struct{ session *kernel.Hosted }

// debug is debug.attach.
func (p *peer) debug(_ ctx, r *SessionParam) (AttachResult, error) {
	if p.server.opts.Debug == nil {
		return AttachResult{}, unsupported("debug.attach")
	}
	h, err := p.hosted("debug.attach", r.Session)
	if err != nil {
		return AttachResult{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.inFlight) > 0 || len(p.subs) > 0 {
		return AttachResult{}, errorf(CodeConflict, "debug.attach: this connection has requests or subscriptions that have not ended").
			withHint("attach over a connection of its own")
	}
	p.attach = &attachment{h}
	return AttachResult{Session: h.ID(), Protocol: "dap"}, nil
}

// debugged is the session that the client debugs over this connection, or nil.
func (p *peer) debugged() *kernel.Hosted {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attach == nil {
		return nil
	}
	return p.attach.session
}
