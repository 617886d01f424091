package memory

import (
	"regexp"
	"slices"
	"strings"
)

// anyone are the roles that say what somebody is in a conversation, and not who.
var anyone = []string{"", "user", "human", "assistant", "ai", "bot", "agent", "model", "system", "tool"}

// label is a name, of one to three words, that stands before what is said: "Ada Lovelace: Hello."
var label = regexp.MustCompile(`^\s*(\p{Lu}[\p{L}\p{M}'’.-]*(?: \p{Lu}[\p{L}\p{M}'’.-]*){0,2}): `)

// speaker is who said an episode, and what they are in the conversation. The role is the
// name, unless it is one that anyone may have: then the name is the member "speaker" or
// "name" of the metadata, or the label before the content; nobody's if there is none.
func speaker(e *Episode) (name, role string) {
	if !slices.Contains(anyone, strings.ToLower(e.Role)) {
		return e.Role, ""
	}
	for _, member := range []string{"speaker", "name"} {
		if name, ok := e.Metadata[member].(string); ok && strings.TrimSpace(name) != "" {
			return name, e.Role
		}
	}
	if m := label.FindStringSubmatch(e.Content); m != nil {
		return m[1], e.Role
	}
	return e.Role, ""
}
