package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/postgres"
	"github.com/llmspell/llmspell/memory/sqlite"
	"github.com/llmspell/llmspell/memory/storage"
)

// placeHelp says what a PLACE may be.
const placeHelp = `A PLACE is sqlite or postgres, as the configuration says where these are; an address postgres://…; an SQLite
database (memory.db); or a file that export has written (memory.jsonl). Nothing that a place holds is ever overwritten.`

func (a *app) storageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "storage",
		Short: "Move the memory between SQLite, PostgreSQL and files",
		Long:  "Move all that the memory holds, of all tenants, between SQLite, PostgreSQL and files, and compare them.\n\n" + placeHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.storageInfo(), a.storageMigrate(), a.storageExport(), a.storageImport(), a.storageValidate())
	return cmd
}

// storePlace is a place that is open.
type storePlace struct {
	storage.Source
	backend memory.Backend // nil: a file
	close   func() error
}

// openPlace opens a place; "" is what the configuration says. make: it may be made.
func openPlace(ctx context.Context, c *config.Config, name string, make bool) (*storePlace, error) {
	name = cmp.Or(name, c.Runtime.Memory.Backend)
	switch {
	case name == "memory":
		return nil, errors.New("the memory is not kept: it ends with each process (runtime.memory.backend is \"memory\" in the configuration)")
	case name == "postgres", strings.HasPrefix(name, "postgres://"), strings.HasPrefix(name, "postgresql://"):
		opt, err := kernel.PostgresOptions(c)
		if err != nil {
			return nil, err
		}
		if name != "postgres" {
			if opt.URL, err = config.Expand(name, os.LookupEnv); err != nil {
				return nil, err
			}
		}
		s, err := postgres.Open(ctx, opt)
		if err != nil {
			return nil, err
		}
		return &storePlace{storage.Backend{Backend: s}, s, s.Close}, nil
	}
	file := *c
	file.Runtime.Memory.Backend = "sqlite"
	path, opt := kernel.MemoryOptions(&file)
	if name != "sqlite" {
		path = name
	}
	kind, err := kindOfFile(path)
	switch {
	case err != nil:
		return nil, err
	case kind == dumpFile:
		f, err := storage.OpenFile(ctx, path)
		if err != nil {
			return nil, err
		}
		return &storePlace{f, nil, f.Close}, nil
	case kind == noFile && !make:
		return nil, fmt.Errorf("there is no %s", path)
	}
	s, err := sqlite.Open(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	return &storePlace{storage.Backend{Backend: s}, s, s.Close}, nil
}

type fileKind int

const (
	noFile fileKind = iota
	database
	dumpFile
)

// kindOfFile tells what a path is of.
func kindOfFile(path string) (fileKind, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		switch filepath.Ext(path) {
		case ".db", ".sqlite", ".sqlite3":
			return noFile, nil
		}
		return 0, fmt.Errorf("there is no place %s: it is sqlite, postgres, postgres://…, an SQLite database (….db), or a file of llmspell storage export", path)
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := []byte("SQLite format 3\x00")
	got := make([]byte, len(head))
	n, err := io.ReadFull(f, got)
	switch {
	case bytes.Equal(got, head):
		return database, nil
	case n > 0 && got[0] == '{':
		return dumpFile, nil
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return 0, err
	}
	return 0, fmt.Errorf("%s is neither an SQLite database nor a file of llmspell storage export", path)
}

// sound fails where a place is damaged: what is damaged would be missing in a copy.
func (p *storePlace) sound(ctx context.Context) error {
	if p.backend == nil { // it was read when it was opened
		return nil
	}
	return p.backend.Check(ctx)
}

// writable is the backend of a place that can be moved to.
func (p *storePlace) writable() (memory.Backend, error) {
	if p.backend == nil {
		return nil, usagef("%s is a file: llmspell storage export writes one", p.Where())
	}
	if s, ok := p.backend.(*sqlite.Store); ok && s.ReadOnly() {
		return nil, fmt.Errorf("%s: %w", p.Where(), db.ErrReadOnly)
	}
	return p.backend, nil
}

// tenantsOf are those that are meant: all, if none is named.
func tenantsOf(ctx context.Context, s storage.Source, named []string) ([]string, error) {
	all, err := s.Tenants(ctx)
	if err != nil || len(named) == 0 {
		return all, err
	}
	for _, n := range named {
		if !slices.Contains(all, n) {
			return nil, fmt.Errorf("%s has no tenant %q; it has %q", s.Where(), n, all)
		}
	}
	return named, nil
}

// withPlaces opens two places, from which and to which something is moved, or that are compared.
func withPlaces(ctx context.Context, c *config.Config, from, to string, make bool, run func(from, to *storePlace) error) error {
	a, err := openPlace(ctx, c, from, false)
	if err != nil {
		return err
	}
	b, err := openPlace(ctx, c, to, make)
	if err != nil {
		return errors.Join(err, a.close())
	}
	if a.Where() == b.Where() {
		return errors.Join(usagef("both places are %s", a.Where()), a.close(), b.close())
	}
	return errors.Join(run(a, b), b.close(), a.close())
}
