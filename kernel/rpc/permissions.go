package rpc

import (
	"encoding/json"
	"errors"
)

// PermissionList is true, for everything of a kind, or a list of entries.
type PermissionList struct {
	All     bool
	Entries []string
}

// MarshalJSON implements json.Marshaler.
func (l PermissionList) MarshalJSON() ([]byte, error) {
	if l.All {
		return []byte("true"), nil
	}
	return json.Marshal(append([]string{}, l.Entries...))
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *PermissionList) UnmarshalJSON(data []byte) error {
	*l = PermissionList{}
	if json.Unmarshal(data, &l.All) == nil || json.Unmarshal(data, &l.Entries) == nil {
		return nil
	}
	return errors.New("want true or a list of texts")
}
