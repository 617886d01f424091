//go:build unix

package storage

import (
	"context"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/postgres"
)

func servers() []place {
	return []place{{"postgres", func(t testing.TB) memory.Backend {
		s, err := postgres.Open(context.Background(), postgres.Options{URL: dbserver.StartPostgres(t).Admin()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}}}
}
