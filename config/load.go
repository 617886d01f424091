package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// Options say what Load reads. The zero value reads what a command without flags
// does.
type Options struct {
	// File is read instead of those that would be found. A file that is not there
	// is an error. Empty: $LLMSPELL_CONFIG, or what is found.
	File string
	// Profile names presets or layers, separated by commas: see Profiles. Empty:
	// $LLMSPELL_PROFILE, or none.
	Profile string
	// Dir is the folder where a project's file is looked for, and where relative
	// paths of variables and settings start. Empty: the working folder.
	Dir string
	// Environ is the environment, as os.Environ gives it. Nil: the process's.
	Environ []string
	// Settings are set last, in this order.
	Settings []Setting
	// KnownVariable tells which LLMSPELL_* variables others read, so that they are
	// no mistake. Nil: none.
	KnownVariable func(name string) bool
	// IgnoreProject leaves out the file of the working folder.
	IgnoreProject bool
}

// Setting is a value that the command line sets.
type Setting struct {
	Key   string // dotted, as "kernel.max_clients"
	Value string // as in a variable: lists are separated by commas
	Flag  string // the flag that said it, for messages and origins
}

// Loaded is a configuration and how it came about. Nobody changes it: it may be
// shared by goroutines.
type Loaded struct {
	// Config holds the values.
	Config *Config
	// Files are the files that were read, from the weakest to the strongest.
	Files []File
	// Profiles are the names of the profiles that were used.
	Profiles []string
	// Warnings are variables that nothing has.
	Warnings []*Problem
	// Refused are the settings of a project's file that it may not make: they were
	// left as they are.
	Refused []*Problem

	origins map[string]Origin
	options Options
}

// File is a file of configuration.
type File struct {
	Path string // absolute
	// Project files were merely found in the working folder, and are not trusted.
	Project bool
}

// Origin says where the value of a dotted key comes from.
func (l *Loaded) Origin(key string) Origin { return l.origins[key] }

// IsSet tells whether a key was set by anything but the defaults.
func (l *Loaded) IsSet(key string) bool {
	_, ok := l.origins[key]
	return ok
}

// Load reads the configuration. When something is wrong in it the error is an
// *Error with all problems.
func Load(o Options) (*Loaded, error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, err
	}
	l.profiles(either(o.Profile, l.variable("LLMSPELL_PROFILE")))
	l.files()
	l.environment(l.environ)
	for _, s := range o.Settings {
		l.assign(s.Key, s.Value, Origin{Layer: LayerFlag, Source: s.Flag})
	}
	if len(l.problems) == 0 {
		l.check()
	}
	if len(l.problems) > 0 {
		return nil, &Error{l.problems}
	}
	l.out.Warnings = l.warnings
	return l.out, nil
}

func newLoader(o Options) (*loader, error) {
	l := &loader{options: o, environ: o.Environ}
	if l.environ == nil {
		l.environ = os.Environ()
	}
	if l.options.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("read the configuration: the working folder is not known: %w", err)
		}
		l.options.Dir = dir
	}
	// A Reload looks at the same folder, wherever the process has gone.
	l.out = &Loaded{Config: Default(), origins: map[string]Origin{}, options: l.options}
	return l, nil
}

// named returns the file that is read alone, "" if files are looked for.
func (l *loader) named() string {
	path := either(l.options.File, l.variable("LLMSPELL_CONFIG"))
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.options.Dir, path)
}

// loader is one Load under way.
type loader struct {
	options  Options
	environ  []string
	out      *Loaded
	problems []*Problem
	warnings []*Problem
}

func (l *loader) lookup(name string) (string, bool) {
	for i := len(l.environ) - 1; i >= 0; i-- {
		if key, value, _ := strings.Cut(l.environ[i], "="); key == name {
			return value, true
		}
	}
	return "", false
}

func (l *loader) variable(name string) string {
	v, _ := l.lookup(name)
	return v
}

// document applies a TOML document.
func (l *loader) document(data []byte, origin Origin, dir string, untrusted bool) {
	root, err := tree(data)
	var p *Problem
	d := &decoder{origin: origin, dir: dir, lookup: l.lookup, untrusted: untrusted, origins: l.out.origins, seen: map[string]*node{}}
	if root != nil {
		d.value(reflect.ValueOf(l.out.Config).Elem(), schema(), root, "")
	}
	l.problems = append(l.problems, d.problems...)
	if errors.As(err, &p) {
		p.Source = origin.place()
		l.problems = append(l.problems, p)
	}
	l.out.Refused = append(l.out.Refused, d.refused...)
}

// assign sets one key from a text.
func (l *loader) assign(path, text string, origin Origin) {
	d := &decoder{origin: origin, dir: l.options.Dir, lookup: l.lookup, origins: l.out.origins, seen: map[string]*node{}}
	at, f := reflect.ValueOf(l.out.Config).Elem(), schema()
	root := &node{table: map[string]*node{}}
	here := root
	names := list(path, ".")
	for i, name := range names {
		if f.child(name) == nil {
			d.unknown(f, &node{kind: kindString}, name, strings.Join(names[:i], "."))
			l.problems = append(l.problems, d.problems...)
			return
		}
		f = f.child(name)
		next := &node{table: map[string]*node{}}
		if i == len(names)-1 {
			if next = textNode(f, text); next == nil {
				d.problem(&node{}, path, "is a table: set the keys in it")
				l.problems = append(l.problems, d.problems...)
				return
			}
		}
		here.table[name], here.keys = next, []string{name}
		here = next
	}
	if len(names) == 0 {
		l.problems = append(l.problems, &Problem{Source: origin.place(), Message: "names no key"})
		return
	}
	d.value(at, schema(), root, "")
	l.problems = append(l.problems, d.problems...)
}

// textNode makes the value that a text stands for, where f is wanted; nil for a
// table. What does not fit stays a text: the decoder says what is wanted.
func textNode(f *field, text string) *node {
	t := f.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n := &node{kind: kindString, text: text}
	trimmed := strings.TrimSpace(text)
	switch {
	case f.isTable():
		return nil
	case t.Kind() == reflect.Slice:
		return listNode(f, text)
	case t == typeDuration || t == typeSize || t == typeAny:
	case t.Kind() == reflect.Bool:
		switch strings.ToLower(trimmed) {
		case "true", "1", "yes", "on":
			return &node{kind: kindBool, boolean: true}
		case "false", "0", "no", "off":
			return &node{kind: kindBool}
		}
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		if i, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return &node{kind: kindInt, integer: i}
		}
	case t.Kind() == reflect.Float64:
		if x, err := strconv.ParseFloat(trimmed, 64); err == nil {
			return &node{kind: kindFloat, float: x}
		}
	}
	return n
}

// listNode reads a list whose entries commas separate; two commas stand for one
// in an entry. For permissions, true and 1 mean everything.
func listNode(f *field, text string) *node {
	if strings.HasPrefix(f.path, "permissions.") && (strings.EqualFold(text, "true") || text == "1") {
		return &node{kind: kindBool, boolean: true}
	}
	const comma = "\x00"
	n := &node{kind: kindArray}
	for _, entry := range strings.Split(strings.ReplaceAll(text, ",,", comma), ",") {
		n.items = append(n.items, &node{kind: kindString, text: strings.ReplaceAll(entry, comma, ",")})
	}
	return n
}

// read reads a file. One that is not there is nil.
func (l *loader) read(path string, wanted bool) []byte {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !wanted {
		return nil
	}
	var data []byte
	if err == nil {
		defer f.Close()
		data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	}
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		l.problems = append(l.problems, &Problem{Source: path, Message: fmt.Sprintf("cannot be read: %v", err)})
		return nil
	}
	if data == nil {
		data = []byte{}
	}
	return data
}

// files reads the file that was named, or those that are found.
func (l *loader) files() {
	if path := l.named(); path != "" {
		l.file(File{Path: path}, true)
		return
	}
	for _, group := range [][]File{systemFiles(), UserFiles(), l.projectFiles()} {
		for _, f := range group { // the first that is there
			if l.file(f, false) {
				break
			}
		}
	}
}

func (l *loader) file(f File, wanted bool) bool {
	data := l.read(f.Path, wanted)
	if data == nil {
		return false
	}
	l.out.Files = append(l.out.Files, f)
	l.document(data, Origin{Layer: LayerFile, Source: f.Path}, filepath.Dir(f.Path), f.Project)
	return true
}

// systemFiles are those of the machine's administrator.
func systemFiles() []File {
	if runtime.GOOS == "windows" {
		if dir := os.Getenv("ProgramData"); dir != "" {
			return []File{{Path: filepath.Join(dir, app, "config.toml")}}
		}
		return nil
	}
	var out []File
	for _, dir := range filepath.SplitList(either(os.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg")) {
		if filepath.IsAbs(dir) {
			out = append(out, File{Path: filepath.Join(dir, app, "config.toml")})
		}
	}
	return append(out, File{Path: "/etc/llmspell/config.toml"})
}

// UserFiles are the places of the user's own file; the first that is there counts.
func UserFiles() []File {
	out := []File{{Path: filepath.Join(ConfigDir(), "config.toml")}}
	if home, err := os.UserHomeDir(); err == nil {
		for _, p := range []string{".config/llmspell.toml", ".llmspell.toml", ".llmspell/config.toml"} {
			out = append(out, File{Path: filepath.Join(home, filepath.FromSlash(p))})
		}
	}
	return out
}

// projectFiles are the places of a project's file.
func (l *loader) projectFiles() []File {
	if l.options.IgnoreProject {
		return nil
	}
	own := map[string]bool{} // the home folder's own file is no project's
	for _, f := range UserFiles() {
		own[f.Path] = true
	}
	var out []File
	for _, name := range []string{"llmspell.toml", ".llmspell.toml", "config/llmspell.toml", ".config/llmspell.toml"} {
		if path := filepath.Join(l.options.Dir, filepath.FromSlash(name)); !own[path] {
			out = append(out, File{Path: path, Project: true})
		}
	}
	return out
}

// Place is where a file of configuration may lie.
type Place struct {
	Path  string
	Kind  string // named, system, user or project
	Found bool   // it is the one of its kind that is read
}

// Places lists the places of files in the order in which Load looks. Of each kind
// the first file that is there is read; a file that was named is read alone.
func Places(o Options) ([]Place, error) {
	l, err := newLoader(o)
	if err != nil {
		return nil, err
	}
	if path := l.named(); path != "" {
		_, err := os.Stat(path)
		return []Place{{path, "named", err == nil}}, nil
	}
	var out []Place
	for i, group := range [][]File{systemFiles(), UserFiles(), l.projectFiles()} {
		found := false
		for _, f := range group {
			_, err := os.Stat(f.Path)
			here := err == nil && !found
			found = found || here
			out = append(out, Place{f.Path, []string{"system", "user", "project"}[i], here})
		}
	}
	return out, nil
}

// Canonical replaces the aliases in a dotted key by the names of the keys.
func Canonical(key string) string {
	f, out := schema(), ""
	for _, name := range splitKey(key) {
		child := f.child(name)
		if child == nil {
			return key
		}
		if child.name != "*" {
			name = child.name
		}
		f, out = child, join(out, quoteKey(name))
	}
	return out
}
