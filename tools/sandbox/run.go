package sandbox

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// FindProgram returns the absolute path of a program that may be run. An entry
// of the policy is a name, which allows the program that PATH finds under it,
// or an absolute path. Denials are *DeniedError.
func (s *Sandbox) FindProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	check := func(entry string) bool {
		if entry == name || entry == path {
			return true
		}
		found, lookErr := exec.LookPath(entry)
		return lookErr == nil && found == path
	}
	for _, entry := range s.policy.Run.Deny {
		if check(entry) {
			return "", forbidden(Run, name, entry)
		}
	}
	allowed := s.policy.Run.All
	for _, entry := range s.policy.Run.Allow {
		allowed = allowed || check(entry)
	}
	if !allowed {
		return "", denied(Run, name, "is not an allowed program", name)
	}
	if err != nil {
		return "", fmt.Errorf("cannot find the program %q: %w", name, err)
	}
	return path, nil
}
