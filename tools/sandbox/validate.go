package sandbox

import (
	"fmt"
	"strings"
)

// validate checks the entries of all rules. The error names the entry.
func (p *Policy) validate() error {
	for _, permission := range Permissions() {
		r := p.Rule(permission)
		for kind, entries := range map[string][]string{"allow": r.Allow, "deny": r.Deny} {
			for _, entry := range entries {
				if err := validateEntry(permission, entry); err != nil {
					return fmt.Errorf("--%s-%s: the entry %q %w", kind, permission, entry, err)
				}
			}
		}
	}
	return nil
}

func validateEntry(permission Permission, entry string) error {
	switch {
	case permission == Net: // read, and checked, as a whole
		return nil
	case strings.TrimSpace(entry) == "":
		return fmt.Errorf("is empty; %s", wanted(permission))
	case strings.IndexByte(entry, 0) >= 0:
		return fmt.Errorf("contains a zero byte; %s", wanted(permission))
	}
	switch permission {
	case Env:
		return validateEnv(entry)
	case DB:
		return validateDB(entry)
	}
	return nil
}

// wanted says what the entries of a permission are.
func wanted(permission Permission) string {
	switch permission {
	case Run:
		return "give the name or path of a program"
	case Env:
		return "give the name of a variable, in which * stands for any letters"
	case DB:
		return "give the address of a database such as postgres://host/name:ro"
	}
	return "give the path of a file or folder"
}

func validateEnv(entry string) error {
	if strings.Contains(entry, "=") {
		return fmt.Errorf("contains =; %s", wanted(Env))
	}
	return nil
}

func validateDB(entry string) error {
	if strings.ContainsAny(entry, " \t\r\n") {
		return fmt.Errorf("contains a space; %s", wanted(DB))
	}
	return nil
}
