package dap

import (
	"encoding/json"
	"slices"
	"sync"
)

// bridgeIDs translates the ids of another server's breakpoints to those that
// the client knows. No request carries one: the way back is not needed.
type bridgeIDs struct {
	mu    sync.Mutex
	known map[int]int // by the other server's id
	last  int         // the largest that the client was given
}

func newBridgeIDs(settings []setting) *bridgeIDs {
	ids := &bridgeIDs{known: map[int]int{}}
	for _, s := range settings {
		ids.last = max(ids.last, slices.Max(append(s.ids, 0)))
	}
	return ids
}

// pair makes theirs the same breakpoints as ours, one by one.
func (d *bridgeIDs) pair(theirs, ours []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, id := range theirs {
		if id != 0 && i < len(ours) && ours[i] != 0 {
			d.known[id] = ours[i]
		}
	}
}

// client translates an id, and gives new breakpoints a number of their own.
func (d *bridgeIDs) client(id int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[id] == 0 {
		d.last++
		d.known[id] = d.last
	}
	return d.known[id]
}

// inResponse translates a body that has breakpoints; others stay as they are.
func (d *bridgeIDs) inResponse(body json.RawMessage) json.RawMessage {
	return rewrite(body, "breakpoints", func(list json.RawMessage) json.RawMessage {
		var all []json.RawMessage
		if json.Unmarshal(list, &all) != nil {
			return list
		}
		for i, one := range all {
			all[i] = rewrite(one, "id", d.id)
		}
		return encoded(all)
	})
}

// inEvent translates the body of a breakpoint or stopped event.
func (d *bridgeIDs) inEvent(e envelope) json.RawMessage {
	switch e.Event {
	case "breakpoint":
		return rewrite(e.Body, "breakpoint", func(one json.RawMessage) json.RawMessage { return rewrite(one, "id", d.id) })
	case "stopped":
		return rewrite(e.Body, "hitBreakpointIds", func(list json.RawMessage) json.RawMessage {
			var ids []int
			if json.Unmarshal(list, &ids) != nil {
				return list
			}
			for i, id := range ids {
				ids[i] = d.client(id)
			}
			return encoded(ids)
		})
	}
	return e.Body
}

func (d *bridgeIDs) id(value json.RawMessage) json.RawMessage {
	var id int
	if json.Unmarshal(value, &id) != nil {
		return value
	}
	return encoded(d.client(id))
}

// rewrite changes one key of an object, if it is there.
func rewrite(object json.RawMessage, key string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil || fields[key] == nil {
		return object
	}
	fields[key] = change(fields[key])
	return encoded(fields)
}

// encoded renders what was decoded before, which cannot fail.
func encoded(v any) json.RawMessage {
	data, _ := json.Marshal(v)
	return data
}
