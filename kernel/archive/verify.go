package archive

import (
	"archive/zip"
	"context"
	"errors"
	"io"

	"github.com/llmspell/llmspell/kernel/db"
)

// VerifyRest reads what a session has besides its artifacts, which Verify reads: its
// metadata, variables, checkpoints, executions and their entries; of all sessions if id is
// "". It returns what is damaged, 100 of each session at most. The error wraps ErrNotFound,
// or db.ErrCorrupt where not even the record can be read.
func (s *Store) VerifyRest(ctx context.Context, id string) (damaged []error, err error) {
	ids, all := []string{id}, id == ""
	if all {
		list, err := s.List(ctx, Filter{})
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, r := range list {
			ids = append(ids, r.ID)
		}
	}
	for _, id := range ids {
		found, err := s.verifyRest(ctx, id)
		if all && errors.Is(err, ErrNotFound) {
			continue // deleted since
		}
		if err != nil {
			return damaged, err
		}
		for _, why := range found {
			damaged = append(damaged, errf(ErrDamaged, "session %s: %v", id, why))
		}
	}
	return damaged, nil
}

// verifyRest does what an export does, whose readers find all damages, and keeps nothing.
func (s *Store) verifyRest(ctx context.Context, id string) ([]error, error) {
	x := &exporter{s: s, z: zip.NewWriter(io.Discard), m: manifest{Files: map[string]manifestItem{}}, contents: map[int64]string{}, bad: map[int64]error{}, written: map[string][]byte{}}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if err := mustExist(tx, id); err != nil {
			return err
		}
		x.tx = tx
		for _, part := range []func(string) error{x.session, x.variables, x.checkpoints, x.executions, x.entries} {
			if err := part(id); err != nil {
				return err
			}
		}
		return nil
	})
	return x.missing(), err
}
