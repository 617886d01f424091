package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/kernel/db"
)

// Create makes a session, which is active, or with Spec.Reuse returns the one of the
// name. Errors wrap ErrInvalid, as where several have the name that is to be
// reused, ErrExists, ErrLimit, or ErrNotFound for the parent.
func (s *Store) Create(ctx context.Context, spec Spec) (*Session, error) {
	r, metadata, err := s.draft(spec)
	if err != nil {
		return nil, err
	}
	var there *Session
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if spec.Reuse {
			var err error
			if there, err = named(tx, r.Name); there != nil || err != nil {
				return err
			}
		}
		if err := s.room(tx); err != nil {
			return err
		}
		if spec.Parent != "" {
			if err := mustExist(tx, spec.Parent); err != nil {
				return fmt.Errorf("the parent: %w", err)
			}
		}
		return insertSession(tx, r, metadata, 1, 1)
	})
	switch {
	case err != nil:
		return nil, err
	case there != nil:
		return there, nil
	}
	return r, nil
}

// draft checks a Spec and makes the record of it.
func (s *Store) draft(spec Spec) (*Session, []byte, error) {
	if spec.ID == "" {
		spec.ID = uuid.NewString()
	}
	if err := CheckID(spec.ID); err != nil {
		return nil, nil, err
	}
	if spec.Name = strings.TrimSpace(spec.Name); spec.Name == "" {
		spec.Name = "session-" + spec.ID[:min(8, len(spec.ID))]
	}
	if err := errors.Join(checkText("name", spec.Name, maxName), checkText("description", spec.Description, maxText),
		checkText("creator", spec.CreatedBy, maxName)); err != nil {
		return nil, nil, err
	}
	tags, err := checkTags(spec.Tags)
	if err != nil {
		return nil, nil, err
	}
	metadata, err := encodeMetadata(spec.Metadata)
	if err != nil {
		return nil, nil, err
	}
	now := timeOf(s.now())
	return &Session{
		ID: spec.ID, Name: spec.Name, Description: spec.Description, Status: Active, Tags: orEmpty(tags),
		Metadata: orEmptyMap(spec.Metadata), CreatedBy: spec.CreatedBy, Parent: spec.Parent, CreatedAt: now, UpdatedAt: now,
	}, metadata, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orEmptyMap(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

// room refuses one more session that is not at its end.
func (s *Store) room(tx *db.Tx) error {
	if s.limits.Sessions < 0 {
		return nil
	}
	var n int
	if err := tx.Row(`SELECT count(*) FROM sessions WHERE status IN ('active', 'suspended')`).Scan(&n); err != nil {
		return err
	}
	if n >= s.limits.Sessions {
		return errf(ErrLimit, "%d sessions are active or suspended, and that is the most there may be (max_sessions): complete or delete one", n)
	}
	return nil
}

func insertSession(tx *db.Tx, r *Session, metadata []byte, nextExecution, nextArtifact int) error {
	res, err := tx.Exec(`INSERT INTO sessions
		(id, name, description, status, reason, metadata, created_by, parent, created, updated, ended, next_execution, next_artifact)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.ID, r.Name, r.Description, string(r.Status), r.Reason, metadata, r.CreatedBy, r.Parent,
		microOf(r.CreatedAt), microOf(r.UpdatedAt), microOf(r.EndedAt), nextExecution, nextArtifact)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return errf(ErrExists, "session %s exists already", r.ID)
	}
	return insertTags(tx, r.ID, r.Tags)
}

func insertTags(tx *db.Tx, id string, tags []string) error {
	for _, t := range tags {
		if _, err := tx.Exec(`INSERT INTO session_tags (session, tag) VALUES (?, ?)`, id, t); err != nil {
			return err
		}
	}
	return nil
}

func noSession(id string) error { return errf(ErrNotFound, "there is no session %q", clip(id)) }

func mustExist(tx *db.Tx, id string) error {
	_, err := statusOf(tx, id)
	return err
}

func statusOf(tx *db.Tx, id string) (Status, error) {
	var st string
	err := tx.Row(`SELECT status FROM sessions WHERE id = ?`, id).Scan(&st)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noSession(id)
	}
	return Status(st), err
}

// Get returns the session of an id. The error wraps ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) (*Session, error) {
	var r *Session
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		list, err := selectSessions(tx, `WHERE s.id = ?`, id)
		if err == nil && len(list) == 0 {
			err = noSession(id)
		}
		if err == nil {
			r = list[0]
		}
		return err
	})
	return r, err
}

// selectSessions reads records with all that belongs to them. rest begins with
// WHERE.
func selectSessions(tx *db.Tx, rest string, args ...any) ([]*Session, error) {
	return collect(tx, scanSession, `SELECT s.id, s.name, s.description, s.status, s.reason, s.metadata, s.created_by, s.parent,
		s.created, s.updated, s.ended,
		coalesce((SELECT group_concat(tag, char(31)) FROM session_tags t WHERE t.session = s.id), ''),
		(SELECT count(*) FROM executions e WHERE e.session = s.id),
		(SELECT count(*) FROM variables v WHERE v.session = s.id),
		s.artifacts, s.artifact_bytes
		FROM sessions s `+rest, args...)
}

// tagSeparator cannot be part of a tag's text that people see: see checkTags.
const tagSeparator = "\x1f"

func scanSession(scan func(...any) error) (*Session, error) {
	r := &Session{}
	var metadata []byte
	var status, tags string
	var created, updated, ended int64
	if err := scan(&r.ID, &r.Name, &r.Description, &status, &r.Reason, &metadata, &r.CreatedBy, &r.Parent,
		&created, &updated, &ended, &tags, &r.Executions, &r.Variables, &r.Artifacts, &r.ArtifactBytes); err != nil {
		return nil, err
	}
	r.Status, r.Tags = Status(status), splitTags(tags)
	r.CreatedAt, r.UpdatedAt, r.EndedAt = timeOf(created), timeOf(updated), timeOf(ended)
	var err error
	if r.Metadata, err = decodeMetadata(metadata); err != nil {
		// The rest of the record is good, and the session must be found to be exported or deleted.
		r.Metadata, r.Damaged = map[string]any{}, fmt.Sprintf("its metadata are damaged: %v", err)
	}
	return r, nil
}

func splitTags(joined string) []string {
	if joined == "" {
		return []string{}
	}
	tags := strings.Split(joined, tagSeparator)
	slices.Sort(tags)
	return tags
}

// Update changes a session that is not archived, and returns it. Errors wrap
// ErrNotFound, ErrStatus, ErrInvalid.
func (s *Store) Update(ctx context.Context, id string, c Change) (*Session, error) {
	if c.Name != nil {
		trimmed := strings.TrimSpace(*c.Name)
		if c.Name = &trimmed; trimmed == "" {
			return nil, errf(ErrInvalid, "the name is empty")
		}
		if err := checkText("name", trimmed, maxName); err != nil {
			return nil, err
		}
	}
	if c.Description != nil {
		if err := checkText("description", *c.Description, maxText); err != nil {
			return nil, err
		}
	}
	tags, err := checkTags(c.Tags)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := mayChange(tx, id); err != nil {
			return err
		}
		if err := s.updateMetadata(tx, id, c.Metadata); err != nil {
			return err
		}
		if c.Tags != nil {
			if _, err := tx.Exec(`DELETE FROM session_tags WHERE session = ?`, id); err != nil {
				return err
			}
			if err := insertTags(tx, id, tags); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE sessions SET name = coalesce(?, name), description = coalesce(?, description), updated = ? WHERE id = ?`,
			c.Name, c.Description, s.now(), id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// mayChange refuses what there is not, and what is archived.
func mayChange(tx *db.Tx, id string) error {
	status, err := statusOf(tx, id)
	if err == nil && status == Archived {
		err = errf(ErrStatus, "session %s is archived: it can be read, exported and deleted, but not changed", id)
	}
	return err
}

func (s *Store) updateMetadata(tx *db.Tx, id string, change map[string]any) error {
	if len(change) == 0 {
		return nil
	}
	var data []byte
	if err := tx.Row(`SELECT metadata FROM sessions WHERE id = ?`, id).Scan(&data); err != nil {
		return err
	}
	m, err := decodeMetadata(data)
	if err != nil {
		return errf(ErrDamaged, "session %s: its metadata are damaged, and cannot be changed: %v; export the session, which leaves them out, and import it with --new-id", id, err)
	}
	for k, v := range change {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	if data, err = encodeMetadata(m); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sessions SET metadata = ? WHERE id = ?`, data, id)
	return err
}

// SetStatus changes the status of a session, with what there is to say about it,
// and returns it. Errors wrap ErrNotFound or ErrStatus; the latter says which
// statuses may follow. A session in which something is executed is not archived: the
// error wraps ErrRunning.
func (s *Store) SetStatus(ctx context.Context, id string, to Status, reason string) (*Session, error) {
	return s.setStatus(ctx, id, to, reason, false)
}

// ForceArchive archives a session, also while something is executed in it, whose end
// is not kept then: it ends with an error that wraps ErrLost.
func (s *Store) ForceArchive(ctx context.Context, id, reason string) (*Session, error) {
	return s.setStatus(ctx, id, Archived, reason, true)
}

func (s *Store) setStatus(ctx context.Context, id string, to Status, reason string, force bool) (*Session, error) {
	if err := checkText("reason", reason, maxText); err != nil {
		return nil, err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		from, err := statusOf(tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(from.Next(), to) {
			return transitionError(id, from, to)
		}
		if to == Archived {
			if !force {
				err = s.mustRest(tx, id)
			} else {
				err = cutOff(tx, id, s.now())
			}
			if err != nil {
				return err
			}
		}
		ended := int64(0)
		if to == Completed || to == Failed {
			ended = s.now()
		}
		// The end of a session that is archived stays what it was.
		_, err = tx.Exec(`UPDATE sessions SET status = ?, reason = ?, updated = ?,
			ended = CASE WHEN ? = 'archived' THEN ended ELSE ? END WHERE id = ?`, string(to), reason, s.now(), string(to), ended, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

func transitionError(id string, from, to Status) error {
	next := from.Next()
	if len(next) == 0 {
		return errf(ErrStatus, "session %s is %s, which it stays: it cannot become %s, only be deleted", id, from, to)
	}
	words := make([]string, len(next))
	for i, n := range next {
		words[i] = string(n)
	}
	if from == to {
		return errf(ErrStatus, "session %s is %s already; it can become %s", id, from, strings.Join(words, ", "))
	}
	return errf(ErrStatus, "session %s is %s and cannot become %s; it can become %s", id, from, to, strings.Join(words, ", "))
}

// Delete deletes sessions with all that belongs to them, all or none. An error
// wraps ErrNotFound, or ErrRunning where something is executed in one. Sessions whose
// parent is deleted stay.
func (s *Store) Delete(ctx context.Context, ids ...string) error {
	return s.delete(ctx, ids, false)
}

// ForceDelete is Delete also of sessions in which something is executed. It goes on,
// cannot keep anything in the session any more, and ends with an error that wraps
// ErrLost.
func (s *Store) ForceDelete(ctx context.Context, ids ...string) error {
	return s.delete(ctx, ids, true)
}

func (s *Store) delete(ctx context.Context, ids []string, force bool) error {
	if err := s.db.Free(ctx, func(tx *db.Tx) error {
		for _, id := range ids {
			if !force {
				if err := s.mustRest(tx, id); err != nil {
					return err
				}
			}
			if err := s.deleteSession(tx, id); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return s.tell(ctx, ids)
}

// contentsOfSession selects the contents that a session refers to.
const contentsOfSession = `SELECT content FROM artifacts WHERE session = ?1 UNION SELECT source FROM executions WHERE session = ?1
	UNION SELECT variables FROM executions WHERE session = ?1 AND variables IS NOT NULL UNION SELECT variables FROM checkpoints WHERE session = ?1`

func (s *Store) deleteSession(tx *db.Tx, id string) error {
	contents, err := collect(tx, scanID, contentsOfSession, id)
	if err != nil {
		return err
	}
	res, err := tx.Exec(`DELETE FROM sessions WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return noSession(id)
	}
	if err := dropUnused(tx, contents...); err != nil {
		return err
	}
	return s.remember(tx, id)
}

func scanID(scan func(...any) error) (id int64, err error) { return id, scan(&id) }
