package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// database is one that is looked at.
type database struct {
	path string
	// content looks at what SQLite knows nothing of; nil: there is nothing.
	content func(ctx context.Context, path string) error
	// pages adds to an error which pages are damaged, where SQLite cannot tell; nil: nobody can.
	pages func(ctx context.Context, path string, why error) error
	// whole and part say what to do where the file, or something in it, is damaged.
	whole, part string
}

// databases reads those that are there.
func (e *examination) databases() {
	c := e.Config.Config
	for _, d := range []database{
		{c.StatePath(), state.VerifyFile, nil,
			"llmspell backup list, then llmspell backup restore ID, which sets the damaged file aside", "set or delete these values, or llmspell backup restore ID"},
		{c.SessionsPath(), verifyArtifacts, damagedPages,
			"end all kernels, save what can be read (llmspell session export), move the file, its -wal and its -shm away, and import it", "llmspell session verify names them: import their sessions from an export, or delete them"},
		{c.HistoryPath(), nil, nil, "move it, its -wal and its -shm away: a new one is made", ""},
	} {
		if e.ctx.Err() == nil && e.database(&d) {
			e.writing(d.path)
		}
		if e.noSQLite {
			return // which is said once, for all
		}
	}
}

// database reads one, and tells whether it is there.
func (e *examination) database(d *database) bool {
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	const topic = "database"
	h, err := db.Examine(ctx, d.path)
	advice := d.whole
	if err == nil && d.content != nil {
		err, advice = d.content(ctx, d.path), d.part
	} else if errors.Is(err, db.ErrCorrupt) && d.pages != nil {
		err = d.pages(ctx, d.path, err)
	}
	switch {
	case errors.Is(err, db.ErrMissing):
		return false
	case errors.Is(err, db.ErrNoSQLite):
		e.noSQLite = true
		e.add(topic, Broken, "install a build with cgo", "%v", err)
		return false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, db.ErrBusy):
		e.add(topic, Warn, "try again when no kernel writes; llmspell state check and llmspell session verify take the time that they need", "%s could not be read in %v: %v", d.path, patience, err)
	case errors.Is(err, db.ErrCorrupt), errors.Is(err, archive.ErrDamaged):
		e.add(topic, Broken, advice, "%v", err)
	case errors.Is(err, db.ErrReadOnly) && h.Bytes > 0:
		e.add(topic, Note, "", "%s is sound, but what is in it could not be looked at: %v", d.path, err)
	case err != nil:
		e.add(topic, Broken, "look at the permissions of the file and its folder", "%v", err)
	default:
		e.add(topic, OK, "", "%s is sound (version %d, %d KB)", d.path, h.Version, h.Bytes/1024)
	}
	return true
}

// verifyArtifacts reads the contents of all artifacts.
func verifyArtifacts(ctx context.Context, path string) error {
	store, err := archive.Open(ctx, path, archive.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	checked, damaged, err := store.Verify(ctx, "")
	if err == nil && len(damaged) > 0 {
		err = fmt.Errorf("%s: %w: %d of %d artifacts are not as they were stored", path, archive.ErrDamaged, len(damaged), checked)
	}
	return errors.Join(err, store.Close())
}

// damagedPages says what of a database cannot be read.
func damagedPages(ctx context.Context, path string, why error) error {
	store, err := archive.OpenRest(ctx, path, archive.Options{}, why)
	if err != nil {
		return err // names why, too
	}
	return errors.Join(fmt.Errorf("%w: %s", why, strings.Join(store.DamagedPages(), "; ")), store.Close())
}

// writing looks whether a database that is there can be written.
func (e *examination) writing(path string) {
	const topic = "database"
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = mayWrite(name, false)
		}
		if err != nil {
			e.add(topic, Broken, remedy("data", name, err), "%s cannot be written (%v): %s", name, reason(err), consequence(name))
			return
		}
		if info.Mode().Perm()&0o200 == 0 {
			e.add(topic, Warn, "chmod u+w "+name, "%s has the mode %#o: only the system's administrator can write it", name, info.Mode().Perm())
			return
		}
	}
	if folder := filepath.Dir(path); folder != e.Config.Config.BaseDir() {
		if err := mayWrite(folder, true); err != nil {
			e.add(topic, Broken, remedy("data", folder, err), "%s cannot be written (%v): %s", folder, reason(err), consequence(folder))
		}
	}
}

// consequence says what does not work where a file or folder cannot be written. It opens
// nothing: see mayWrite.
func consequence(path string) string {
	info, err := os.Stat(path)
	if err == nil {
		err = mayRead(path, info.IsDir())
	}
	if err != nil {
		return "nothing can be read or kept"
	}
	return "values can be read, and nothing kept"
}
