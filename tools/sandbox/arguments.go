package sandbox

import "fmt"

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
			out = append(out, "--allow-net=*,0.0.0.0/0,::/0")
		case r.All:
			out = append(out, fmt.Sprintf("--allow-%s", permission))
		default:
			for _, entry := range r.Allow {
				out = append(out, flag("allow", permission, entry))
			}
		}
		for _, entry := range r.Deny {
			out = append(out, flag("deny", permission, entry))
		}
	}
	return out
}
