package rpc

import (
	"time"

	"github.com/llmspell/llmspell/kernel/state"
)

// StateValue is a value of the store, V as state.Encode takes it and state.Decode
// gives it. It is JSON; what JSON has no words for is written as docs/state.md says.
type StateValue struct{ V any }

// MarshalJSON is state.Encode.
func (v StateValue) MarshalJSON() ([]byte, error) { return state.Encode(v.V) }

// UnmarshalJSON is state.Decode.
func (v *StateValue) UnmarshalJSON(data []byte) (err error) {
	v.V, err = state.Decode(data)
	return err
}

// StateKey names a value of the store behind the global State; docs/state.md
// describes it.
type StateKey struct {
	// Scope is "global", a kind and an id as in "session:42", or a name of one's own; "":
	// global.
	Scope string `json:"scope,omitempty"`
	Key   string `json:"key"`
}

// StateSetParams write a value.
type StateSetParams struct {
	Scope string     `json:"scope,omitempty"`
	Key   string     `json:"key"`
	Value StateValue `json:"value"`            // null is no value: what is there is removed
	TTLMS int64      `json:"ttl_ms,omitempty"` // how long it lives; 0: for ever
	// Version makes it a compare-and-set: the value is written only if it has this
	// version now; 0: if there is none.
	Version *int64 `json:"version,omitempty"`
}

// StateEntry is a value with what is known about it.
type StateEntry struct {
	Scope    string     `json:"scope"`
	Key      string     `json:"key"`
	Value    StateValue `json:"value"`
	Version  int64      `json:"version"`  // 1 when it was made, one more for each write
	Revision int64      `json:"revision"` // greater than that of any earlier write
	Created  time.Time  `json:"created"`
	Written  time.Time  `json:"written"`
	Expires  time.Time  `json:"expires,omitzero"`
	Size     int        `json:"size"`              // bytes
	Damaged  string     `json:"damaged,omitempty"` // why the value is null: its checksum is wrong
}

// StateGetResult is what was found.
type StateGetResult struct {
	Found bool        `json:"found"`
	Entry *StateEntry `json:"entry,omitempty"`
}

// StateSetResult is what is there now. Written is false if the version was another.
type StateSetResult struct {
	Written bool        `json:"written"`
	Entry   *StateEntry `json:"entry,omitempty"` // absent if there is none
}

// StateDeleted tells whether there was a value.
type StateDeleted struct {
	Deleted bool `json:"deleted"`
}

// StateListParams choose entries of a scope.
type StateListParams struct {
	Scope  string `json:"scope,omitempty"`
	Prefix string `json:"prefix,omitempty"` // of the keys
	After  string `json:"after,omitempty"`  // the last key of the page before
	Limit  int    `json:"limit,omitempty"`  // 0: 1,000
	Values bool   `json:"values,omitempty"` // with their values
	// Damaged lists a value that is damaged without it, and says so. Otherwise one is an
	// error of the whole list.
	Damaged bool `json:"damaged,omitempty"`
}

// StateList are entries, by key. More tells that there are others behind them: a
// page has fewer than Limit if its values are large.
type StateList struct {
	Entries []StateEntry `json:"entries"`
	More    bool         `json:"more,omitempty"`
}

// StateScope names a scope.
type StateScope struct {
	Scope string `json:"scope,omitempty"` // "": global
}

// StateCleared counts what was deleted.
type StateCleared struct {
	Deleted int `json:"deleted"`
}

// StateScopes are the scopes that have values.
type StateScopes struct {
	Scopes []StateScopeInfo `json:"scopes"`
}

// StateScopeInfo says what is in a scope.
type StateScopeInfo struct {
	Scope   string `json:"scope"`
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
}

// StateExportParams choose what is exported.
type StateExportParams struct {
	Scope  string `json:"scope,omitempty"`  // "": all scopes
	Format string `json:"format,omitempty"` // json or toml; "": json
	// SkipDamaged leaves out values that are damaged. Otherwise one is an error.
	SkipDamaged bool `json:"skip_damaged,omitempty"`
}

// StateExported is a transfer of an export.
type StateExported struct {
	Transfer string `json:"transfer"`
	Size     int64  `json:"size"`    // bytes
	Entries  int    `json:"entries"` // values
	// Damaged counts what was left out, and LeftOut says of each what is wrong, of 100 at most.
	Damaged int      `json:"damaged,omitempty"`
	LeftOut []string `json:"left_out,omitempty"`
}

// StateImportParams say what is imported.
type StateImportParams struct {
	Transfer string `json:"transfer"`        // an export, JSON or TOML; it is ended
	Scope    string `json:"scope,omitempty"` // only the values of this scope; "": all
	// Merge keeps the values that the export does not have. Without it, all values of
	// the store, or of Scope, go first.
	Merge bool `json:"merge,omitempty"`
	// AnySchema takes values of another schema version than the store's, as they are.
	// Without it they are refused, unless the store has no values: then it takes theirs.
	AnySchema bool `json:"any_schema,omitempty"`
}

// StateImported counts what was imported.
type StateImported struct {
	Entries int `json:"entries"`
	// Private is how many were left out: they were of sessions in memory, which have ended.
	Private int `json:"private,omitempty"`
	// Archived is how many were left out: they belong to archived sessions, which keep what they have. ArchivedScopes names some.
	Archived       int    `json:"archived,omitempty"`
	ArchivedScopes string `json:"archived_scopes,omitempty"`
	// Replaced is how many values were there and went, without merge.
	Replaced int `json:"replaced,omitempty"`
	// Repeated is how many of the entries were written over by a later one of the same scope and key, without merge.
	Repeated int `json:"repeated,omitempty"`
}

// StateBackup is a copy of the store.
type StateBackup struct{ state.Backup }

// StateRestored is a copy of what was in the store before, and what was done.
type StateRestored struct{ state.Restored }

// StateBackups are backups, the latest first.
type StateBackups struct {
	Backups []state.Backup `json:"backups"`
}

// StateBackupSpec says what a new backup is for.
type StateBackupSpec struct {
	Description string `json:"description,omitempty"`
}

// StateBackupParam names a backup.
type StateBackupParam struct {
	ID string `json:"id"`
}

// StateBackupRetention says which backups are kept.
type StateBackupRetention struct {
	Keep          int     `json:"keep"`                      // this many of the latest, however old
	MaxAgeSeconds float64 `json:"max_age_seconds,omitempty"` // and others that are not older
}
