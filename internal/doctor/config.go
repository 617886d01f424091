package doctor

import (
	"errors"
	"os"
	"runtime"
	"strings"

	"github.com/llmspell/llmspell/config"
)

func (e *examination) configuration() {
	const topic = "configuration"
	var wrong *config.Error
	switch {
	case errors.As(e.ConfigError, &wrong):
		for _, p := range wrong.Problems {
			e.add(topic, Broken, "correct it, then: llmspell config validate", "%v", p)
		}
		return
	case e.ConfigError != nil:
		e.add(topic, Broken, "llmspell config path shows which files are read", "%v", e.ConfigError)
		return
	}
	for _, f := range e.Config.Files {
		kind := ""
		if f.Project {
			kind = " (found in the working folder: it can only make things stricter)"
		}
		e.add(topic, OK, "", "%s%s", f.Path, kind)
		e.secrets(f.Path)
	}
	if len(e.Config.Files) == 0 {
		e.add(topic, OK, "", "no file; the defaults are in force")
	}
	for _, w := range e.Config.Warnings {
		e.add(topic, Warn, "correct the variable's name, or remove it", "%v", w)
	}
	for _, r := range e.Config.Refused {
		e.add(topic, Note, "", "%v", r)
	}
	if unused := e.Config.Unused(); len(unused) > 0 {
		e.add(topic, Note, "", "nothing uses these yet: %s", strings.Join(unused, ", "))
	}
}

// secrets warns of a file with keys that others can read.
func (e *examination) secrets(path string) {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return
	}
	for _, v := range e.Config.Values("") {
		if v.Value == config.Mask && v.Origin.Layer == config.LayerFile && v.Origin.Source == path {
			e.add("configuration", Warn, "chmod 600 "+path+", or write ${NAME} in place of the secret", "%s holds a secret (%s) and others can read it", path, v.Key)
			return
		}
	}
}
