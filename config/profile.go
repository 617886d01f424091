package config

import (
	"embed"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// profileFiles are the presets, and the layers that they are made of.
//
//go:embed profiles
var profileFiles embed.FS

// Profile is a named part of a configuration.
type Profile struct {
	Name   string   `json:"name"` // as "memory" for a preset, "envs/prod" for a layer
	Kind   string   `json:"kind"` // "preset", "layer" or "own"
	Doc    string   `json:"description"`
	Layers []string `json:"layers,omitempty"` // what it is laid on, from the weakest to the strongest
	File   string   `json:"file,omitempty"`   // of one of the user's own
	text   []byte
}

// TOML returns the profile's own settings, without its layers.
func (p *Profile) TOML() string { return string(p.text) }

// Profiles lists all profiles: presets, layers, then those that the user keeps in
// the folder profiles beside the configuration.
func Profiles() []Profile {
	var out []Profile
	for _, kind := range []string{"presets", "bases", "features", "envs", "backends"} {
		entries, _ := profileFiles.ReadDir("profiles/" + kind) // embedded: it cannot fail
		for _, e := range entries {
			p, _ := findProfile(kind + "/" + strings.TrimSuffix(e.Name(), ".toml"))
			out = append(out, p)
		}
	}
	entries, err := os.ReadDir(ownProfiles())
	if err != nil {
		return out
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".toml"); ok {
			if p, ok := findProfile(name); ok && p.Kind == "own" {
				out = append(out, p)
			}
		}
	}
	return out
}

func ownProfiles() string { return filepath.Join(ConfigDir(), "profiles") }

// findProfile finds a preset, a layer, or one of the user's own, which wins.
func findProfile(name string) (Profile, bool) {
	p := Profile{Name: strings.TrimPrefix(name, "presets/"), Kind: "preset"}
	if !fs.ValidPath(name) || strings.ContainsRune(name, '\\') {
		return p, false
	}
	if !strings.Contains(name, "/") {
		file := filepath.Join(ownProfiles(), name+".toml")
		if text, err := os.ReadFile(file); err == nil && len(text) <= maxFile {
			p.Kind, p.File, p.text = "own", file, text
			p.describe()
			return p, true
		}
		name = "presets/" + name
	}
	text, err := profileFiles.ReadFile(path.Join("profiles", name+".toml"))
	if err != nil {
		return p, false
	}
	if !strings.HasPrefix(name, "presets/") {
		p.Kind = "layer"
	}
	p.text = text
	p.describe()
	return p, true
}

// describe reads the comments at the beginning: what the profile is for, and
// "layers: a, b".
func (p *Profile) describe() {
	var doc []string
	for _, line := range strings.Split(string(p.text), "\n") {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			break
		}
		text = strings.TrimSpace(text)
		if layers, ok := strings.CutPrefix(text, "layers:"); ok {
			for _, l := range strings.Split(layers, ",") {
				p.Layers = append(p.Layers, strings.TrimSpace(l))
			}
		} else {
			doc = append(doc, text)
		}
	}
	p.Doc = strings.Join(doc, " ")
}

// profiles applies a comma list of profiles.
func (l *loader) profiles(names string) {
	for _, name := range list(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			l.profile(name, nil)
		}
	}
}

func (l *loader) profile(name string, within []string) {
	p, ok := findProfile(name)
	switch {
	case !ok:
		l.problems = append(l.problems, &Problem{Source: "profile " + clip(name), Message: unknownProfile(name)})
		return
	case slices.Contains(within, p.Name):
		l.problems = append(l.problems, &Problem{Source: "profile " + clip(name), Message: "it is laid on itself"})
		return
	}
	for _, layer := range p.Layers {
		l.profile(layer, append(within, p.Name))
	}
	if len(within) == 0 {
		l.out.Profiles = append(l.out.Profiles, p.Name)
	}
	l.document(p.text, Origin{Layer: LayerProfile, Source: p.Name}, l.profileDir(p), false)
}

func unknownProfile(name string) string {
	var known []string
	for _, p := range Profiles() {
		known = append(known, p.Name)
	}
	if near := nearest(name, known); near != "" {
		return "there is no such profile; did you mean " + near + "?"
	}
	return "there is no such profile; there are " + strings.Join(known, ", ") + " (llmspell config list-profiles -d)"
}

// profileDir is where relative paths of a profile start.
func (l *loader) profileDir(p Profile) string {
	if p.File != "" {
		return filepath.Dir(p.File)
	}
	return l.options.Dir
}
