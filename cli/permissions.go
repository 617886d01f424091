package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// permissionsHelp is what the help of the commands that run scripts says of the
// flags.
const permissionsHelp = `Permissions: a script may read and write below its own folder (exec: the working folder)
and the temp folder, and read harmless environment variables; it may use neither the
network nor other programs. --allow-KIND=LIST adds to that, --deny-KIND=LIST takes away
and wins; both may repeat. The lists, separated by commas, hold paths (read, write), hosts
(net: example.org, example.org:443, *.example.org, 10.0.0.0/8), programs (run), variables
(env) and addresses of databases (db). Without a list, everything of that kind is meant
(net: all public hosts). --sandbox safe begins with nothing, --sandbox trusted or
--allow-all (-A) with everything. A denial names the flag that would allow it.
The same grammar is read from LLMSPELL_SANDBOX and LLMSPELL_ALLOW_READ, _WRITE, _NET,
_RUN, _ENV and _DB, and from [permissions] in the configuration. Flags win; what the
configuration denies stays denied.`

// everything is the value of a permission flag that is given without one.
const everything = "*"

// permissions are the flags that say what scripts and tools may touch.
type permissions struct {
	profile     string
	allowAll    bool
	allow, deny map[sandbox.Permission]*permissionList
	set         *pflag.FlagSet
	cmd         *cobra.Command
}

// permissionList is the value of an --allow or --deny flag.
type permissionList struct {
	all     bool
	entries []string
	given   bool
}

// Set adds entries, which commas separate; two commas stand for one in an entry.
func (l *permissionList) Set(text string) error {
	l.given = true
	if text == everything {
		l.all = true
		return nil
	}
	entries, err := splitEntries(text)
	l.entries = append(l.entries, entries...)
	return err
}

func (l *permissionList) String() string {
	if l.all {
		return everything
	}
	return joinEntries(l.entries)
}

// Type names the value in the help.
func (l *permissionList) Type() string { return "list" }

// splitEntries reads a list of entries.
func splitEntries(text string) ([]string, error) {
	const comma = "\x00"
	if strings.Contains(text, comma) {
		return nil, fmt.Errorf("a zero byte is in none of the entries that there can be")
	}
	var out []string
	for _, entry := range strings.Split(strings.ReplaceAll(text, ",,", comma), ",") {
		entry = strings.ReplaceAll(entry, comma, ",")
		if strings.TrimSpace(entry) == "" {
			return nil, fmt.Errorf("an entry is empty; leave out the = to mean everything")
		}
		out = append(out, entry)
	}
	return out, nil
}

func joinEntries(entries []string) string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = strings.ReplaceAll(e, ",", ",,")
	}
	return strings.Join(out, ",")
}

func (f *permissions) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.set, f.cmd = flags, cmd
	f.allow, f.deny = map[sandbox.Permission]*permissionList{}, map[sandbox.Permission]*permissionList{}
	flags.StringVar(&f.profile, "sandbox", "restricted", "what is allowed to begin with: safe, restricted or trusted")
	_ = cmd.RegisterFlagCompletionFunc("sandbox", cobra.FixedCompletions([]string{"safe", "restricted", "trusted"}, cobra.ShellCompDirectiveNoFileComp))
	flags.BoolVarP(&f.allowAll, "allow-all", "A", false, "allow everything, as --sandbox trusted")
	what := map[sandbox.Permission]string{
		sandbox.Read: "reading below these paths", sandbox.Write: "writing below these paths",
		sandbox.Net: "connections to these hosts", sandbox.Run: "running these programs",
		sandbox.Env: "reading these environment variables", sandbox.DB: "using these databases",
	}
	for _, p := range sandbox.Permissions() {
		f.allow[p], f.deny[p] = &permissionList{}, &permissionList{}
		flags.VarPF(f.allow[p], "allow-"+string(p), "", "allow "+what[p]).NoOptDefVal = everything
		flags.VarPF(f.deny[p], "deny-"+string(p), "", "deny "+what[p]).NoOptDefVal = everything
	}
}

// given tells whether any of the flags was given, or the configuration says
// anything of permissions.
func (f *permissions) given() bool {
	if f.set.Changed("sandbox") || f.set.Changed("allow-all") || configOf(f.cmd).Config.HasPermissions() {
		return true
	}
	for _, p := range sandbox.Permissions() {
		if f.allow[p].given || f.deny[p].given {
			return true
		}
	}
	return false
}

// policy returns what the flags allow to a script that lies in folder.
func (f *permissions) policy(folder string) (sandbox.Policy, error) {
	c := configOf(f.cmd).Config
	profile, decided := f.profile, f.set.Changed("sandbox") || f.allowAll
	switch text := c.SandboxProfile(); {
	case f.allowAll && f.set.Changed("sandbox") && profile != "trusted":
		return sandbox.Policy{}, usagef("--allow-all and --sandbox %s contradict each other", profile)
	case f.allowAll:
		profile = "trusted"
	case !decided && text != "":
		profile = text
	}
	policy, err := profilePolicy(profile, folder)
	if err != nil {
		return policy, err
	}
	for _, configured := range c.Permitted() {
		p := sandbox.Permission(configured.Kind)
		allow := f.allow[p]
		if !allow.given && !decided { // a profile that was asked for is not widened by the configuration
			allow = configuredList(configured.Allow)
		}
		if err := change(&policy, p, allow, configuredList(configured.Deny)); err != nil {
			return policy, usageError{err}
		}
		if err := change(&policy, p, &permissionList{}, f.deny[p]); err != nil {
			return policy, usageError{err}
		}
	}
	return policy, nil
}

// profilePolicy is what a profile allows to a script that lies in folder.
func profilePolicy(profile, folder string) (sandbox.Policy, error) {
	switch profile {
	case "safe":
		return sandbox.Safe(), nil
	case "restricted":
		return sandbox.Restricted(folder), nil
	case "trusted":
		return sandbox.Trusted(), nil
	}
	return sandbox.Policy{}, usagef("--sandbox: %q is unknown: use safe, restricted or trusted", profile)
}

// configuredList is a list of the configuration.
func configuredList(entries []string) *permissionList {
	l := &permissionList{given: len(entries) > 0}
	for _, e := range entries {
		if e == everything {
			l.all = true
		} else {
			l.entries = append(l.entries, e)
		}
	}
	return l
}

// change adds lists to the rule of a permission.
func change(policy *sandbox.Policy, p sandbox.Permission, allow, deny *permissionList) error {
	rule := policy.Rule(p)
	switch {
	case allow.all && p == sandbox.Net:
		rule.Allow = append(rule.Allow, everything) // public hosts; --allow-all allows the others
	case allow.all:
		rule.All = true
	}
	if deny.all {
		everywhere := everything
		if p == sandbox.Read || p == sandbox.Write {
			everywhere = string(filepath.Separator)
		}
		rule.Deny = append(rule.Deny, everywhere)
	}
	for _, list := range []struct {
		from []string
		to   *[]string
	}{{allow.entries, &rule.Allow}, {deny.entries, &rule.Deny}} {
		for _, entry := range list.from {
			if p == sandbox.Read || p == sandbox.Write {
				var err error
				if entry, err = expandHome(entry); err == nil && strings.TrimSpace(entry) != "" {
					entry, err = filepath.Abs(entry)
				}
				if err != nil {
					return err
				}
			}
			*list.to = append(*list.to, entry)
		}
	}
	return nil
}

// expandHome replaces a ~ at the beginning of a path by the home folder.
func expandHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%s: the home folder is not known: %w", path, err)
	}
	return filepath.Join(home, rest), nil
}

// sandbox makes the sandbox of a command that runs no script file: where the
// profile is restricted, the working folder is allowed.
func (f *permissions) sandbox() (*sandbox.Sandbox, error) { return f.sandboxFor(".") }

// sandboxFor makes the sandbox of a command whose script lies in folder. Relative
// paths start from the working folder.
func (f *permissions) sandboxFor(folder string) (*sandbox.Sandbox, error) {
	policy, err := f.policy(folder)
	if err != nil {
		return nil, err
	}
	box, err := sandbox.New("", policy)
	if err != nil {
		return nil, usageError{err}
	}
	return box, nil
}
