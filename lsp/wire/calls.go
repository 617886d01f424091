package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Limits of what one client can have going.
const (
	maxWaiting  = 16 << 10 // requests that wait to be worked on
	maxWaits    = 64       // requests that wait for something
	maxAsked    = 64       // requests to the client without an answer
	panicLength = 200      // of the message of a panic in an answer
)

// call is a request that is being worked on.
type call struct {
	id       raw
	method   string
	work     Work
	ctx      context.Context
	cancel   context.CancelCauseFunc
	answered atomic.Bool
	start    time.Time
}

// receive handles a request or notification.
func (c *Conn) receive(m message) {
	method := *m.Method
	if m.ID == nil {
		c.notification(method, m.Params)
		return
	}
	state := c.state.Load()
	switch {
	case state == stateShutDown:
		c.refuse(m.ID, Errorf(CodeInvalidRequest, "%s: the server has been shut down: only exit may follow", short(method)))
	case method == "initialize" && state != stateNew:
		c.refuse(m.ID, Errorf(CodeInvalidRequest, "initialize: the server is initialized already"))
	case state == stateNew && method != "initialize":
		c.refuse(m.ID, Errorf(CodeNotInitialized, "%s: the first request of a client is initialize", short(method)))
	default:
		c.request(m, method)
	}
}

// request begins a request.
func (c *Conn) request(m message, method string) {
	how, ok := c.methods[method]
	if method == "shutdown" {
		how, ok = c.shutdown(how)
	}
	switch {
	case !ok:
		c.refuse(m.ID, Errorf(CodeMethodNotFound, "there is no method %q", short(method)))
		return
	case how.Request == nil:
		c.refuse(m.ID, Errorf(CodeInvalidRequest, "%s is a notification: send it without an id", method))
		return
	}
	how.Waits = how.Waits || how.WaitsNow != nil && how.WaitsNow()
	k := &call{id: bytes.Clone(m.ID), method: method, start: time.Now()}
	k.ctx, k.cancel = context.WithCancelCause(c.ctx)
	if e := c.enter(k, how); e != nil {
		k.cancel(nil)
		c.refuse(m.ID, e)
		return
	}
	work, err := c.prepare(how, method, m.Params)
	if err != nil {
		c.finishNow(k, nil, err)
		return
	}
	k.work = work
	if how.Inline {
		result, err := c.protected(k)
		if method == "initialize" && err == nil {
			c.state.Store(stateInitialized)
			c.in.Trust()
		}
		c.finishNow(k, result, err)
		return
	}
	c.start(k, how.Waits)
}

// shutdown is the method shutdown: from now on nothing more is begun.
func (c *Conn) shutdown(own Method) (Method, bool) {
	return Method{Inline: true, Request: func(params []byte) (Work, error) {
		return func(ctx context.Context) (any, error) {
			c.state.Store(stateShutDown)
			if own.Request == nil {
				return nil, nil
			}
			work, err := own.Request(params)
			if err != nil {
				return nil, err
			}
			return work(ctx)
		}, nil
	}}, true
}

// enter notes that a request is in flight. The error is its answer.
func (c *Conn) enter(k *call, how Method) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	other := c.inFlight[string(k.id)]
	switch {
	case other != nil && !other.answered.Load(): // who has read its answer may use the id again, also before it is forgotten
		return Errorf(CodeInvalidRequest, "the id %s is that of a request which is not answered yet", k.id)
	case how.Waits && c.waits >= maxWaits:
		return Errorf(CodeServerCancelled, "%s: %d requests of this kind wait already", k.method, maxWaits)
	case len(c.waiting) >= maxWaiting:
		return Errorf(CodeServerCancelled, "%s: %d requests wait already: wait for answers before you send more", k.method, maxWaiting)
	}
	c.inFlight[string(k.id)] = k
	return nil
}

// start has a request worked on, now or when others have ended.
func (c *Conn) start(k *call, waits bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case waits:
		c.waits++
		c.tasks.Go(func() {
			c.do(k)
			c.mu.Lock()
			c.waits--
			c.mu.Unlock()
		})
	case c.working < c.opts.Workers:
		c.working++
		c.tasks.Go(func() { c.work(k) })
	default:
		c.waiting = append(c.waiting, k)
	}
}

// work works on a request, and then on those that wait.
func (c *Conn) work(k *call) {
	for k != nil {
		c.do(k)
		c.mu.Lock()
		k = nil
		if len(c.waiting) > 0 {
			k = c.waiting[0]
			c.waiting[0] = nil
			c.waiting = c.waiting[1:]
		} else {
			c.waiting = nil
			c.working--
		}
		c.mu.Unlock()
	}
}

// do works on a request and answers it.
func (c *Conn) do(k *call) {
	if k.answered.Load() {
		return // cancelled while it waited
	}
	result, err := c.protected(k)
	c.finish(k, result, err)
}

// prepare calls the method's Request; a panic in it is an error.
func (c *Conn) prepare(how Method, method string, params []byte) (work Work, err error) {
	defer c.recovered(method, &err)
	return how.Request(params)
}

// protected calls the work; a panic in it is an error.
func (c *Conn) protected(k *call) (result any, err error) {
	defer c.recovered(k.method, &err)
	return k.work(k.ctx)
}

// recovered makes an error of a panic, and logs it with the stack.
func (c *Conn) recovered(method string, err *error) {
	v := recover()
	if v == nil {
		return
	}
	c.log.Error("a request has panicked", zap.String("method", method), zap.Any("panic", v), zap.ByteString("stack", debug.Stack()))
	text := fmt.Sprint(v)
	if len(text) > panicLength {
		text = text[:panicLength] + "…"
	}
	*err = Errorf(CodeInternal, "%s: the language server has a fault: %s; its log says more, please report it", method, text)
}

// finish answers a request on a goroutine that may wait.
func (c *Conn) finish(k *call, result any, err error) { c.conclude(true, k, result, err) }

// finishNow answers a request on the goroutine that reads.
func (c *Conn) finishNow(k *call, result any, err error) { c.conclude(false, k, result, err) }

func (c *Conn) conclude(patient bool, k *call, result any, err error) {
	var e *Error
	if err != nil {
		e = asError(k.ctx, err)
	}
	if !k.answered.CompareAndSwap(false, true) {
		return
	}
	if e != nil {
		c.reply(patient, k.id, "error", e)
	} else {
		c.reply(patient, k.id, "result", result)
	}
	c.ended(k)
	if c.trace.Load() {
		_ = c.Notify("$/logTrace", map[string]string{"message": fmt.Sprintf("%s took %v", k.method, time.Since(k.start).Round(10*time.Microsecond))})
	}
	if e != nil && e.Close {
		c.End(e)
	}
}

// ended forgets a request that is answered.
func (c *Conn) ended(k *call) {
	k.cancel(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inFlight[string(k.id)] == k {
		delete(c.inFlight, string(k.id))
	}
	if c.quiet != nil && len(c.inFlight) == 0 {
		close(c.quiet)
		c.quiet = nil
	}
}

// cancelRequest answers the request that $/cancelRequest names, if it still can.
func (c *Conn) cancelRequest(params []byte) error {
	var p struct {
		ID raw `json:"id"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return fmt.Errorf("$/cancelRequest: %w", err)
	}
	c.mu.Lock()
	k := c.inFlight[string(p.ID)]
	c.mu.Unlock()
	if k != nil {
		c.abandon(k, errCancelled)
	}
	return nil
}

// abandon answers a request that is not waited for any more.
func (c *Conn) abandon(k *call, why error) {
	k.cancel(why)
	if k.answered.CompareAndSwap(false, true) {
		c.reply(false, k.id, "error", Errorf(CodeCancelled, "the request was cancelled"))
		c.ended(k)
	}
}

// answerAll answers what is still in flight at the end.
func (c *Conn) answerAll() {
	c.mu.Lock()
	var rest []*call
	for _, k := range c.inFlight {
		rest = append(rest, k)
	}
	c.mu.Unlock()
	for _, k := range rest {
		c.abandon(k, errLeft)
	}
}

// settle waits until nothing is in flight, for a while.
func (c *Conn) settle(patience time.Duration) {
	c.mu.Lock()
	if len(c.inFlight) == 0 {
		c.mu.Unlock()
		return
	}
	quiet := make(chan struct{})
	c.quiet = quiet
	c.mu.Unlock()
	select {
	case <-quiet:
	case <-time.After(patience):
	}
}

// notification does what a notification says.
func (c *Conn) notification(method string, params []byte) {
	switch method {
	case "exit":
		c.End(nil)
		c.state.Store(stateShutDown) // what comes now is not begun
		return
	case "$/cancelRequest":
		if err := c.cancelRequest(params); err != nil {
			c.log.Warn("a request could not be cancelled", zap.Error(err))
		}
		return
	case "$/setTrace":
		var p struct {
			Value string `json:"value"`
		}
		_ = json.Unmarshal(params, &p) // what cannot be read is off
		c.trace.Store(p.Value == "messages" || p.Value == "verbose")
		return
	}
	how := c.methods[method]
	if how.Notification == nil || c.state.Load() != stateInitialized {
		return
	}
	var err error
	func() {
		defer c.recovered(method, &err)
		err = how.Notification(params)
	}()
	if err != nil {
		c.log.Error("a notification could not be handled", zap.String("method", method), zap.Error(err))
	}
}

// Decode reads parameters into a value. The error is an answer.
func Decode(params []byte, into any) error {
	if len(params) == 0 {
		params = []byte("{}")
	}
	err := json.Unmarshal(params, into)
	if err == nil {
		return nil
	}
	typ, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if ok && typ.Field == "" {
		return Errorf(CodeInvalidParams, "the parameters cannot be %s: give an object", typ.Value)
	}
	if ok {
		return Errorf(CodeInvalidParams, "the parameter %s cannot be %s", memberPath(typ.Field), typ.Value)
	}
	return Errorf(CodeInvalidParams, "the parameters cannot be read: %v", err)
}

// memberPath is the path of a member without the Go types that encoding/json tells with it,
// which are embedded: members of the protocol begin with a small letter.
func memberPath(path string) string {
	parts := strings.Split(path, ".")
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part != "" && part[0] >= 'A' && part[0] <= 'Z' }), ".")
}

// short is a name from outside, for a message.
func short(name string) string {
	if len(name) > 100 {
		return name[:100] + "…"
	}
	return name
}
