package dap

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// permissionArguments are the launch attributes that say what the script may
// touch, as the flags of llmspell run do.
type permissionArguments struct {
	// Sandbox is what is allowed to begin with: safe, restricted or trusted.
	Sandbox  string `json:"sandbox"`
	AllowAll bool   `json:"allowAll"`

	AllowRead  permissionList `json:"allowRead"`
	AllowWrite permissionList `json:"allowWrite"`
	AllowNet   permissionList `json:"allowNet"`
	AllowRun   permissionList `json:"allowRun"`
	AllowEnv   permissionList `json:"allowEnv"`
	AllowDB    permissionList `json:"allowDb"`
	DenyRead   permissionList `json:"denyRead"`
	DenyWrite  permissionList `json:"denyWrite"`
	DenyNet    permissionList `json:"denyNet"`
	DenyRun    permissionList `json:"denyRun"`
	DenyEnv    permissionList `json:"denyEnv"`
	DenyDB     permissionList `json:"denyDb"`
}

// permissionList is true, for everything of a kind, or a list of entries.
type permissionList struct {
	all     bool
	entries []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *permissionList) UnmarshalJSON(data []byte) error {
	*l = permissionList{}
	var one string
	switch {
	case string(data) == "null":
		return nil
	case json.Unmarshal(data, &l.all) == nil, json.Unmarshal(data, &l.entries) == nil:
	case json.Unmarshal(data, &one) == nil:
		l.entries = []string{one}
	default:
		return errors.New("the attributes allow… and deny… must be true or a list of texts")
	}
	return nil
}

// lists returns the lists of a permission, and their names.
func (a *permissionArguments) lists(p sandbox.Permission) (allow, deny permissionList, name string) {
	switch p {
	case sandbox.Read:
		return a.AllowRead, a.DenyRead, "Read"
	case sandbox.Write:
		return a.AllowWrite, a.DenyWrite, "Write"
	case sandbox.Net:
		return a.AllowNet, a.DenyNet, "Net"
	case sandbox.Run:
		return a.AllowRun, a.DenyRun, "Run"
	case sandbox.Env:
		return a.AllowEnv, a.DenyEnv, "Env"
	}
	return a.AllowDB, a.DenyDB, "Db"
}

// sandbox makes the sandbox of a launched script.
func (s *session) sandbox(args launchArguments) (*sandbox.Sandbox, error) {
	policy, err := args.policy(s.server.opts.Policy)
	if err != nil {
		return nil, err
	}
	box, err := sandbox.New(args.Cwd, policy)
	if err != nil {
		return nil, badArguments("launch: %v", err)
	}
	if s.server.opts.Policy == nil {
		return box, nil
	}
	// What the entries of the launch lead to by links, must be allowed too. The
	// sandbox, once made, sticks to what they lead to now.
	most, err := s.server.opts.Policy(filepath.Dir(args.Program))
	if err != nil {
		return nil, err
	}
	ceiling, err := sandbox.New(args.Cwd, most)
	if err != nil {
		return nil, badArguments("launch: %v", err)
	}
	if p, entry, ok := box.WithinFolders(ceiling); !ok {
		return nil, badArguments("launch: %v", &sandbox.CeilingError{Permission: p, Entry: entry, Linked: true})
	}
	return box, nil
}

// policy is what the script may touch. operator, if not nil, gives what must
// not be exceeded.
func (a *launchArguments) policy(operator func(folder string) (sandbox.Policy, error)) (sandbox.Policy, error) {
	folder := filepath.Dir(a.Program)
	profile := a.Sandbox
	if a.AllowAll {
		if profile != "" && profile != "trusted" {
			return sandbox.Policy{}, badArguments("allowAll and sandbox %q contradict each other", profile)
		}
		profile = "trusted"
	}
	var ceiling *sandbox.Policy
	if operator != nil {
		p, err := operator(folder)
		if err != nil {
			return p, err
		}
		ceiling = &p
	}
	var policy sandbox.Policy
	switch profile {
	case "safe":
	case "trusted":
		policy = sandbox.Trusted()
	case "", "restricted":
		policy = sandbox.Restricted(folder)
		if a.Cwd != "" && ceiling == nil { // the client trusts its workspace
			policy.Read.Allow, policy.Write.Allow = append(policy.Read.Allow, a.Cwd), append(policy.Write.Allow, a.Cwd)
		}
		if profile == "" && ceiling != nil {
			policy = *ceiling
		}
	default:
		return policy, badArguments("sandbox %q is unknown: use safe, restricted or trusted", profile)
	}
	for _, p := range sandbox.Permissions() {
		a.change(&policy, p)
	}
	if ceiling == nil {
		return policy, nil
	}
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		if a.Env[name] != nil && !ceiling.Run.All && sandbox.LoadsCode(name) {
			return policy, badArguments("launch: the variable %s of env makes programs run other code than their own, which this server's operator does not allow: "+
				"leave it out, or have the server started with --allow-run", name)
		}
	}
	if err := policy.Limit(ceiling, a.absolute); err != nil {
		return policy, badArguments("launch: %v", err)
	}
	return policy, nil
}

// permissionFlags are the flags of llmspell run that give a script in a terminal
// what it would have in a session here, with the variables of env.
func (s *session) permissionFlags(args launchArguments, env map[string]*string) []string {
	var names []string
	for name, value := range env {
		if value != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if s.server.opts.Policy != nil {
		policy, err := args.policy(s.server.opts.Policy)
		if err != nil { // it was checked at launch
			return []string{"--sandbox=safe"}
		}
		policy.Env.Allow = append(policy.Env.Allow, names...)
		return policy.Arguments()
	}
	var policy sandbox.Policy // what is added to the profile
	profile := cmp.Or(args.Sandbox, "restricted")
	if args.AllowAll {
		profile = "trusted"
	}
	if profile == "restricted" && args.Cwd != "" {
		policy.Read.Allow, policy.Write.Allow = []string{args.Cwd}, []string{args.Cwd}
	}
	for _, p := range sandbox.Permissions() {
		args.change(&policy, p)
	}
	if profile != "trusted" {
		policy.Env.Allow = append(policy.Env.Allow, names...)
	}
	out := policy.Arguments()
	out[0] = "--sandbox=" + profile
	return out
}

// change adds the lists of a permission to a policy.
func (a *launchArguments) change(policy *sandbox.Policy, p sandbox.Permission) {
	allow, deny, _ := a.lists(p)
	policy.Add(p, allow.all, allow.entries, deny.all, deny.entries)
}

// absolute is a path of the launch attributes from the top.
func (a *launchArguments) absolute(path string) string {
	if out, err := absolute(path, a.Cwd); err == nil {
		return out
	}
	return path
}
