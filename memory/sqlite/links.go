package sqlite

import (
	"database/sql"

	"github.com/llmspell/llmspell/memory"
)

// All that is asked of a link stands in the index.
const (
	allLinks = `select f.subject, f.object, f.predicate, f.valid_from, f.valid_to from entities e indexed by entities_key
		cross join facts f indexed by facts_from on f.subject = e.id and f.object > 0 and f.known_to = 9223372036854775807 where e.tenant = ?`
	newLinks = `select subject, object, predicate, valid_from, valid_to from facts indexed by facts_known_from
		where tenant = ? and known_from > ? and known_to = 9223372036854775807 and object > 0`
	endedLinks = `select subject, object, predicate, valid_from, valid_to from facts indexed by facts_known_to
		where tenant = ? and known_to > ? and known_to < 9223372036854775807 and known_from <= ? and object > 0`
)

// Links calls each for facts between entities that are believed now, or are no longer.
func (r *reader) Links(since memory.Instant, each func(memory.Link) error) error {
	if since == memory.Beginning {
		return r.links(false, each, allLinks, r.tenant)
	}
	if err := r.links(true, each, endedLinks, r.tenant, int64(since), int64(since)); err != nil {
		return err
	}
	return r.links(false, each, newLinks, r.tenant, int64(since))
}

func (r *reader) links(ended bool, each func(memory.Link) error, query string, args ...any) error {
	predicates := map[string]string{} // each text once
	var from, to, validFrom, validTo int64
	var text sql.RawBytes
	dest := []any{&from, &to, &text, &validFrom, &validTo}
	return r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		predicate, ok := predicates[string(text)]
		if !ok {
			predicate = string(text)
			predicates[predicate] = predicate
		}
		return each(memory.Link{Edge: memory.Edge{From: from, To: to, Predicate: predicate}, Valid: memory.Span{From: memory.Instant(validFrom), To: memory.Instant(validTo)}, Ended: ended})
	}, query, args...)
}
