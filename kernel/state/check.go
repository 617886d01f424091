package state

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/kernel/db"
)

// maxNamed is how many damaged values are named.
const maxNamed = 10

// Check reads everything and compares the checksums. Damage is an error that
// matches db.ErrCorrupt and names the values that are hit.
func (s *Store) Check(ctx context.Context) error {
	err := s.db.Check(ctx)
	if err != nil && !errors.Is(err, db.ErrCorrupt) {
		return err
	}
	bad, n, sums := s.wrongSums(ctx)
	if n > 0 {
		sums = &db.Error{Path: s.Path(), Class: db.ErrCorrupt, Err: fmt.Errorf("the checksums of these values are wrong: %s", named(bad, n)),
			Hint: "write them anew, or restore a backup"}
	}
	return errors.Join(err, sums)
}

// CheckFile is Check of a store's file, to which it writes nothing. The error matches
// db.ErrMissing where there is no file.
func CheckFile(ctx context.Context, path string) error {
	opt := dbOptions(Options{})
	opt.ReadOnly = true
	d, err := db.Open(ctx, path, opt)
	if err != nil {
		return err
	}
	s := &Store{db: d, time: timekeeper{clock: systemClock()}}
	return errors.Join(s.Check(ctx), d.Close())
}

// wrongSums counts the values, former ones too, whose checksum is wrong, and names some.
func (s *Store) wrongSums(ctx context.Context) (bad []string, n int, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		bad, n = nil, 0
		for _, table := range []string{"entries", "history"} {
			if err := eachRow(tx, func(r *row) error {
				if r.verify(s) == nil {
					return nil
				}
				if n++; n <= maxNamed {
					bad = append(bad, r.scope+" "+r.key)
				}
				return nil
			}, "select "+columns+" from "+table); err != nil {
				return err
			}
		}
		return nil
	})
	return bad, n, err
}

// named lists n things, of which some have names.
func named(names []string, n int) string {
	text := strings.Join(names, ", ")
	if more := n - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
