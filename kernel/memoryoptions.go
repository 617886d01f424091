package kernel

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/sqlite"
)

// MemoryOptions returns what the configuration says of the store behind Memory, and
// where it is: a file, or db.Memory. c may be nil: the defaults.
func MemoryOptions(c *config.Config) (path string, opt sqlite.Options) {
	c = orDefault(c)
	opt = sqlite.Options{
		Wait:    time.Duration(c.Storage.SQLite.BusyTimeoutMs) * time.Millisecond,
		Full:    c.Storage.SQLite.Synchronous == "FULL",
		Journal: c.Storage.SQLite.JournalMode,
	}
	if c.Runtime.Memory.Backend == "memory" {
		return db.Memory, opt
	}
	return cmp.Or(c.Runtime.Memory.DatabasePath, filepath.Join(dataDir(c), "memory.db")), opt
}

// OpenMemory opens the memory of the configured tenant, of another one if tenant is not
// nil. c may be nil. Where memory is switched off the error says so.
func OpenMemory(ctx context.Context, c *config.Config, tenant *string) (*Memory, error) {
	c = orDefault(c)
	if !c.Runtime.Memory.Enabled {
		return nil, errors.New("memory is switched off: set runtime.memory.enabled to true in the configuration")
	}
	path, opt := MemoryOptions(c)
	backend, err := sqlite.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	o := memory.Options{Tenant: c.Runtime.Memory.Tenant, Embed: embedOptions(c), Priors: priors(c)}
	if tenant != nil {
		o.Tenant = *tenant
	}
	m, err := memory.New(backend, o)
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	return &Memory{Memory: m, Backend: backend}, nil
}

// Memory is a memory with the backend that it is kept in.
type Memory struct {
	*memory.Memory
	Backend memory.Backend
}

// Close keeps the index for the next process, and closes the embedder and the backend.
func (m *Memory) Close() error {
	err := m.Memory.Close()
	_ = m.Keep(context.Background()) // what is not kept is built anew
	return errors.Join(err, m.Backend.Close())
}
