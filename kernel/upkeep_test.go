package kernel

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
)

func TestUpkeep(t *testing.T) {
	m, err := memory.New(inmem.New(nil), memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for id, at := range map[string]time.Time{"old": time.Now().Add(-48 * time.Hour), "new": time.Now()} {
		text := map[string]string{"old": "I live in Rome.", "new": "My name is Ann."}[id]
		if _, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: id, Role: "user", Content: text, Time: at}); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Default()
	c.Runtime.Memory.RetentionDays, c.Runtime.Memory.Daemon.Enabled, c.Runtime.Memory.Consolidation.ActiveSessionThresholdSecs = 1, true, 0
	core, logs := observer.New(zap.InfoLevel)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		MemoryUpkeep(c).Run(ctx, func() (*memory.Memory, error) { return m, nil }, zap.New(core))
	}()
	for logs.Len() < 2 { // what each of the two says, in whichever order; the test's own time limit ends it
		select {
		case <-t.Context().Done():
			t.Fatal(logs.All())
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	<-done
	list, err := m.List(t.Context(), memory.Filter{})
	if err != nil || len(list) != 1 || list[0].ID != "new" || !list[0].Processed {
		t.Errorf("%+v, %v", list, err)
	}
	if k, err := m.Know(t.Context(), "Ann", nil); err != nil || k.Name != "user" {
		t.Errorf("%+v, %v", k, err)
	}
}

// Nothing is opened for nothing, and what fails is told.
func TestUpkeepThatDoesNothing(t *testing.T) {
	c := config.Default()
	opened := 0
	open := func() (*memory.Memory, error) { opened++; return nil, errors.New("no memory") }
	MemoryUpkeep(c).Run(t.Context(), open, zap.NewNop())
	c.Runtime.Memory.Enabled, c.Runtime.Memory.Daemon.Enabled, c.Runtime.Memory.RetentionDays = false, true, 1
	MemoryUpkeep(c).Run(t.Context(), open, zap.NewNop())
	if opened != 0 {
		t.Errorf("memory was opened %d times", opened)
	}
	c.Runtime.Memory.Enabled = true
	core, logs := observer.New(zap.WarnLevel)
	u := MemoryUpkeep(c)
	if wait := u.consolidate(t.Context(), open, zap.New(core)); wait != u.Slow {
		t.Errorf("waits %v", wait)
	}
	u.retain(t.Context(), open, zap.New(core))
	if logs.Len() != 2 {
		t.Errorf("%v", logs.All())
	}
}
