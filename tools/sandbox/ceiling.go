package sandbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// CeilingError is what a client has asked for that the operator of a server does
// not allow.
type CeilingError struct {
	Permission Permission
	Entry      string // "": everything
	Linked     bool   // the entry is allowed, but leads elsewhere by a link
}

func (e *CeilingError) Error() string {
	switch {
	case e.Entry == "":
		return fmt.Sprintf("this server's operator does not allow everything of the permission %q: ask for less, or have the server started with --allow-%s", e.Permission, e.Permission)
	case e.Linked:
		return fmt.Sprintf("this server's operator does not allow %s %q, which leads elsewhere by a link: leave it out", e.Permission, e.Entry)
	}
	return fmt.Sprintf("this server's operator does not allow %s %q: leave it out, or have the server started with --allow-%s=%s", e.Permission, e.Entry, e.Permission, e.Entry)
}

// Add adds lists to the rule of a permission, as the flags --allow-… and --deny-…
// do; the booleans mean everything.
func (p *Policy) Add(permission Permission, allowAll bool, allow []string, denyAll bool, deny []string) {
	rule := p.Rule(permission)
	switch {
	case allowAll && permission == Net:
		rule.Allow = append(rule.Allow, "*") // public hosts; Trusted allows the others
	case allowAll:
		rule.All = true
	}
	rule.Allow = append(rule.Allow, allow...)
	switch {
	case denyAll && (permission == Read || permission == Write):
		rule.Deny = append(rule.Deny, string(filepath.Separator))
	case denyAll:
		rule.Deny = append(rule.Deny, "*")
	}
	rule.Deny = append(rule.Deny, deny...)
}

// Limit makes sure that a policy allows nothing that the ceiling does not, and takes
// over what that denies. Absolute makes paths of either absolute. The error is a
// *CeilingError. What links lead to, WithinFolders tells of the sandboxes.
func (p *Policy) Limit(ceiling *Policy, absolute func(string) string) error {
	for _, permission := range Permissions() {
		rule, most := p.Rule(permission), ceiling.Rule(permission)
		rule.Deny = append(rule.Deny, most.Deny...)
		if most.All {
			continue
		}
		if rule.All {
			return &CeilingError{Permission: permission}
		}
		for _, entry := range rule.Allow {
			if !slices.ContainsFunc(most.Allow, func(allowed string) bool { return includes(permission, allowed, entry, absolute) }) {
				return &CeilingError{Permission: permission, Entry: entry}
			}
		}
	}
	return nil
}

// includes tells whether an entry of a ceiling includes one of a policy.
func includes(p Permission, allowed, entry string, absolute func(string) string) bool {
	if allowed == entry {
		return true
	}
	switch p {
	case Read, Write:
		rel, err := filepath.Rel(absolute(allowed), absolute(entry))
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) && !filepath.IsAbs(rel)
	case Env:
		return allowed == "*" || strings.HasSuffix(allowed, "*") && strings.Count(allowed, "*") == 1 && strings.HasPrefix(entry, allowed[:len(allowed)-1])
	case DB:
		return strings.TrimSuffix(allowed, ":rw") == strings.TrimSuffix(strings.TrimSuffix(entry, ":ro"), ":rw") && !strings.HasSuffix(allowed, ":ro")
	}
	return false
}
