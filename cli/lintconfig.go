package cli

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// lintConfig is what the configuration says of checks, for `llmspell check` and the
// language server.
func lintConfig(c *config.Config) *analysis.Config {
	r := &refusals{config: c, boxes: map[[2]string]*sandbox.Sandbox{}}
	out := &analysis.Config{
		Globals: slices.Clone(c.Lint.Globals), Exclude: slices.Clone(c.Lint.Exclude), Severity: maps.Clone(c.Lint.Severity), Refuses: r.ask,
	}
	for _, name := range slices.Sorted(maps.Keys(c.Lint.Severity)) {
		out.Rules = append(out.Rules, analysis.RuleSetting{Where: "[lint.severity] in the configuration", Name: name, Value: c.Lint.Severity[name]})
	}
	return out
}

// refusals asks the sandboxes that scripts get without flags what they refuse.
type refusals struct {
	config *config.Config

	mu    sync.Mutex
	boxes map[[2]string]*sandbox.Sandbox // by the script's folder, and the one that paths start from
}

// maxBoxes bounds how many sandboxes are kept.
const maxBoxes = 256

// ask is analysis.Config.Refuses.
func (r *refusals) ask(script, folder, access, target string) error {
	box, err := r.box(filepath.Dir(script), folder)
	if err != nil {
		return nil // running the script says what is wrong with the permissions
	}
	switch access {
	case analysis.ReadAccess, analysis.WriteAccess:
		place, placed := box.Place(sandbox.Permission(access), target)
		if err = placed; err == nil {
			place.Close()
		}
	case analysis.RunAccess:
		_, err = box.FindProgram("sh")
	case analysis.EnvAccess:
		_, _, err = box.Getenv(target)
	}
	if denied, ok := errors.AsType[*sandbox.DeniedError](err); ok {
		return denied
	}
	return nil
}

// box is the sandbox of the scripts in a folder.
func (r *refusals) box(scripts, folder string) (*sandbox.Sandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{scripts, folder}
	if box := r.boxes[key]; box != nil {
		return box, nil
	}
	policy, err := defaultPolicy(r.config, scripts)
	if err != nil {
		return nil, err
	}
	box, err := sandbox.New(folder, policy)
	if err != nil {
		return nil, err
	}
	if len(r.boxes) >= maxBoxes {
		clear(r.boxes)
	}
	r.boxes[key] = box
	return box, nil
}

// defaultPolicy is what scripts in a folder may use if no flag says anything.
func defaultPolicy(c *config.Config, folder string) (sandbox.Policy, error) {
	profile := c.SandboxProfile()
	if profile == "" {
		profile = "restricted"
	}
	policy, err := profilePolicy(profile, folder)
	if err != nil {
		return policy, err
	}
	for _, configured := range c.Permitted() {
		if err := change(&policy, sandbox.Permission(configured.Kind), configuredList(configured.Allow), configuredList(configured.Deny)); err != nil {
			return policy, err
		}
	}
	return policy, nil
}
