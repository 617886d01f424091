package archive

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// ArtifactType says where an artifact comes from.
type ArtifactType string

// The types of artifacts.
const (
	AgentOutput     ArtifactType = "agent_output"
	ToolResult      ArtifactType = "tool_result"
	UserInput       ArtifactType = "user_input"
	SystemGenerated ArtifactType = "system_generated"
	Custom          ArtifactType = "custom"
)

// ArtifactTypes returns all types.
func ArtifactTypes() []ArtifactType {
	return []ArtifactType{AgentOutput, ToolResult, UserInput, SystemGenerated, Custom}
}

// ParseArtifactType reads a type, in any case, with - or _ or nothing between its
// words.
func ParseArtifactType(s string) (ArtifactType, error) {
	flat := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	for _, t := range ArtifactTypes() {
		if strings.ReplaceAll(string(t), "_", "") == flat {
			return t, nil
		}
	}
	return "", errf(ErrInvalid, "%q is not a type of artifacts; want agent_output, tool_result, user_input, system_generated or custom", clip(s))
}

// Artifact is a content with what is known of it. Session and Sequence together
// name it.
type Artifact struct {
	Session   string         `json:"session_id"`
	Sequence  int            `json:"sequence"`     // counts the artifacts of the session, from 1
	Hash      string         `json:"content_hash"` // see Hash
	Name      string         `json:"name"`
	Version   int            `json:"version"` // counts those of one name, from 1
	Type      ArtifactType   `json:"type"`
	Mime      string         `json:"mime_type"`
	Size      int64          `json:"size"`        // bytes
	Stored    int64          `json:"stored_size"` // bytes in the database, shared by all that have the same content
	Tags      []string       `json:"tags"`        // sorted
	Metadata  map[string]any `json:"metadata"`
	CreatedAt time.Time      `json:"created_at"`
	CreatedBy string         `json:"created_by,omitempty"`
	// Damaged says what of it cannot be read, and why: its metadata, which are nil then, or its
	// content, whose hash is "" then. "": both can be, though the content may still be damaged.
	Damaged    string `json:"damaged,omitempty"`
	contentRow int64
}

// ArtifactSpec says what a new artifact is like.
type ArtifactSpec struct {
	Session   string
	Name      string
	Type      ArtifactType // "": Custom
	Mime      string       // "": told from the name and the content
	Tags      []string
	Metadata  map[string]any
	CreatedBy string
}

// StoreArtifact reads a content to its end and keeps it as a new artifact: a
// further version, if the session has one of the name. Memory does not grow with
// the content. Errors wrap ErrNotFound, ErrStatus, ErrInvalid or ErrLimit; then
// nothing is kept.
func (s *Store) StoreArtifact(ctx context.Context, spec ArtifactSpec, content io.Reader) (*Artifact, error) {
	a, metadata, err := newArtifact(spec)
	if err != nil {
		return nil, err
	}
	if err := s.db.Look(ctx, func(tx *db.Tx) error { return mayChange(tx, a.Session) }); err != nil {
		return nil, err // before anything large is written
	}
	st, err := s.stage(ctx, content, s.limits.ArtifactBytes, true)
	if err != nil {
		return nil, err
	}
	a.Hash, a.Size = st.hash, st.size
	if a.Mime == "" {
		a.Mime = mimeOf(a.Name, st.head)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := mayChange(tx, a.Session); err != nil {
			return err
		}
		if err := s.artifactRoom(tx, a); err != nil {
			return err
		}
		if a.contentRow, err = s.settle(tx, st); err != nil {
			return err
		}
		a.CreatedAt = timeOf(s.now())
		if err := nextNumbers(tx, a); err != nil {
			return err
		}
		if err := tx.Row(`SELECT stored FROM contents WHERE id = ?`, a.contentRow).Scan(&a.Stored); err != nil {
			return err
		}
		return insertArtifact(tx, a, metadata)
	})
	if err != nil {
		s.unstage(st)
		return nil, err
	}
	return a, nil
}

func newArtifact(spec ArtifactSpec) (*Artifact, []byte, error) {
	if spec.Type == "" {
		spec.Type = Custom
	}
	if !slices.Contains(ArtifactTypes(), spec.Type) {
		_, err := ParseArtifactType(string(spec.Type))
		return nil, nil, err
	}
	if strings.TrimSpace(spec.Name) == "" {
		return nil, nil, errf(ErrInvalid, "the artifact has no name")
	}
	if err := errors.Join(checkText("name of the artifact", spec.Name, maxName), checkText("MIME type", spec.Mime, maxName),
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
	return &Artifact{
		Session: spec.Session, Name: spec.Name, Type: spec.Type, Mime: spec.Mime, Tags: orEmpty(tags),
		Metadata: orEmptyMap(spec.Metadata), CreatedBy: spec.CreatedBy,
	}, metadata, nil
}

// mimeOf tells the type of a content: by the ending of the name, if that has a
// type, else by how the content begins.
func mimeOf(name string, head []byte) string {
	switch strings.ToLower(path.Ext(name)) { // the same on every machine
	case ".md":
		return "text/markdown; charset=utf-8"
	case ".lua":
		return "text/x-lua; charset=utf-8"
	case ".json":
		return "application/json"
	case ".csv":
		return "text/csv; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return http.DetectContentType(head)
}

// artifactRoom refuses what would pass a limit of the session.
func (s *Store) artifactRoom(tx *db.Tx, a *Artifact) error {
	var n int
	var size int64
	if err := tx.Row(`SELECT artifacts, artifact_bytes FROM sessions WHERE id = ?`, a.Session).Scan(&n, &size); err != nil {
		return err
	}
	if limit := s.limits.Artifacts; limit >= 0 && n >= limit {
		return errf(ErrLimit, "session %s has %d artifacts, which is the most it may have (max_artifacts_per_session): delete some, or use another session", a.Session, n)
	}
	if limit := s.limits.SessionBytes; limit >= 0 && size+a.Size > limit {
		return errf(ErrLimit, "the artifacts of session %s would have %d bytes, and %d are the most they may have: delete some, or use another session", a.Session, size+a.Size, limit)
	}
	return nil
}

func nextNumbers(tx *db.Tx, a *Artifact) error {
	if err := tx.Row(`UPDATE sessions SET next_artifact = next_artifact + 1, updated = ? WHERE id = ? RETURNING next_artifact - 1`,
		microOf(a.CreatedAt), a.Session).Scan(&a.Sequence); err != nil {
		return err
	}
	return tx.Row(`SELECT coalesce(max(version), 0) + 1 FROM artifacts WHERE session = ? AND name = ?`, a.Session, a.Name).Scan(&a.Version)
}

func insertArtifact(tx *db.Tx, a *Artifact, metadata []byte) error {
	if _, err := tx.Exec(`INSERT INTO artifacts (session, sequence, name, version, type, mime, content, created, created_by, metadata)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.Session, a.Sequence, a.Name, a.Version, string(a.Type), a.Mime, a.contentRow,
		microOf(a.CreatedAt), a.CreatedBy, metadata); err != nil {
		return err
	}
	if err := countArtifact(tx, a.Session, 1, a.Size); err != nil {
		return err
	}
	for _, t := range a.Tags {
		if _, err := tx.Exec(`INSERT INTO artifact_tags (session, artifact, tag) VALUES (?, ?, ?)`, a.Session, a.Sequence, t); err != nil {
			return err
		}
	}
	return nil
}

// countArtifact keeps the number and the size of a session's artifacts.
func countArtifact(tx *db.Tx, session string, n int, size int64) error {
	_, err := tx.Exec(`UPDATE sessions SET artifacts = artifacts + ?, artifact_bytes = artifact_bytes + ? WHERE id = ?`, n, size, session)
	return err
}
