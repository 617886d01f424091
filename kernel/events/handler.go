package events

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// Handler is called with each event of a subscription, one after the other.
type Handler func(ctx context.Context, e *Event) error

// Handle subscribes a handler, which runs on a goroutine of its own until the
// subscription or ctx ends. A failure, also a panic, is told to the hooks at
// EventHandlerError, and the next event comes. The errors are those of Subscribe.
func (b *Bus) Handle(ctx context.Context, opt SubscribeOptions, h Handler, patterns ...string) (*Subscription, error) {
	ctx, cancel := context.WithCancel(ctx)
	s, err := b.subscribe(opt, patterns, cancel)
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		defer b.working.Done()
		defer s.Unsubscribe() // when it was ctx that has ended
		for {
			e, err := s.Receive(ctx)
			if err != nil {
				return
			}
			if err := handled(ctx, h, e); err != nil {
				b.HandlerFailed(ctx, b.opt.Hooks, nil, e, err)
			}
		}
	}()
	return s, nil
}

func handled(ctx context.Context, h Handler, e *Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return h(ctx, e)
}

// HandlerFailed tells the hooks at EventHandlerError that whoever handles events
// has failed with one. Thread is hooks.Call.Thread; r may be nil.
func (b *Bus) HandlerFailed(ctx context.Context, r *hooks.Registry, thread any, e *Event, err error) {
	if r == nil || !r.Has(hooks.EventHandlerError) {
		return
	}
	call := eventCall(hooks.EventHandlerError, e.Type, e.Data, &PublishOptions{Language: e.Language, Meta: e.Meta, Thread: thread})
	call.Data["error"], call.Data["sequence"], call.Data["id"] = err.Error(), e.Sequence, e.ID()
	r.Run(ctx, call)
}
