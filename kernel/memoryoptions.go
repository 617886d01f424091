package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/gather"
	"github.com/llmspell/llmspell/memory/postgres"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/memory/sqlite"
	"github.com/llmspell/llmspell/memory/tokens"
)

// MemoryOptions returns what the configuration says of the file behind Memory, and
// where it is, or db.Memory. c may be nil: the defaults.
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

// PostgresOptions returns what the configuration says of a memory in PostgreSQL.
func PostgresOptions(c *config.Config) (postgres.Options, error) {
	c = orDefault(c)
	m := c.Runtime.Memory
	address, err := config.Expand(m.DatabaseURL, os.LookupEnv)
	if err != nil {
		return postgres.Options{}, fmt.Errorf("runtime.memory.database_url: %w", err)
	}
	return postgres.Options{URL: address, Schema: m.Schema, Timeout: time.Duration(m.StatementTimeoutMs) * time.Millisecond,
		Wait: time.Duration(c.Storage.SQLite.BusyTimeoutMs) * time.Millisecond, NoPgvector: !m.Pgvector}, nil
}

// OpenMemoryBackend opens what the configuration says that memory lies in. c may be nil.
func OpenMemoryBackend(ctx context.Context, c *config.Config) (memory.Backend, error) {
	if c = orDefault(c); c.Runtime.Memory.Backend == "postgres" {
		opt, err := PostgresOptions(c)
		if err != nil {
			return nil, err
		}
		s, err := postgres.Open(ctx, opt)
		if err != nil {
			return nil, err // not a nil *Store in an interface
		}
		return s, nil
	}
	path, opt := MemoryOptions(c)
	s, err := sqlite.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// OpenMemory opens the memory of the configured tenant, of another one if tenant is not
// nil. c may be nil. Where memory is switched off the error says so.
func OpenMemory(ctx context.Context, c *config.Config, tenant *string) (*Memory, error) {
	c = orDefault(c)
	if !c.Runtime.Memory.Enabled {
		return nil, errors.New("memory is switched off: set runtime.memory.enabled to true in the configuration")
	}
	backend, err := OpenMemoryBackend(ctx, c)
	if err != nil {
		return nil, err
	}
	o := memory.Options{Tenant: c.Runtime.Memory.Tenant, Embed: embedOptions(c), Priors: priors(c)}
	if tenant != nil {
		o.Tenant = *tenant
	}
	m := &Memory{Backend: backend}
	if err := m.make(o); err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	return m, nil
}

// Memory is a memory with the documents of the same tenant, contexts of both, and the backend that they are kept in.
type Memory struct {
	*memory.Memory
	Library  *rag.Library
	Contexts *gather.Gatherer
	Backend  memory.Backend
}

// make makes what works on the backend.
func (m *Memory) make(o memory.Options) (err error) {
	if m.Memory, err = memory.New(m.Backend, o); err != nil {
		return err
	}
	counter, err := tokens.New("")
	if err != nil {
		return err
	}
	if m.Library, err = rag.New(m.Backend, rag.Options{Tenant: o.Tenant, Clock: o.Clock, Embedding: m.Embedding(), Counter: counter}); err != nil {
		return err
	}
	m.Contexts, err = gather.New(m.Memory, m.Library, "")
	return err
}

// Meanings are what is known of the vectors of turns, and of those of documents; each is nil without an embedder.
func (m *Memory) Meanings() []*memory.Meaning {
	return []*memory.Meaning{m.Meaning(), m.Library.Meaning()}
}

// EmbedInBackground has vectors made of what lacks one, from now on. It is called once.
func (m *Memory) EmbedInBackground() {
	for _, part := range m.Meanings() {
		part.InBackground()
	}
}

// Close keeps the indexes for the next process, and closes the embedder and the backend.
func (m *Memory) Close() error {
	m.Library.Close()
	err := m.Memory.Close()
	_ = m.Keep(context.Background()) // what is not kept is built anew
	_ = m.Library.Keep(context.Background())
	return errors.Join(err, m.Backend.Close())
}
