package kernel

import (
	"context"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
)

// Notify runs hooks at a point that tells of something in the kernel and asks for
// nothing: those of the kernel now, those of sessions' scripts at the next safe
// point of what runs in them, or else at the end of their next execution. Data is
// made only when somebody listens.
func (k *Kernel) Notify(ctx context.Context, p hooks.Point, about hooks.Component, data func() map[string]any) {
	k.opts.Services.Hooks.Notify(ctx, p, about, data)
	for _, h := range k.Sessions() {
		if h.session.hooks.HasOwn(p) {
			h.session.tell(&hooks.Call{Point: p, Component: about, Data: data()})
		}
	}
}

// publish publishes an event of the kernel, if anybody could see it. What happens in
// the kernel does not depend on who listens.
func (k *Kernel) publish(eventType string, data map[string]any) {
	if b := k.opts.Services.Events; b.Wanted(eventType) {
		_, _ = b.Publish(context.Background(), eventType, data, events.PublishOptions{Hooks: k.opts.Services.Hooks})
	}
}

// SetStateEvents says whether StateChanged publishes anything.
func (k *Kernel) SetStateEvents(on bool) { k.stateEvents.Store(on) }

// StateChanged publishes a change of the state that a client has made. Those of scripts
// are published by their sessions.
func (k *Kernel) StateChanged(c state.Change) {
	if k.stateEvents.Load() {
		k.publish(events.StateChanged, map[string]any{"scope": c.Scope.String(), "key": c.Key, "action": c.Operation})
	}
}

// begins runs the hooks of a session that is to be made. They may change its name,
// and refuse it.
func (k *Kernel) begins(o *SessionOptions) error {
	registry := k.opts.Services.Hooks
	if !registry.Has(hooks.SessionStart) {
		return nil
	}
	call := &hooks.Call{Point: hooks.SessionStart, Component: hooks.Component{Type: "session", Name: o.ID},
		Data: map[string]any{"session_id": o.ID, "name": o.Name, "record": o.Record}}
	if _, err := registry.Ask(context.Background(), call); err != nil {
		return err
	}
	if name, ok := call.Data["name"].(string); ok {
		o.Name = name
	}
	return nil
}

// tellOpened publishes that a session was made.
func (k *Kernel) tellOpened(h *Hosted) {
	k.publish(events.SessionCreated, map[string]any{"session": h.id, "name": h.opts.Name})
}

// tellClosed runs the hooks of a session's end, and publishes it.
func (k *Kernel) tellClosed(h *Hosted) {
	k.mu.Lock()
	reason := h.reason
	k.mu.Unlock()
	h.session.ended(h.opts.Name, reason)
	data := map[string]any{"session": h.id, "name": h.opts.Name}
	if reason != "" {
		data["reason"] = reason
	}
	k.publish(events.SessionClosed, data)
}
