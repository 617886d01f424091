package dap

import (
	"context"
	"encoding/base64"
	"fmt"

	dap "github.com/google/go-dap"
)

// maxMemory is how many bytes of a string are read at once.
const maxMemory = 1 << 20

// memoryKey names a variable: a child of a container, or with ref 0 an
// expression.
type memoryKey struct {
	ref  int
	name string
}

// memoryRefs are the memory references of variables that the client has been
// shown during a stop.
type memoryRefs map[memoryKey]string

func (m memoryRefs) shown(ref int, v variable) {
	if v.Memory == "" {
		return
	}
	m[memoryKey{ref, v.Name}] = v.Memory
	if v.EvaluateName != "" {
		m[memoryKey{name: v.EvaluateName}] = v.Memory
	}
}

// readMemory returns bytes of a string. What follows its end is not unreadable:
// it does not exist.
func (s *session) readMemory(ctx context.Context, args dap.ReadMemoryArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.Count < 0 || args.Offset < 0 {
		return nil, badArguments("readMemory: offset and count must not be negative")
	}
	ref, err := s.handles.toEngineText(args.MemoryReference)
	if err != nil {
		return nil, err
	}
	data, err := e.ReadMemory(ctx, ref, args.Offset, min(args.Count, maxMemory))
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	return memoryBody{Address: fmt.Sprintf("0x%x", args.Offset), Data: base64.StdEncoding.EncodeToString(data)}, nil
}

// writeMemory replaces bytes of a string.
func (s *session) writeMemory(ctx context.Context, args dap.WriteMemoryArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	ref, err := s.handles.toEngineText(args.MemoryReference)
	if err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(args.Data)
	if err != nil {
		return nil, badArguments("writeMemory: data must be base64: %v", err)
	}
	if args.Offset < 0 {
		return nil, badArguments("writeMemory: offset must not be negative")
	}
	n, err := e.WriteMemory(ctx, ref, args.Offset, data, args.AllowPartial)
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	s.memoryChanged(args.MemoryReference, args.Offset, n)
	s.invalidate("variables")
	return writtenBody{Offset: args.Offset, Written: n}, nil
}

// memoryReplaced tells the client that a variable whose bytes it may show holds
// another string.
func (s *session) memoryReplaced(ctx context.Context, reference string) {
	ref, err := s.handles.toEngineText(reference)
	if err != nil {
		return
	}
	if data, err := s.run.engine.ReadMemory(ctx, ref, 0, maxMemory); err == nil {
		s.memoryChanged(reference, 0, len(data))
	}
}

// memoryChanged tells the client that bytes of a string are others now.
func (s *session) memoryChanged(reference string, offset, count int) {
	if s.offers.SupportsMemoryEvent && count > 0 {
		s.later(func() {
			s.emit("memory", memoryEventBody{Reference: reference, Offset: offset, Count: count})
		})
	}
}
