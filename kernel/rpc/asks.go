package rpc

// asks is the most that a client has asked for. It decides whether an idle kernel
// stays for it.
type asks int32

const (
	asksNothing asks = iota // yet: it has connected, and may have said hello
	asksToLook              // how the kernel is: it needs none
	asksForMore
)

// asksFor notes that the client uses a method.
func (p *peer) asksFor(m *method) {
	switch m.name {
	case "kernel.hello", "$/ping":
	case "kernel.status", "session.list":
		p.asks.CompareAndSwap(int32(asksNothing), int32(asksToLook))
	default:
		if asks(p.asks.Load()) != asksForMore {
			p.asks.Store(int32(asksForMore))
		}
	}
}
