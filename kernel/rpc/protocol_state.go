package rpc

import "time"

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
	Scope string `json:"scope,omitempty"`
	Key   string `json:"key"`
	Value any    `json:"value"`
	TTLMS int64  `json:"ttl_ms,omitempty"` // how long it lives; 0: for ever
	// Version makes it a compare-and-set: the value is written only if it has this
	// version now; 0: if there is none.
	Version *int64 `json:"version,omitempty"`
}

// StateEntry is a value with what is known about it.
type StateEntry struct {
	Scope    string    `json:"scope"`
	Key      string    `json:"key"`
	Value    any       `json:"value"`
	Version  int64     `json:"version"`  // 1 when it was made, one more for each write
	Revision int64     `json:"revision"` // greater than that of any earlier write
	Created  time.Time `json:"created"`
	Written  time.Time `json:"written"`
	Expires  time.Time `json:"expires,omitzero"`
	Size     int       `json:"size"` // bytes
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
}

// StateList are entries, by key.
type StateList struct {
	Entries []StateEntry `json:"entries"`
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
