package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// ArtifactRef names an artifact of a session: by Sequence, if that is not 0, else
// by Hash, else by Name. The last of several is meant; of a name, Version if that
// is not 0.
type ArtifactRef struct {
	Session  string
	Sequence int
	Hash     string
	Name     string
	Version  int
}

func (r ArtifactRef) String() string {
	switch {
	case r.Sequence != 0:
		return fmt.Sprintf("artifact %d of session %s", r.Sequence, clip(r.Session))
	case r.Hash != "":
		return fmt.Sprintf("artifact with the content %s in session %s", clip(r.Hash), clip(r.Session))
	case r.Version != 0:
		return fmt.Sprintf("version %d of artifact %q in session %s", r.Version, clip(r.Name), clip(r.Session))
	}
	return fmt.Sprintf("artifact %q in session %s", clip(r.Name), clip(r.Session))
}

// ArtifactQuery says which artifacts to list. All that is set must fit.
type ArtifactQuery struct {
	Session       string // "": of all sessions
	Type          ArtifactType
	Name          string   // a pattern: * stands for any text, ? for one character
	Tags          []string // all of these
	Hash          string
	CreatedAfter  time.Time // at this time or later
	CreatedBefore time.Time // before this time
	MinSize       int64
	MaxSize       int64 // 0: any
	Latest        bool  // only the last version of each name
	Limit         int   // 0: all
	Offset        int
}

const selectArtifacts = `SELECT a.session, a.sequence, coalesce(c.hash, ''), a.name, a.version, a.type, a.mime, coalesce(c.size, 0), coalesce(c.stored, 0), a.metadata,
	a.created, a.created_by, a.content,
	coalesce((SELECT group_concat(tag, char(31)) FROM artifact_tags t WHERE t.session = a.session AND t.artifact = a.sequence), '')
	FROM artifacts a LEFT JOIN contents c ON c.id = a.content `

func scanArtifact(scan func(...any) error) (*Artifact, error) {
	a := &Artifact{}
	var typ, tags string
	var metadata []byte
	var created int64
	if err := scan(&a.Session, &a.Sequence, &a.Hash, &a.Name, &a.Version, &typ, &a.Mime, &a.Size, &a.Stored, &metadata, &created, &a.CreatedBy, &a.contentRow, &tags); err != nil {
		return nil, err
	}
	a.Type, a.Tags, a.CreatedAt = ArtifactType(typ), splitTags(tags), timeOf(created)
	var err error
	a.Metadata, err = decodeMetadata(metadata)
	switch {
	case err != nil:
		a.Damaged = fmt.Sprintf("its metadata are damaged: %v", err)
	case a.Hash == "":
		a.Damaged = fmt.Sprintf("its content %d is missing", a.contentRow)
	default:
		return a, nil
	}
	return a, errf(ErrDamaged, "artifact %d (%s) of session %s: %s", a.Sequence, clip(a.Name), a.Session, a.Damaged)
}

// QueryArtifacts returns the artifacts that fit, in the order of their creation. Where
// the error wraps ErrDamaged they are returned all the same: see Artifact.Damaged.
func (s *Store) QueryArtifacts(ctx context.Context, f ArtifactQuery) ([]*Artifact, error) {
	w := &where{}
	for _, c := range []struct {
		set  bool
		term string
		arg  any
	}{
		{f.Session != "", `a.session = ?`, f.Session},
		{f.Type != "", `a.type = ?`, string(f.Type)},
		{f.Name != "", `a.name GLOB ?`, glob(f.Name)},
		{f.Hash != "", `c.hash = ?`, f.Hash},
		{f.MinSize > 0, `c.size >= ?`, f.MinSize},
		{f.MaxSize > 0, `c.size <= ?`, f.MaxSize},
	} {
		if c.set {
			w.add(c.term, c.arg)
		}
	}
	for _, t := range f.Tags {
		w.add(`EXISTS (SELECT 1 FROM artifact_tags t WHERE t.session = a.session AND t.artifact = a.sequence AND t.tag = ?)`, t)
	}
	if f.Latest {
		w.add(`NOT EXISTS (SELECT 1 FROM artifacts b WHERE b.session = a.session AND b.name = a.name AND b.version > a.version)`)
	}
	w.times("a.created", f.CreatedAfter, f.CreatedBefore)
	var out []*Artifact
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if f.Session != "" {
			if err := mustExist(tx, f.Session); err != nil {
				return err
			}
		}
		out, err = collectSound(tx, scanArtifact, selectArtifacts+w.String()+` ORDER BY a.created, a.session, a.sequence`+page(f.Limit, f.Offset), w.args...)
		return err
	})
	return out, err
}

// Artifact finds an artifact. The error wraps ErrNotFound, or ErrDamaged, with which it is
// returned all the same.
func (s *Store) Artifact(ctx context.Context, ref ArtifactRef) (a *Artifact, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, err = findArtifact(tx, ref)
		return err
	})
	return a, err
}

func findArtifact(tx *db.Tx, ref ArtifactRef) (*Artifact, error) {
	if err := mustExist(tx, ref.Session); err != nil {
		return nil, err
	}
	term, args := `a.name = ? AND (a.version = ? OR ? = 0)`, []any{ref.Session, ref.Name, ref.Version, ref.Version}
	switch {
	case ref.Sequence != 0:
		term, args = `a.sequence = ?`, []any{ref.Session, ref.Sequence}
	case ref.Hash != "":
		term, args = `c.hash = ?`, []any{ref.Session, strings.ToLower(ref.Hash)}
	}
	list, err := collectSound(tx, scanArtifact, selectArtifacts+`WHERE a.session = ? AND `+term+` ORDER BY a.sequence DESC LIMIT 1`, args...)
	switch {
	case len(list) > 0:
		return list[0], err
	case err == nil:
		err = errf(ErrNotFound, "there is no %s", ref)
	}
	return nil, err
}

// OpenArtifact reads the content of an artifact that the Store has returned. The
// reader fails with ErrDamaged, at the end at the latest, if the content is not
// the one that was stored. It belongs to one goroutine, and holds nothing open.
func (s *Store) OpenArtifact(ctx context.Context, a *Artifact) io.Reader {
	return s.openContent(ctx, a.contentRow, a.Hash, a.Size)
}

// DeleteArtifact deletes an artifact, and its content if no other has it. Errors
// wrap ErrNotFound or ErrStatus.
func (s *Store) DeleteArtifact(ctx context.Context, ref ArtifactRef) (a *Artifact, err error) {
	err = s.db.Free(ctx, func(tx *db.Tx) error {
		if a, err = findArtifact(tx, ref); err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		if err := mayChange(tx, a.Session); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM artifacts WHERE session = ? AND sequence = ?`, a.Session, a.Sequence); err != nil {
			return err
		}
		if err := countArtifact(tx, a.Session, -1, -a.Size); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE sessions SET updated = ? WHERE id = ?`, s.now(), a.Session); err != nil {
			return err
		}
		return dropUnused(tx, a.contentRow)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Verify reads the contents of all artifacts of a session, of all sessions if id
// is "", and returns those that are damaged, with what is wrong.
func (s *Store) Verify(ctx context.Context, id string) (checked int, damaged map[*Artifact]error, err error) {
	list, err := s.QueryArtifacts(ctx, ArtifactQuery{Session: id})
	if err != nil && !errors.Is(err, ErrDamaged) {
		return 0, nil, err
	}
	damaged = map[*Artifact]error{}
	done := map[int64]error{} // by content
	for _, a := range list {
		result, known := done[a.contentRow]
		if !known {
			if _, result = io.Copy(io.Discard, s.OpenArtifact(ctx, a)); result != nil && !errors.Is(result, ErrDamaged) && !errors.Is(result, db.ErrCorrupt) {
				return checked, damaged, result
			}
			done[a.contentRow] = result
		}
		checked++
		if result == nil && a.Damaged != "" {
			result = errf(ErrDamaged, "%s", a.Damaged)
		}
		if result != nil {
			damaged[a] = result
		}
	}
	return checked, damaged, nil
}

// IsHash tells whether a text has the form of a content hash.
func IsHash(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == 32
}
