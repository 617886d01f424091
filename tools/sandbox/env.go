package sandbox

import (
	"os"
	"strings"
)

// Environment is where a sandbox reads variables. Nil functions stand for the
// process's environment.
type Environment struct {
	Lookup func(name string) (string, bool)
	List   func() []string // "NAME=value"
}

// Getenv reads an environment variable. The error is a *DeniedError.
func (s *Sandbox) Getenv(name string) (value string, set bool, err error) {
	if err := s.policy.Env.nameAllowed(Env, name); err != nil {
		return "", false, err
	}
	if s.env.Lookup != nil {
		value, set = s.env.Lookup(name)
		return value, set, nil
	}
	value, set = os.LookupEnv(name)
	return value, set, nil
}

// Environ lists the variables that may be read, each as "NAME=value".
func (s *Sandbox) Environ() []string {
	list := s.env.List
	if list == nil {
		list = os.Environ
	}
	var out []string
	for _, pair := range list() {
		if name, _, ok := strings.Cut(pair, "="); ok && s.policy.Env.nameAllowed(Env, name) == nil {
			out = append(out, pair)
		}
	}
	return out
}
