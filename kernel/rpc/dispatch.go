package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"runtime/debug"
	"strconv"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/tools/schema"
)

// request is a request that is being worked on. Without an id it is a notification:
// it is not answered.
type request struct {
	id     []byte
	method *method
	params any // a pointer to the method's parameters
	start  time.Time

	traceparent, tracestate string
	ended                   func() // called before the answer is sent; nil for those that are answered at once
	failed                  bool   // the answer is an error
	queued                  func() // called when an execution is in its queue; nil where order does not matter
}

// receive handles one message. The error ends the connection. Body is valid only
// until receive returns.
func (p *peer) receive(body []byte) error {
	start := time.Now()
	p.atOnce = false
	if !utf8.Valid(body) { // what would be made of it is not what the client has
		p.missedMessage(body)
		p.refuse(idOf(body), errorf(CodeParse, "the message is not UTF-8").withHint("parameters of the type text take other bytes as {\"base64\": …}"))
		return nil
	}
	m, err := parseEnvelope(body)
	if err != nil {
		p.missedMessage(body)
		p.refuse(nil, malformed(body, err))
		return nil
	}
	if e := checkEnvelope(&m); e != nil {
		p.missedMessage(body)
		p.refuse(m.id, e)
		return nil
	}
	if m.method == "" {
		return nil // an answer: nothing was asked
	}
	method := p.server.methods[m.method]
	if method == nil {
		if m.id != nil {
			p.refuse(m.id, p.server.noMethod(m.method))
		}
		return nil
	}
	if !p.greet.Load() && method.name != "kernel.hello" {
		e := errorf(CodeUnauthorized, "%s: the first request of a client is kernel.hello", method.name)
		p.refuse(m.id, e)
		if p.isTCP() {
			return e
		}
		return nil
	}
	p.asksFor(method)
	if p.spare != nil && !method.controls() {
		p.refuse(m.id, p.spare)
		return nil
	}
	params, perr := method.decode(m.params)
	if perr != nil {
		p.missedWrite(method, m.params)
		p.answer(&request{id: m.id, method: method, start: start}, nil, perr)
		return nil
	}
	r := &request{id: m.id, method: method, params: params, start: start, traceparent: m.traceparent, tracestate: m.tracestate}
	if method.work && p.server.isDraining() {
		p.answer(r, nil, errorf(CodeShutdown, "the kernel is shutting down: it takes no more work"))
		return nil
	}
	if method.async == nil || !method.async(p, params) {
		p.atOnce = true
		return p.call(p.ctx, r)
	}
	if e := p.start(r); e != nil {
		p.missedWrite(method, m.params)
		p.answer(r, nil, e)
	}
	return nil
}

// malformed is the answer to what is no message.
func malformed(body []byte, err error) *Error {
	i := space(body, 0)
	switch {
	case !errors.Is(err, errNotJSON):
		return errorf(CodeInvalidRequest, "%v", err)
	case i < len(body) && body[i] == '[' && json.Valid(body):
		return errorf(CodeInvalidRequest, "batches of requests are not supported").
			withHint("send them one by one, without waiting for the answers")
	case json.Valid(body):
		return errorf(CodeInvalidRequest, "the message is not an object")
	}
	return errorf(CodeParse, "%v", err)
}

// maxID is the longest id of a request, in bytes.
const maxID = 256

// checkEnvelope says what is wrong with a message. The id is then one that can be
// answered to, or nil.
func checkEnvelope(m *envelope) *Error {
	if m.id != nil {
		if c := m.id[0]; len(m.id) > maxID || c == '{' || c == '[' || c == 't' || c == 'f' || !json.Valid(m.id) || !utf8.Valid(m.id) {
			m.id = nil
			return errorf(CodeInvalidRequest, "the id must be a string or a number of at most %d bytes", maxID)
		}
	}
	if m.version != "2.0" {
		return errorf(CodeInvalidRequest, `the member jsonrpc must be "2.0"`)
	}
	if m.method == "" && m.result == nil && m.err == nil {
		return errorf(CodeInvalidRequest, "the member method is missing")
	}
	return nil
}

// idOf finds the id at the beginning of a message that is not there as a whole.
func idOf(start []byte) []byte {
	var id []byte
	_ = members(start, func(name string, value []byte) error { // it ends where the bytes do
		if name == "id" {
			id = value
		}
		return nil
	})
	m := envelope{id: id, version: "2.0", method: "-"}
	_ = checkEnvelope(&m) // it clears an id that is none
	return m.id
}

func (s *Server) noMethod(name string) *Error {
	if len(name) > 100 {
		name = name[:100] + "…"
	}
	e := errorf(CodeNoMethod, "there is no method %q", name)
	if near := schema.Nearest(name, s.names); near != "" {
		return e.withHint("did you mean %q?", near)
	}
	return e.withHint("kernel.hello lists the methods")
}

// refuse answers what is no request of a known method. Without an id the answer has
// the id null, as JSON-RPC says.
func (p *peer) refuse(id []byte, e *Error) {
	if id == nil {
		id = []byte("null")
	}
	p.observe("-", e, time.Now())
	p.send(id, "error", e)
}

// errDuplicate is the answer to a second request with an id.
func errDuplicate(id []byte) *Error {
	return errorf(CodeInvalidRequest, "the id %s is that of a request which is not answered yet", id)
}

// start works on a request on a goroutine of its own, now or when others have ended.
// The error is the answer.
func (p *peer) start(r *request) *Error {
	r.id = append([]byte(nil), r.id...) // it lay in the message
	ctx, cancel := context.WithCancelCause(p.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	var e *Error
	key := string(r.id)
	long := r.method.long
	switch {
	case len(key) > 0 && p.inFlight[key] != nil:
		e = errDuplicate(r.id)
	case long && p.runs >= maxRuns:
		e = errorf(CodeBusy, "%d executions of this client have not ended, and that is the most that may", maxRuns)
	case !long && p.working >= p.server.opts.MaxInFlight && len(p.waiting) >= maxWaiting:
		e = errorf(CodeBusy, "%d requests of this client wait to be worked on, and that is the most that may", maxWaiting).
			withHint("wait for answers before you send more")
	}
	if e != nil {
		cancel(nil)
		return e
	}
	if len(key) == 0 { // a notification
		p.unnamed++
		key = "\x00" + strconv.Itoa(p.unnamed)
	}
	p.inFlight[key] = cancel
	r.ended = func() {
		cancel(nil)
		p.ended(key)
	}
	work := p.inOrder(ctx, r, func() { _ = p.call(ctx, r) }) // only inline methods end the connection
	switch {
	case long:
		p.runs++
		p.tasks.Go(func() {
			work()
			p.mu.Lock()
			p.runs--
			p.mu.Unlock()
		})
	case p.working < p.server.opts.MaxInFlight:
		p.working++
		p.tasks.Go(func() { p.work(work) })
	default:
		p.waiting = append(p.waiting, work)
	}
	return nil
}

// work works on a request, and then on those that wait.
func (p *peer) work(job func()) {
	for job != nil {
		job()
		p.mu.Lock()
		job = nil
		if len(p.waiting) > 0 {
			job = p.waiting[0]
			p.waiting[0] = nil
			p.waiting = p.waiting[1:]
		} else {
			p.waiting = nil
			p.working--
		}
		p.mu.Unlock()
	}
}

// ended forgets a request.
func (p *peer) ended(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inFlight, key)
	if p.quiet != nil && len(p.inFlight) == 0 {
		close(p.quiet)
		p.quiet = nil
	}
}

// errCancelled is why a request ends that its client has cancelled.
var errCancelled = errors.New("the client has cancelled the request")

// call works on a request and answers it. The error ends the connection.
func (p *peer) call(ctx context.Context, r *request) error {
	ctx, ended := p.trace(ctx, r)
	result, err := p.protected(ctx, r)
	ended(err)
	if err == nil {
		p.answer(r, result, nil)
		return nil
	}
	e := asError(ctx, err)
	if e.Code == CodeInternal {
		p.log.Error("a request has failed", zap.String("method", r.method.name), zap.Error(err))
	}
	p.answer(r, nil, e)
	if e.Code == CodeUnauthorized || e.Code == CodeVersion || p.spare != nil && e == p.spare {
		return e
	}
	return nil
}

// trace begins the span of a request, if somebody traces.
func (p *peer) trace(ctx context.Context, r *request) (context.Context, func(error)) {
	t := p.server.opts.Kernel.Services().Tracer
	if t == nil || r.method.name == "kernel.hello" { // each client begins with it
		return ctx, func(error) {}
	}
	return t.StartRequest(ctx, r.method.name, r.traceparent, r.tracestate)
}

// protected calls the method; a panic in it is an error.
func (p *peer) protected(ctx context.Context, r *request) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("a request has panicked", zap.String("method", r.method.name), zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
			err = errorf(CodeInternal, "%s: the kernel has a fault: %v", r.method.name, v).withHint("its log says more; please report it")
		}
	}()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return r.method.call(ctx, p, r)
}

// answer sends the answer of a request, unless it is a notification.
func (p *peer) answer(r *request, result any, e *Error) {
	p.observe(r.method.name, e, r.start)
	r.failed = e != nil
	if r.ended != nil {
		r.ended() // the client may use the id again when it has the answer
	}
	switch {
	case len(r.id) == 0:
	case e != nil:
		p.send(r.id, "error", e)
	default:
		p.send(r.id, "result", result)
	}
}

// send sends the answer to an id.
func (p *peer) send(id []byte, member string, v any) {
	enc := p.server.encoders.get()
	defer p.server.encoders.put(enc)
	data, err := enc.encode(v)
	if err != nil {
		p.log.Error("an answer cannot be written as JSON", zap.Error(err))
		member = "error"
		data, err = enc.encode(errorf(CodeInternal, "the result cannot be written as JSON: %v", err))
		if err != nil { // cannot be: it is text
			return
		}
	}
	p.out.reply(id, member, data)
}

func (p *peer) observe(method string, e *Error, start time.Time) {
	p.server.requests.Add(1)
	if observe := p.server.opts.Observe; observe != nil {
		status := "ok"
		if e != nil {
			status = e.Kind()
		}
		observe(method, status, time.Since(start))
	}
}

// notify sends a notification. It waits for a client that does not read, until that
// is dropped.
func (p *peer) notify(method string, params any) {
	data, err := marshal(params)
	if err != nil {
		p.log.Error("a notification cannot be written as JSON", zap.String("method", method), zap.Error(err))
		return
	}
	p.out.notify(method, data)
}
