package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/db"
)

// TestDefaultServices: databases lie where the configuration says, and are made
// when a script first uses them.
func TestDefaultServices(t *testing.T) {
	data, base, own := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	moved := config.Default()
	moved.Storage.BaseDir, moved.Storage.SessionsDir = base, own
	file := config.Default()
	file.Storage.DatabasePath = filepath.Join(own, "values.db")
	forgetful := config.Default()
	forgetful.Runtime.StatePersistence.BackendType, forgetful.Runtime.Sessions.StorageBackend = "memory", "memory"
	for name, c := range map[string]struct {
		config         *config.Config
		state, archive string
	}{
		"nothing configured": {nil, filepath.Join(data, "llmspell", "state.db"), filepath.Join(data, "llmspell", "sessions.db")},
		"other folders":      {moved, filepath.Join(base, "state.db"), filepath.Join(own, "sessions.db")},
		"another file":       {file, filepath.Join(own, "values.db"), filepath.Join(data, "llmspell", "sessions.db")},
		"in memory":          {forgetful, db.Memory, db.Memory},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := StateOptions(orDefault(c.config))
			if a := ArchivePath(c.config); s != c.state || a != c.archive {
				t.Fatalf("%s and %s", s, a)
			}
			services := NewDefaultServices(c.config, nil)
			h := session(t, Options{Services: services})
			run(t, h, "return 1")
			_, before := os.Stat(c.state)
			run(t, h, `State.set("services", "kept") assert(State.get("services") == "kept")`)
			if _, err := services.Archive(); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{c.state, c.archive} {
				if _, err := os.Stat(path); (err == nil) != (path != db.Memory) {
					t.Errorf("%s: %v", path, err)
				}
			}
			if before == nil {
				t.Error("the database was made before it was used")
			}
			h.Kernel().Close()
			if err := services.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestKernelsShareADatabase: what one has written the other reads.
func TestKernelsShareADatabase(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for i, code := range []string{`State.set("shared", 42)`, `assert(State.get("shared") == 42)`} {
		services := NewDefaultServices(nil, nil)
		h := session(t, Options{Services: services})
		run(t, h, code)
		if i == 1 {
			h.Kernel().Close()
		}
		t.Cleanup(func() { _ = services.Close() }) // after the kernel: the first one stays open meanwhile
	}
}

// TestSessionsSwitchedOff: the error says how they are switched on.
func TestSessionsSwitchedOff(t *testing.T) {
	c := config.Default()
	c.Runtime.Sessions.Enabled = false
	services := NewDefaultServices(c, nil)
	defer services.Close()
	if _, err := services.Archive(); err == nil || !strings.Contains(err.Error(), "runtime.sessions.enabled") {
		t.Fatal(err)
	}
}
