package state

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// kept are the IDs of the backups, those asked for and the automatic ones.
func kept(t *testing.T, s *Store) (mine, automatic []string) {
	t.Helper()
	all, err := s.Backups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.Automatic {
			automatic = append(automatic, b.ID)
		} else {
			mine = append(mine, b.ID)
		}
	}
	return mine, automatic
}

// The backup of what was there before a restore takes no place of one that was asked
// for, and never that of the backup that is restored.
func TestAutomaticBackupsAreApart(t *testing.T) {
	for _, limit := range []int{1, 3} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			c := newFakeClock()
			s := openAt(t, file(t), Options{Clock: c.clock(), MaxBackups: limit})
			var mine []string
			for i := range limit {
				set(t, s, "k", i)
				mine = append([]string{backup(t, s, "mine").ID}, mine...)
				c.pass(time.Hour)
			}
			oldest := mine[len(mine)-1]
			var last Restored
			for range limit + 2 {
				done, err := s.Restore(t.Context(), oldest)
				if err != nil {
					t.Fatal(err)
				}
				last = done
				c.pass(time.Hour)
			}
			found, automatic := kept(t, s)
			if !slices.Equal(found, mine) || len(automatic) != limit || automatic[0] != last.ID || len(last.Removed) != 1 {
				t.Errorf("kept %v and %v, want %v; removed %v", found, automatic, mine, last.Removed)
			}
			// An automatic one that is restored is there afterwards, too.
			old := automatic[limit-1]
			if done, err := s.Restore(t.Context(), old); err != nil || slices.Contains(done.Removed, old) {
				t.Errorf("%+v, %v", done, err)
			}
			if _, err := s.ValidateBackup(t.Context(), old); err != nil {
				t.Error(err)
			}
			// One more that was asked for displaces the oldest of those, and says so.
			c.pass(time.Hour)
			b := backup(t, s, "one more")
			if !slices.Equal(b.Removed, []string{oldest}) {
				t.Errorf("removed %v, want %s", b.Removed, oldest)
			}
		})
	}
}

// Backups that are not sound displace no sound ones: not those with damaged values, not
// those whose files were cut, not when all are old.
func TestDamagedBackupsDisplaceNone(t *testing.T) {
	c := newFakeClock()
	path := file(t)
	opt := Options{Clock: c.clock(), MaxBackups: 2, MaxBackupAge: 72 * time.Hour}
	s := openAt(t, path, opt)
	set(t, s, "k", 1)
	sound := []string{backup(t, s, "").ID}
	c.pass(time.Hour)
	sound = append(sound, backup(t, s, "").ID)
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update entries set value = '2' where key = 'k'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		c.pass(40 * time.Hour)
		b := backup(t, s, "")
		if b.Damaged != 1 || slices.Contains(b.Removed, sound[0]) || slices.Contains(b.Removed, sound[1]) {
			t.Fatalf("backup %d: %+v", i, b)
		}
	}
	if mine, _ := kept(t, s); len(mine) != 4 {
		t.Errorf("kept %v", mine)
	}
	gone, err := s.CleanBackups(t.Context(), Retention{Keep: 1})
	if mine, _ := kept(t, s); err != nil || len(gone) != 2 || len(mine) != 2 || mine[1] != sound[1] {
		t.Errorf("cleanup: removed %v, kept %v, error %v", gone, mine, err)
	}
	set(t, s, "k", 3)
	c.pass(time.Hour)
	cut := backup(t, s, "")
	if err := os.Truncate(filepath.Join(s.BackupFolder(), backupPrefix+cut.ID+backupExt), 100); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	last := backup(t, s, "")
	if mine, _ := kept(t, s); last.Damaged != 0 || !slices.Contains(mine, last.ID) {
		t.Errorf("kept %v", mine)
	}
	again := openAt(t, path, Options{Clock: c.clock(), MaxBackups: 1})
	if done, err := again.Restore(t.Context(), last.ID); err != nil || len(done.Removed) != 0 {
		t.Errorf("%+v, %v", done, err)
	}
}
