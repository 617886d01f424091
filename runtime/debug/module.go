package debug

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// modules are the files that were loaded, and what each holds now.
type modules struct {
	list  []Module
	texts map[string][sha256.Size]byte // by id: digests
}

// Modules lists the files that the script has loaded, oldest first.
func (e *Engine) Modules() []Module {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.modules.list)
}

// moduleID is the id of the module that a source is; "" for none.
func moduleID(src *runtime.Source) string {
	if src == nil || src.By == "" {
		return ""
	}
	return src.Path
}

// addModule makes a loaded file known. isNew tells whether the handler should
// hear of it, again whether the file was known with another text.
func (e *Engine) addModule(src *runtime.Source) (m Module, isNew, again bool) {
	id := moduleID(src)
	if id == "" {
		return Module{}, false, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	text := sha256.Sum256([]byte(src.Chunk.Source))
	old, known := e.modules.texts[id]
	if e.modules.texts == nil {
		e.modules.texts = map[string][sha256.Size]byte{}
	}
	e.modules.texts[id] = text
	if known {
		i := slices.IndexFunc(e.modules.list, func(m Module) bool { return m.ID == id })
		changed := old != text
		return e.modules.list[i], changed, changed
	}
	m = Module{ID: id, Name: src.Module, Path: src.Path, By: src.By}
	if m.Name == "" {
		m.Name = filepath.Base(src.Path)
	}
	e.modules.list = append(e.modules.list, m)
	return m, true, false
}

// TerminateThread ends a coroutine: the next time that it would run, it raises
// an error that nothing in it can catch, and is dead. The main thread cannot be
// ended alone. In a script that waits in a Go function the coroutine ends when
// that returns.
func (e *Engine) TerminateThread(thread int) error {
	if thread == 1 {
		return errors.New("the main thread cannot be terminated alone: use terminate")
	}
	e.mu.Lock()
	gone := e.detached
	e.mu.Unlock()
	if gone {
		return ErrEnded
	}
	var err error
	kill := func(*lua.LState) {
		var th *lua.LState
		if th, err = e.thread(thread); err == nil {
			e.st.Kill(th)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), e.patience())
	defer cancel()
	switch doErr := e.st.Do(ctx, kill); {
	case errors.Is(doErr, context.DeadlineExceeded):
		e.st.Post(func(*lua.LState) {
			if th, err := e.thread(thread); err == nil {
				e.st.Kill(th)
			}
		})
		return nil
	case doErr != nil:
		return fmt.Errorf("terminate thread %d: %w", thread, doErr)
	}
	return err
}
