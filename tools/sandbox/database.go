package sandbox

import (
	"net/url"
	"strings"
)

// CheckDB tells whether a database server may be used, for reading or for
// writing. The address is a URL; its credentials and query are not looked at
// and never shown. The error is a *DeniedError.
func (s *Sandbox) CheckDB(address *url.URL, write bool) error {
	target := (&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String()
	matches := func(entry string) (matched, writable bool) {
		entry, readOnly := strings.CutSuffix(entry, ":ro")
		entry = strings.TrimSuffix(entry, ":rw")
		return matchName(entry, target), !readOnly
	}
	for _, entry := range s.policy.DB.Deny {
		if ok, _ := matches(entry); ok {
			return forbidden(DB, target, entry)
		}
	}
	if s.policy.DB.All {
		return nil
	}
	reason := "is not allowed"
	for _, entry := range s.policy.DB.Allow {
		switch ok, writable := matches(entry); {
		case ok && (writable || !write):
			return nil
		case ok:
			reason = "is allowed for reading only"
		}
	}
	if !write {
		return denied(DB, target, reason, target+":ro")
	}
	return denied(DB, target, reason, target+":rw")
}
