package archive

import (
	"context"
	"errors"
	"io"
)

// VerifyRest reads what a session has besides its artifacts, which Verify reads: its
// metadata, variables, checkpoints, executions and their entries; of all sessions if id is
// "". It returns what is damaged, 100 of each session at most. The error wraps ErrNotFound,
// or db.ErrCorrupt where not even the record can be read.
func (s *Store) VerifyRest(ctx context.Context, id string) (damaged []error, err error) {
	return s.verifyRests(ctx, id, false)
}

// verifyRests is VerifyRest; strict makes it an error that the database is damaged.
func (s *Store) verifyRests(ctx context.Context, id string, strict bool) (damaged []error, err error) {
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
		found, err := s.verifyRest(ctx, id, strict)
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
func (s *Store) verifyRest(ctx context.Context, id string, strict bool) ([]error, error) {
	x := s.newExporter(io.Discard, id)
	x.strict = strict
	err := x.read(ctx, id, x.session, x.variables, x.checkpoints, x.executions, x.entries)
	return x.missing(), err
}
