package dap

import (
	"os"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// masked stands where a secret was.
const masked = "•••"

// minSecret is how long a value must be to be masked wherever it occurs: of a
// shorter one, what is not the secret would be masked, too.
const minSecret = 4

// secrets is what the launch configuration names as not to be shown: variables
// and fields of these names, and the values of such environment variables.
type secrets struct {
	names    globs
	values   []string // longest first, so that none hides in another
	replacer *strings.Replacer
}

// newSecrets reads the names, which may be patterns.
func newSecrets(patterns []string, env map[string]*string) (*secrets, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	lower := make([]string, len(patterns))
	for i, p := range patterns {
		lower[i] = strings.ToLower(p)
	}
	names, err := nameGlobs(lower)
	if err != nil {
		return nil, err
	}
	s := &secrets{names: names}
	add := func(name, value string) {
		if len(value) >= minSecret && s.name(name) && !slices.Contains(s.values, value) {
			s.values = append(s.values, value)
		}
	}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		add(name, value)
	}
	for name, value := range env {
		if value != nil {
			add(name, *value)
		}
	}
	slices.SortFunc(s.values, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, v := range s.values {
		pairs = append(pairs, v, masked)
	}
	s.replacer = strings.NewReplacer(pairs...)
	return s, nil
}

// name tells whether what a variable of this name holds is secret. Letters may
// be large or small.
func (s *secrets) name(name string) bool { return s.names.matches(dotted(strings.ToLower(name))) }

// install tells the engine.
func (s *secrets) install(e *debug.Engine) {
	if s != nil {
		e.SetSecrets(debug.Secrets{Name: s.name, Values: s.values})
	}
}

// redact masks the secret values in a text.
func (s *secrets) redact(text []byte) []byte {
	if s == nil || len(s.values) == 0 {
		return text
	}
	return []byte(s.replacer.Replace(string(text)))
}

// unfinished returns how many bytes at the end of a text may be the beginning
// of a secret value that the next write goes on with.
func (s *secrets) unfinished(text []byte) int {
	if s == nil {
		return 0
	}
	longest := 0
	for _, v := range s.values {
		for n := min(len(v)-1, len(text)); n > longest; n-- {
			if strings.HasPrefix(v, string(text[len(text)-n:])) {
				longest = n
			}
		}
	}
	return longest
}
