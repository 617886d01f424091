package lint

import (
	"encoding/base64"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// secretForm says what a string is, by its form, that should not be in a script: a
// private key, a signed token, an address with a password. "" is none of them.
func secretForm(s string) string {
	switch {
	case isPrivateKey(s):
		return "a private key"
	case isSignedToken(s):
		return "a signed token (JWT)"
	case hasPassword(s):
		return "an address with a password"
	}
	return ""
}

// isPrivateKey tells whether a text has a private key in PEM, and not only its first line.
func isPrivateKey(s string) bool {
	_, rest, ok := strings.Cut(s, "-----BEGIN ")
	if !ok {
		return false
	}
	label, body, ok := strings.Cut(rest, "-----")
	if !ok || !strings.HasSuffix(label, "PRIVATE KEY") {
		return false
	}
	body, _, _ = strings.Cut(body, "-----")
	body = strings.Join(strings.Fields(body), "")
	return len(body) >= 32 && varied(body) && !isPlaceholder(body)
}

// isSignedToken tells whether a text is a JWT: two objects of JSON and a signature.
func isSignedToken(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "eyJ") || !strings.HasPrefix(parts[1], "eyJ") || len(parts[2]) < 20 {
		return false
	}
	for _, part := range parts {
		if !within(part, "-_") {
			return false
		}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	// The well-known tokens of examples are for this subject.
	return err == nil && varied(parts[2]) && !strings.Contains(string(payload), "1234567890") && !strings.Contains(string(payload), "example")
}

// hasPassword tells whether a text is an address such as scheme://user:password@host.
func hasPassword(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || !within(scheme, "+-.") || strings.ContainsAny(rest, " \n\t\"'") {
		return false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return false
	}
	user, password, ok := strings.Cut(rest[:at], ":")
	host := strings.ToLower(rest[at+1:])
	return ok && user != "" && len(password) >= 6 && host != "" && !strings.Contains(host, "example") &&
		!strings.EqualFold(user, password) && !strings.ContainsAny(password, "$<>{}[]()*%") && !isPlaceholder(password)
}

// isPlaceholder tells whether a text only stands for a secret.
func isPlaceholder(s string) bool {
	s = strings.ToLower(s)
	for _, word := range []string{"xxx", "your", "example", "placeholder", "changeme", "change-me", "change_me", "dummy", "password", "passwd", "secret", "...", "replace", "sample"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// isKept tells whether a string is stored under a name that says it is a secret, and looks
// like one: 32 or more digits and letters in no order.
func (p *pass) isKept(n syntax.Node, s string) bool {
	if len(s) < 32 || len(s) > 512 || !within(strings.TrimRight(s, "="), "+/-_") || !varied(s) || isPlaceholder(s) {
		return false
	}
	digits, letters := strings.ContainsAny(s, "0123456789"), strings.ContainsAny(s, "abcdefABCDEF")
	if !digits || !letters {
		return false
	}
	if hex := strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""; !hex && (strings.ToLower(s) == s || strings.ToUpper(s) == s || strings.ContainsAny(s, "/-_") && strings.Count(s, "/")+strings.Count(s, "-")+strings.Count(s, "_") > len(s)/10) {
		return false // words with dashes, a path
	}
	name := strings.ToLower(p.storedAs(n))
	for _, end := range []string{"api_key", "apikey", "secret", "secret_key", "token", "password", "passwd"} {
		if name == end || strings.HasSuffix(name, "_"+end) || strings.HasSuffix(name, "-"+end) {
			return true
		}
	}
	return false
}

// storedAs is the name of the variable or field that an expression is the value of.
func (p *pass) storedAs(n syntax.Node) string {
	t := p.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.NameField:
		return t.NameOf(t.First(parent))
	case syntax.KeyField:
		if s, ok := t.String(t.First(parent)); ok && t.First(parent) != n {
			return s
		}
	case syntax.ExprList:
		stat := t.Parent(parent)
		if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == parent {
			return ""
		}
		target := t.First(t.First(stat))
		for c := t.First(parent); c != n && target != syntax.None; c = t.Next(c) {
			target = t.Next(target)
		}
		switch t.Kind(target) {
		case syntax.Index:
			return t.NameOf(t.Child(target, 1))
		case syntax.IndexKey:
			s, _ := t.String(t.Child(target, 1))
			return s
		}
		return t.NameOf(target)
	}
	return ""
}

// within tells whether a text has only letters, digits and the characters of extra.
func within(s, extra string) bool {
	for _, c := range s {
		if letter := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'; !letter && !strings.ContainsRune(extra, c) {
			return false
		}
	}
	return true
}

// varied tells whether a text has as many different characters as a secret has.
func varied(s string) bool {
	seen := map[rune]bool{}
	for _, c := range s {
		seen[c] = true
	}
	return len(seen) >= minDistinct
}
