package sandbox

import (
	"fmt"
	"strings"
)

// Argument is the command-line flag that adds entries to the list "allow" or
// "deny" of a permission; without entries it means everything.
func Argument(list string, permission Permission, entries ...string) string {
	name := fmt.Sprintf("--%s-%s", list, permission)
	if len(entries) == 0 {
		return name
	}
	texts := make([]string, len(entries))
	for i, entry := range entries {
		// A comma within an entry is doubled, since commas separate entries; a ~
		// would stand for the home folder.
		if strings.HasPrefix(entry, "~") && (permission == Read || permission == Write) {
			entry = "./" + entry
		}
		texts[i] = strings.ReplaceAll(entry, ",", ",,")
	}
	return name + "=" + strings.Join(texts, ",")
}

// Arguments returns the command-line flags that give a command of llmspell this
// policy, and nothing else, whatever its environment says.
func (p *Policy) Arguments() []string {
	all := true
	for _, permission := range Permissions() {
		all = all && p.Rule(permission).All
	}
	out := []string{"--sandbox=safe"}
	if all {
		out[0] = "--sandbox=trusted"
	}
	for _, permission := range Permissions() {
		r := p.Rule(permission)
		switch {
		case all:
		case r.All && permission == Net: // there is no flag for it but trusted
			out = append(out, Argument("allow", Net, "*", "0.0.0.0/0", "::/0"))
		case r.All:
			out = append(out, Argument("allow", permission))
		case len(r.Allow) > 0:
			out = append(out, Argument("allow", permission, r.Allow...))
		}
		if len(r.Deny) > 0 {
			out = append(out, Argument("deny", permission, r.Deny...))
		}
	}
	return out
}
