package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// removeOld removes the backups that made, which was just made, leaves no place for:
// those beyond Options.MaxBackups and MaxBackupAge. One that is automatic takes the place
// only of others that are, and one with damaged values only of others that have some.
func (s *Store) removeOld(made *Backup, keep string) error {
	all, err := Backups(s.opt.Backups)
	if err != nil {
		return err
	}
	now, trusted := s.time.clock.Wall(), s.time.trusted()
	rank := ranks(s.opt.Backups, all, true, now)
	var errs []error
	for i, b := range all {
		if b.ID == made.ID || b.ID == keep || made.Automatic && !b.Automatic || made.Damaged > 0 && isSound(s.opt.Backups, &b) {
			continue
		}
		many := s.opt.MaxBackups > 0 && made.Automatic == b.Automatic && rank[i] >= s.opt.MaxBackups
		old := trusted && s.opt.MaxBackupAge > 0 && now.Sub(b.Created) > s.opt.MaxBackupAge
		if !many && !old {
			continue
		}
		if err := DeleteBackup(s.opt.Backups, b.ID); err != nil {
			errs = append(errs, err)
			continue
		}
		made.Removed = append(made.Removed, b.ID)
	}
	return errors.Join(errs...)
}

// ranks tells of each backup how many are later; apart says that the automatic ones are
// counted apart. Before a sound one only sound ones count. Those of the future are counted
// apart too: the clock was wrong when they were made, and they are not the latest.
func ranks(folder string, all []Backup, apart bool, now time.Time) []int {
	out := make([]int, len(all))
	type count struct{ sound, all int }
	type kinds struct{ automatic, future bool }
	later := map[kinds]count{}
	for i := range all {
		kind := kinds{apart && all[i].Automatic, all[i].Created.After(now.Add(future))}
		n := later[kind]
		out[i] = n.all
		if isSound(folder, &all[i]) {
			out[i] = n.sound
			n.sound++
		}
		n.all++
		later[kind] = n
	}
	return out
}

// isSound tells whether a backup has no damaged values, and its file as many bytes as
// were written. It does not read the file.
func isSound(folder string, b *Backup) bool {
	info, err := os.Stat(backupFile(folder, b.ID))
	return err == nil && info.Size() == b.Size && b.Damaged == 0
}

// Retention says which backups are kept.
type Retention struct {
	Keep   int           // this many of the latest are kept, however old; damaged ones take no place of others. 0: none
	MaxAge time.Duration // others are kept no longer than this. 0: not at all
}

// CleanBackups removes the backups that need not be kept, and what backups that
// failed have left for a day. It returns what it has removed.
func CleanBackups(folder string, r Retention, now time.Time) ([]Backup, error) {
	all, err := Backups(folder)
	if err != nil {
		return nil, err
	}
	var gone []Backup
	var errs []error
	rank := ranks(folder, all, false, now)
	for i, b := range all {
		if rank[i] < r.Keep || r.MaxAge > 0 && now.Sub(b.Created) <= r.MaxAge {
			continue
		}
		if err := DeleteBackup(folder, b.ID); err != nil {
			errs = append(errs, err)
			continue
		}
		gone = append(gone, b)
	}
	return gone, errors.Join(append(errs, cleanParts(folder, now))...)
}

// cleanParts removes what backups that failed have left.
func cleanParts(folder string, now time.Time) error {
	names, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, n := range names {
		base, isDB := strings.CutSuffix(strings.TrimSuffix(n.Name(), "-journal"), backupExt) // both of a process that was killed
		_, descErr := os.Lstat(filepath.Join(folder, base+describeExt))
		left := strings.HasSuffix(n.Name(), ".part") || isDB && errors.Is(descErr, fs.ErrNotExist)
		info, infoErr := n.Info()
		if !left || !strings.HasPrefix(n.Name(), backupPrefix) || infoErr != nil || now.Sub(info.ModTime()) < 24*time.Hour {
			continue
		}
		err = errors.Join(err, os.Remove(filepath.Join(folder, n.Name())))
	}
	return err
}
