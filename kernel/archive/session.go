package archive

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Status of a session.
type Status string

// The statuses.
const (
	Active    Status = "active"    // may execute
	Suspended Status = "suspended" // set aside; Resume makes it active
	Completed Status = "completed" // has done what it was for
	Failed    Status = "failed"    // could not do it; Resume makes it active
	Archived  Status = "archived"  // is kept as it is, for good
)

// Statuses returns all statuses, in the order of a session's life.
func Statuses() []Status { return []Status{Active, Suspended, Completed, Failed, Archived} }

// ParseStatus reads a status, in any case.
func ParseStatus(s string) (Status, error) {
	st := Status(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(Statuses(), st) {
		return st, nil
	}
	return "", fmt.Errorf("%q is not a status; want active, suspended, completed, failed or archived", clip(s))
}

// Next returns the statuses that may follow s.
func (s Status) Next() []Status {
	switch s {
	case Active:
		return []Status{Suspended, Completed, Failed, Archived}
	case Suspended:
		return []Status{Active, Completed, Failed, Archived}
	case Completed:
		return []Status{Archived}
	case Failed:
		return []Status{Active, Archived}
	}
	return nil
}

// The errors that callers branch on, each wrapped with details.
var (
	// ErrNotFound: there is no such session, artifact, execution or checkpoint.
	ErrNotFound = errors.New("not found")
	// ErrExists: there is such a session already.
	ErrExists = errors.New("exists")
	// ErrStatus: the status of the session does not allow it.
	ErrStatus = errors.New("not in this status")
	// ErrLimit: a limit of the store would be passed.
	ErrLimit = errors.New("limit")
	// ErrDamaged: what is kept is not what was stored.
	ErrDamaged = errors.New("damaged")
	// ErrRunning: something is executed in the session. The error is a *RunningError.
	ErrRunning = errors.New("running")
	// ErrLost: the session was deleted or archived while something was executed in it.
	ErrLost = errors.New("lost")
	// ErrInvalid: what was given cannot be kept.
	ErrInvalid = errors.New("invalid")
)

// classed is an error of one of the classes above whose text does not repeat it.
type classed struct {
	class error
	text  string
}

func (e *classed) Error() string { return e.text }
func (e *classed) Unwrap() error { return e.class }

func errf(class error, format string, args ...any) error {
	return &classed{class, fmt.Sprintf(format, args...)}
}

// Session is the record of a session.
type Session struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Status      Status         `json:"status"`
	Reason      string         `json:"reason,omitempty"` // why it failed, or what was said when the status changed
	Tags        []string       `json:"tags"`             // sorted
	Metadata    map[string]any `json:"metadata"`
	CreatedBy   string         `json:"created_by,omitempty"`
	Parent      string         `json:"parent,omitempty"` // id of another session
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
	EndedAt     time.Time      `json:"ended_at,omitzero"` // when it was completed or failed

	Executions    int   `json:"executions"`     // in its journal
	Artifacts     int   `json:"artifacts"`      // that it has
	ArtifactBytes int64 `json:"artifact_bytes"` // of their contents, each counted
	Variables     int   `json:"variables"`      // that are kept

	// Damaged says why Metadata are empty though the record has some, which cannot be
	// read; "": they are as stored.
	Damaged string `json:"damaged,omitempty"`
}

// Spec says what a new session is like.
type Spec struct {
	ID          string // "": a random one
	Name        string // "": "session" and the beginning of the id
	Description string
	Tags        []string
	Metadata    map[string]any
	CreatedBy   string
	Parent      string // the id of a session, or ""
	// Reuse makes Create return the session of this name, as it is, if there is
	// one. Processes that do so at the same time get the same session.
	Reuse bool
}

// Change says what to change about a session; nil leaves as it is.
type Change struct {
	Name, Description *string
	Tags              []string       // in the place of all tags; not nil but empty: none
	Metadata          map[string]any // laid over what is there; a nil value removes
}

// Limits on the texts of a record.
const (
	maxName     = 256
	maxText     = 64 << 10
	maxTags     = 100
	maxTag      = 128
	maxMetadata = 1 << 20
)

func checkText(what, s string, limit int) error {
	switch {
	case len(s) > limit:
		return errf(ErrInvalid, "the %s has %d bytes; at most %d are allowed", what, len(s), limit)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return errf(ErrInvalid, "the %s %q is not text in UTF-8", what, clip(s))
	}
	return nil
}

func checkTags(tags []string) ([]string, error) {
	if len(tags) > maxTags {
		return nil, errf(ErrInvalid, "there are %d tags; at most %d are allowed", len(tags), maxTags)
	}
	out := slices.Clone(tags)
	for i, t := range out {
		if err := checkText("tag", t, maxTag); err != nil {
			return nil, err
		}
		if out[i] = strings.TrimSpace(t); out[i] == "" {
			return nil, errf(ErrInvalid, "a tag is empty")
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func encodeMetadata(m map[string]any) ([]byte, error) {
	if m == nil {
		m = map[string]any{}
	}
	data, err := Encode(m)
	if err != nil {
		return nil, errf(ErrInvalid, "the metadata: %v", err)
	}
	if len(data) > maxMetadata {
		return nil, errf(ErrInvalid, "the metadata has %d bytes; at most %d are allowed: keep large values as artifacts", len(data), maxMetadata)
	}
	return data, nil
}

func decodeMetadata(data []byte) (map[string]any, error) {
	v, err := Decode(data)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the metadata is not an object")
	}
	return m, nil
}

// CheckID returns the error of an id that is no good name for a session.
func CheckID(id string) error {
	if id == "" || len(id) > 128 {
		return errf(ErrInvalid, "the session id %q must have 1 to 128 characters", clip(id))
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:", r)) {
			return errf(ErrInvalid, "the session id %q holds %q: use letters, digits and - _ . :", clip(id), r)
		}
	}
	return nil
}
