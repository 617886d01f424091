package state

import (
	"slices"
	"testing"
	"time"
)

// Backups that were made while the clock was wrong, in the future, displace none of those
// that are made when it is right again.
func TestBackupsOfTheFutureDisplaceNone(t *testing.T) {
	c := newFakeClock()
	s := openAt(t, file(t), Options{Clock: c.clock(), MaxBackups: 2})
	set(t, s, "k", 1)
	first := backup(t, s, "").ID
	c.jump(1000 * 24 * time.Hour)
	for range 2 {
		c.pass(time.Hour)
		backup(t, s, "")
	}
	c.jump(-1000 * 24 * time.Hour)
	var made []string
	for range 3 {
		c.pass(time.Hour)
		made = append(made, backup(t, s, "").ID)
	}
	mine, _ := kept(t, s)
	if slices.Contains(mine, first) || !slices.Contains(mine, made[1]) || !slices.Contains(mine, made[2]) || len(mine) != 4 {
		t.Errorf("kept %v, of %s and then %v", mine, first, made)
	}
	if _, err := s.CleanBackups(t.Context(), Retention{Keep: 1}); err != nil {
		t.Fatal(err)
	}
	if mine, _ := kept(t, s); len(mine) != 2 || !slices.Contains(mine, made[2]) {
		t.Errorf("after a cleanup there is %v, and the latest is %s", mine, made[2])
	}
}

// A clock that jumps ahead makes no backup old before it has been trusted for a while.
func TestBackupsAreNotOldAfterAJump(t *testing.T) {
	c := newFakeClock()
	s := openAt(t, file(t), Options{Clock: c.clock(), MaxBackupAge: 72 * time.Hour})
	first := backup(t, s, "")
	c.jump(1000 * 24 * time.Hour)
	if b := backup(t, s, ""); len(b.Removed) > 0 {
		t.Errorf("the clock has jumped, and %v was removed", b.Removed)
	}
	c.pass(settled)
	if b := backup(t, s, ""); !slices.Equal(b.Removed, []string{first.ID}) {
		t.Errorf("when the clock was right for %v, %v was removed, want %s", settled, b.Removed, first.ID)
	}
}
