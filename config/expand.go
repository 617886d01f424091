package config

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// reference is compiled when a text first holds one.
var reference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)
})

// Expand puts environment variables into a text: ${NAME}, and ${NAME:-default}
// for one that may be missing. A variable that is missing is an error that names
// it.
func Expand(text string, lookup func(string) (string, bool)) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var missing error
	out := reference().ReplaceAllStringFunc(text, func(ref string) string {
		parts := reference().FindStringSubmatch(ref)
		value, ok := lookup(parts[1])
		switch {
		case ok:
			return value
		case parts[2] == "" && missing == nil:
			missing = fmt.Errorf("the environment variable %s is not set; set it, or write ${%s:-default}", parts[1], parts[1])
		}
		return parts[3]
	})
	return out, missing
}

// isReference tells whether a text is nothing but one variable: no secret.
func isReference(text string) bool {
	return strings.HasPrefix(text, "${") && reference().FindString(text) == text && !strings.Contains(text, ":-")
}

// Key returns the provider's key: that of APIKeyEnv, or APIKey with its variables.
// Without either it is "".
func (p *Provider) Key(lookup func(string) (string, bool)) (string, error) {
	if p.APIKeyEnv != "" {
		if v, ok := lookup(p.APIKeyEnv); ok {
			return v, nil
		}
		if p.APIKey == "" {
			return "", fmt.Errorf("the environment variable %s, which api_key_env names, is not set", p.APIKeyEnv)
		}
	}
	return Expand(p.APIKey, lookup)
}
