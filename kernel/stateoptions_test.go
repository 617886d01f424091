package kernel

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/db"
)

func TestStateOptions(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	path, opt := StateOptions(nil)
	if path != filepath.Join(dir, "llmspell", "state.db") || opt.MaxValue != 10<<20 || !opt.BackupOnMigration || opt.NoBackups || opt.NoMigrations || opt.Full || opt.MaxBackups != 10 {
		t.Errorf("%s, %+v", path, opt)
	}
	c := config.Default()
	c.Storage.BaseDir = "/base"
	c.Storage.SQLite = config.SQLite{JournalMode: "DELETE", Synchronous: "FULL", BusyTimeoutMs: 70}
	c.Runtime.StatePersistence.BackupEnabled, c.Runtime.StatePersistence.MigrationEnabled = false, false
	if path, opt = StateOptions(c); path != filepath.Join("/base", "state.db") || !opt.Full || opt.Journal != "DELETE" || opt.Wait != 70*time.Millisecond || !opt.NoBackups || !opt.NoMigrations || opt.BackupOnMigration {
		t.Errorf("%s, %+v", path, opt)
	}
	c.Storage.DatabasePath = "/other/x.db"
	if path, _ = StateOptions(c); path != "/other/x.db" {
		t.Error(path)
	}
	c.Runtime.StatePersistence.BackendType = "memory"
	if path, _ = StateOptions(c); path != db.Memory {
		t.Error(path)
	}
	c.Runtime.StatePersistence.BackendType, c.Runtime.StatePersistence.Enabled = "sqlite", false
	if path, _ = StateOptions(c); path != db.Memory {
		t.Error(path)
	}
}
