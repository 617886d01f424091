package state

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Backup describes a copy of a store. Its file is a database like the store's.
type Backup struct {
	ID          string    `json:"id"`
	Description string    `json:"description"`
	Created     time.Time `json:"created"`
	Size        int64     `json:"size"` // bytes
	SHA256      string    `json:"sha256"`
	Entries     int       `json:"entries"`
	Schema      int       `json:"schema"` // the version of the values
	// Automatic tells that nobody asked for it: it was made before a restore or a migration.
	Automatic bool `json:"automatic,omitempty"`
	// Damaged counts the values, former ones too, whose checksums were wrong when it was
	// made: it has their bytes as they were. DamagedNames are scopes and keys of some.
	Damaged      int      `json:"damaged,omitempty"`
	DamagedNames []string `json:"damaged_names,omitempty"`
	// Removed are the IDs of old backups that went when it was made. Only what makes one
	// says so: it is not kept.
	Removed []string `json:"removed,omitempty"`
}

// Unsound is an error that names the values that were damaged when the backup was
// made; nil: none were.
func (b *Backup) Unsound() error {
	if b.Damaged == 0 {
		return nil
	}
	return fmt.Errorf("backup %s holds damaged values: the checksums of these were wrong when it was made, and their bytes are in it as they were: %s; the others are sound",
		b.ID, named(b.DamagedNames, b.Damaged))
}

var (
	// ErrNoBackup means that there is no backup of a name.
	ErrNoBackup = errors.New("there is no such backup")
	// ErrBadBackup means that a backup is damaged.
	ErrBadBackup = errors.New("the backup is damaged")
	// ErrNoBackups means that the store's options allow none.
	ErrNoBackups = errors.New("backups are switched off (state_persistence.backup_enabled)")
	// ErrMemory means that a store in memory cannot be backed up.
	ErrMemory = errors.New("this store is in memory only; there are no backups of it")
)

// A backup is two files, the database and what describes it. The latter is
// written last: a database alone is one that was not finished.
const (
	backupPrefix = "state-"
	backupExt    = ".db"
	describeExt  = ".json"
)

// CreateBackup copies the store, as it is at this moment, and checks the copy. Values
// that are damaged are copied as they are: see Backup.Unsound.
func (s *Store) CreateBackup(ctx context.Context, description string) (Backup, error) {
	return s.createBackup(ctx, Backup{Description: description}, "")
}

// createBackup makes a backup as b describes it. The backup keep is not removed for it.
func (s *Store) createBackup(ctx context.Context, b Backup, keep string) (Backup, error) {
	if s.db.Path() == db.Memory {
		return Backup{}, ErrMemory
	}
	if s.opt.NoBackups {
		return Backup{}, ErrNoBackups
	}
	if err := os.MkdirAll(s.opt.Backups, 0o700); err != nil {
		return Backup{}, fmt.Errorf("create a backup: %w", err)
	}
	b, err := s.copyTo(ctx, b)
	if err != nil {
		return Backup{}, fmt.Errorf("create a backup: %w", err)
	}
	if err := s.removeOld(&b, keep); err != nil {
		return b, fmt.Errorf("backup %s was created, but old ones cannot be removed: %w", b.ID, err)
	}
	return b, nil
}

func (s *Store) copyTo(ctx context.Context, b Backup) (Backup, error) {
	now := s.time.clock.Wall()
	// The number after the time keeps two of one moment apart.
	marker, err := os.CreateTemp(s.opt.Backups, backupPrefix+now.UTC().Format("20060102-150405")+"-*.part")
	if err != nil {
		return Backup{}, err
	}
	part := marker.Name()
	_ = marker.Close() // nothing was written
	defer os.Remove(part)
	id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(part), backupPrefix), ".part")
	b.ID, b.Created = id, now.Round(0)
	file := filepath.Join(s.opt.Backups, backupPrefix+id+backupExt)
	if err := s.db.Backup(ctx, file); err != nil {
		return Backup{}, err
	}
	kept := false
	defer func() {
		if !kept {
			_ = os.Remove(file) // the error that matters is another
		}
	}()
	if err := b.inspect(ctx, file); err != nil {
		return Backup{}, err
	}
	if b.SHA256, b.Size, err = digest(ctx, file); err != nil {
		return Backup{}, err
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return Backup{}, err
	}
	if err := db.WriteFile(filepath.Join(s.opt.Backups, backupPrefix+id+describeExt), append(text, '\n')); err != nil {
		return Backup{}, err
	}
	kept = true
	return b, nil
}

// inspect reads all of a backup's file, and notes what is in it.
func (b *Backup) inspect(ctx context.Context, path string) error {
	opt := dbOptions(Options{})
	opt.ReadOnly = true
	d, err := db.Open(ctx, path, opt)
	if err != nil {
		return err
	}
	s := &Store{db: d, time: timekeeper{clock: systemClock()}}
	defer s.Close()
	if err := d.Check(ctx); err != nil {
		return err
	}
	if b.DamagedNames, b.Damaged, err = s.wrongSums(ctx); err != nil {
		return err
	}
	return d.Look(ctx, func(tx *db.Tx) error {
		return tx.Row("select (select count(*) from entries), (select value from meta where name = 'schema')").Scan(&b.Entries, &b.Schema)
	})
}

func digest(ctx context.Context, path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, contextReader{ctx, f})
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Backups lists the backups in a folder, the latest first. What is not one, or
// not finished, is left out.
func Backups(folder string) ([]Backup, error) {
	names, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	var out []Backup
	for _, n := range names {
		id, ok := strings.CutPrefix(n.Name(), backupPrefix)
		id, isDescription := strings.CutSuffix(id, describeExt)
		if !ok || !isDescription {
			continue
		}
		if b, err := FindBackup(folder, id); err == nil {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b Backup) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(b.ID, a.ID))
	})
	return out, nil
}

// maxDescription is how large the file that describes a backup may be.
const maxDescription = 1 << 20

// FindBackup reads what describes a backup.
func FindBackup(folder, id string) (b Backup, err error) {
	if ok, _ := regexp.MatchString(`^[0-9A-Za-z-]{1,80}$`, id); !ok {
		return b, fmt.Errorf("%w: %.80q; llmspell backup list names them", ErrNoBackup, id)
	}
	path := filepath.Join(folder, backupPrefix+id+describeExt)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, fmt.Errorf("%w: %q; llmspell backup list names them", ErrNoBackup, id)
	}
	if err != nil {
		return b, fmt.Errorf("backup %s: %w", id, err)
	}
	if info.Size() > maxDescription {
		return b, fmt.Errorf("%w: %s: %s has %d bytes", ErrBadBackup, id, path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return b, fmt.Errorf("backup %s: %w", id, err)
	}
	if err := json.Unmarshal(text, &b); err != nil || b.ID != id {
		return b, fmt.Errorf("%w: %s: %s does not describe it", ErrBadBackup, id, path)
	}
	return b, nil
}

// ValidateBackup reads all of a backup. The error matches ErrBadBackup if it is
// not what was written. Values that were damaged then are no error: see
// Backup.Unsound.
func ValidateBackup(ctx context.Context, folder, id string) (Backup, error) {
	b, err := FindBackup(folder, id)
	if err != nil {
		return b, err
	}
	file := backupFile(folder, id)
	sum, size, err := digest(ctx, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b, fmt.Errorf("%w: %s: its file %s is gone", ErrBadBackup, id, file)
	case err != nil:
		return b, fmt.Errorf("backup %s: %w", id, err)
	case size != b.Size || sum != b.SHA256:
		return b, fmt.Errorf("%w: %s: %s has %d bytes with the SHA-256 %.12s…, not %d with %.12s…; use another backup", ErrBadBackup, id, file, size, sum, b.Size, b.SHA256)
	}
	var found Backup
	err = found.inspect(ctx, file)
	if err == nil && found.Damaged != b.Damaged {
		err = fmt.Errorf("the checksums of these values are wrong: %s", named(found.DamagedNames, found.Damaged))
	}
	if err != nil {
		return b, fmt.Errorf("%w: %s: %w", ErrBadBackup, id, err)
	}
	return b, nil
}

func backupFile(folder, id string) string {
	return filepath.Join(folder, backupPrefix+id+backupExt)
}

// DeleteBackup removes a backup.
func DeleteBackup(folder, id string) error {
	if _, err := FindBackup(folder, id); err != nil && !errors.Is(err, ErrBadBackup) {
		return err
	}
	err := os.Remove(filepath.Join(folder, backupPrefix+id+describeExt))
	if gone := os.Remove(backupFile(folder, id)); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err != nil {
		return fmt.Errorf("delete backup %s: %w", id, err)
	}
	return nil
}
