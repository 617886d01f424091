package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/db"
)

func (e *examination) folders() {
	e.folder("config", config.ConfigDir())
	e.folder("data", e.dataDir())
	e.folder("state", config.StateDir())
	e.folder("runtime", daemon.DefaultRoot().Path())
}

func (e *examination) dataDir() string {
	if dir := e.Config.Config.Storage.BaseDir; dir != "" {
		return dir
	}
	return config.DataDir()
}

// folder looks whether a folder can be used, or made.
func (e *examination) folder(topic, path string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		above := path
		for errors.Is(err, fs.ErrNotExist) && above != filepath.Dir(above) {
			above = filepath.Dir(above)
			info, err = os.Stat(above)
		}
		switch {
		case err != nil:
			e.add(topic, Broken, "make it by hand: mkdir -p "+path, "%s does not exist, and %s cannot be looked at: %v", path, above, err)
		case !info.IsDir():
			e.add(topic, Broken, "move that file away", "%s cannot be made: %s is a file", path, above)
		case !writable(above):
			e.add(topic, Broken, "make it by hand, or let "+above+" be written", "%s cannot be made: %s cannot be written", path, above)
		default:
			e.add(topic, OK, "", "%s (not made yet)", path)
		}
	case err != nil:
		e.add(topic, Broken, "look at the permissions of the folders above it", "%s: %v", path, err)
	case !info.IsDir():
		e.add(topic, Broken, "move that file away", "%s is a file; a folder is needed", path)
	case !writable(path):
		e.add(topic, Broken, "chmod u+rwx "+path, "%s cannot be written", path)
	case runtime.GOOS != "windows" && topic != "config" && info.Mode().Perm()&0o077 != 0:
		e.add(topic, Warn, "chmod 700 "+path, "%s can be read by others", path)
	default:
		e.add(topic, OK, "", "%s", path)
	}
}

// databases reads those that are there.
func (e *examination) databases() {
	s := e.Config.Config.Storage
	paths := map[string]string{
		"state.db": s.DatabasePath, "sessions.db": "", "history.db": "",
	}
	if s.SessionsDir != "" {
		paths["sessions.db"] = filepath.Join(s.SessionsDir, "sessions.db")
	}
	for _, name := range []string{"state.db", "sessions.db", "history.db"} {
		path := paths[name]
		if path == "" {
			path = filepath.Join(e.dataDir(), name)
		}
		e.database(path)
	}
}

func (e *examination) database(path string) {
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	h, err := db.Examine(ctx, path)
	switch {
	case errors.Is(err, db.ErrMissing):
	case errors.Is(err, db.ErrNoSQLite):
		e.add("database", Broken, "install a build with cgo", "%v", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, db.ErrBusy):
		e.add("database", Warn, "try again when no kernel writes", "%s could not be read in %v: %v", path, patience, err)
	case errors.Is(err, db.ErrCorrupt):
		e.add("database", Broken, "stop all kernels, copy the file away, restore a backup", "%v", err)
	case err != nil:
		e.add("database", Broken, "look at the permissions of the file and its folder", "%v", err)
	default:
		e.add("database", OK, "", "%s is sound (version %d, %d KB)", path, h.Version, h.Bytes/1024)
	}
}
