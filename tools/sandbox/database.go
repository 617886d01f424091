package sandbox

import (
	"net/url"
	"strings"
)

// CheckDB tells whether a database server may be used, for reading or for
// writing. The address is a URL; its credentials and query are not looked at
// and never shown. The error is a *DeniedError.
func (s *Sandbox) CheckDB(address *url.URL, write bool) error {
	target := databaseName((&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String())
	matches := func(entry string) (matched, writable bool) {
		entry, readOnly := strings.CutSuffix(entry, ":ro")
		entry = strings.TrimSuffix(entry, ":rw")
		if _, rest, ok := strings.Cut(entry, "://"); ok && !strings.Contains(rest, "/") {
			entry += "/*" // a server without a name stands for all its databases
		}
		return matchName(databaseName(entry), target), !readOnly
	}
	for _, entry := range s.policy.DB.Deny {
		// ":ro" behind it denies no less: who may not read cannot write either.
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

// databaseName writes an address, or an entry, in the one way in which they are
// compared: the kind of database by its first name, the host in small letters,
// without the port that is the usual one.
func databaseName(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	host, path, _ := strings.Cut(rest, "/")
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	port := ""
	switch scheme {
	case "postgres", "postgresql", "pgx":
		scheme, port = "postgres", ":5432"
	case "mysql", "mariadb":
		scheme, port = "mysql", ":3306"
	}
	if port != "" {
		host = strings.TrimSuffix(host, port)
	}
	name, number := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, number = host[:i], host[i:]
	}
	return scheme + "://" + strings.TrimSuffix(name, ".") + number + "/" + strings.Trim(path, "/")
}
