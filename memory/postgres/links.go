package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/llmspell/llmspell/memory"
)

const linkColumns = "select subject, object, predicate, valid_from, valid_to from facts where tenant = $1 and object > 0 and "

// Links calls each for facts between entities that are believed now, or are no longer.
func (r *reader) Links(since memory.Instant, each func(memory.Link) error) error {
	if since == memory.Beginning {
		return r.links(false, each, "known_to = 9223372036854775807", r.id)
	}
	if err := r.links(true, each, "known_to > $2 and known_to < 9223372036854775807 and known_from <= $2", r.id, int64(since)); err != nil {
		return err
	}
	return r.links(false, each, "known_from > $2 and known_to = 9223372036854775807", r.id, int64(since))
}

func (r *reader) links(ended bool, each func(memory.Link) error, which string, args ...any) error {
	predicates := map[string]string{} // each text once
	return r.each(func(row pgx.CollectableRow) error {
		l := memory.Link{Ended: ended}
		var predicate pgtype.DriverBytes
		if err := row.Scan(&l.From, &l.To, &predicate, &l.Valid.From, &l.Valid.To); err != nil {
			return err
		}
		known, ok := predicates[string(predicate)]
		if !ok {
			known = decode(string(predicate))
			predicates[string(predicate)] = known
		}
		l.Predicate = known
		return each(l)
	}, linkColumns+which, args...)
}
