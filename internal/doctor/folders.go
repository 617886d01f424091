package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/daemon"
)

func (e *examination) folders() {
	e.folder("config", config.ConfigDir())
	e.folder("data", e.Config.Config.BaseDir())
	if backups := e.Config.Config.BackupDir(); filepath.Dir(backups) != e.Config.Config.BaseDir() || there(backups) {
		e.folder("backups", backups)
	}
	e.folder("state", config.StateDir())
	e.folder("runtime", daemon.DefaultRoot().Path())
}

// there tells whether a path names something, or may: that which cannot be looked at.
func there(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// folder looks whether a folder can be used, or made.
func (e *examination) folder(topic, path string) {
	info, err := os.Stat(path)
	var denied error
	if err == nil && info.IsDir() {
		if denied = mayWrite(path, true); denied == nil && topic != "config" {
			denied = tryWrite(path)
		}
	}
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
		default:
			err := mayWrite(above, true)
			if err == nil && topic == "backups" { // it may be anywhere: in a file system that takes no files too
				err = tryWrite(above)
			}
			if err != nil {
				e.add(topic, Broken, remedy(topic, above, err), "%s cannot be made: %s cannot be written (%v)", path, above, reason(err))
				return
			}
			e.add(topic, OK, "", "%s (not made yet)", path)
		}
	case err != nil:
		e.add(topic, Broken, "look at the permissions of the folders above it", "%s: %v", path, err)
	case !info.IsDir():
		e.add(topic, Broken, "move that file away", "%s is a file; a folder is needed", path)
	case denied != nil:
		e.add(topic, Broken, remedy(topic, path, denied), "%s cannot be written (%v)", path, reason(denied))
	case runtime.GOOS != "windows" && topic != "config" && info.Mode().Perm()&0o077 != 0:
		e.add(topic, Warn, "chmod 700 "+path, "%s can be read by others", path)
	default:
		e.add(topic, OK, "", "%s", path)
	}
}

// tryWrite writes a little into a folder, and removes it: only that shows a quota.
func tryWrite(folder string) error {
	f, err := os.CreateTemp(folder, ".room-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// elsewhere says how another folder is chosen.
func elsewhere(topic string) string {
	switch topic {
	case "config":
		return "XDG_CONFIG_HOME"
	case "state":
		return "XDG_STATE_HOME"
	case "runtime":
		return "XDG_RUNTIME_DIR"
	case "backups":
		return "runtime.state_persistence.backup.backup_dir"
	}
	return "storage.base_dir, or XDG_DATA_HOME"
}

// remedy says what to do about what cannot be written.
func remedy(topic, path string, err error) string {
	switch {
	case readOnlySystem(err):
		return "mount the file system for writing, or choose another folder (" + elsewhere(topic) + "); what is there can be read as it is"
	case noRoom(err):
		what := "free some space"
		if r, err := roomOf(path); err == nil && r.noInodes() {
			what = "remove files, as the file system has no inodes left (df -i)"
		}
		return what + ", raise the quota, or choose another folder (" + elsewhere(topic) + ")"
	case errors.Is(err, fs.ErrPermission):
		return permit(path, err)
	}
	return "look at " + path + ", or choose another folder (" + elsewhere(topic) + ")"
}

// reason is an error without the name of the file, which is said beside it.
func reason(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}
