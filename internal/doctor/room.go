package doctor

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/daemon"
)

// room is what is left on the file system of a folder.
type room struct {
	device  string // names the file system
	bytes   uint64
	files   uint64 // that can be made
	endless bool   // there is no limit on files, or it is not known
}

// What is little, and what is nothing: less than a database and its log grow by at
// the least write.
const (
	lowBytes   = 50 << 20
	noBytes    = 64 << 10
	lowFiles   = 100
	runtimeLow = 1 << 20 // the run folder holds sockets and small files
)

// disks looks how much can be written where the folders are, or would be made.
func (e *examination) disks() {
	const topic = "disk"
	seen := map[string]bool{}
	for _, f := range []struct {
		what, path string
		low        uint64
	}{
		{"data", e.Config.Config.BaseDir(), lowBytes}, {"state", config.StateDir(), lowBytes}, {"runtime", daemon.DefaultRoot().Path(), runtimeLow},
	} {
		path := f.path
		for {
			if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
				break
			}
			path = filepath.Dir(path)
		}
		r, err := roomOf(path)
		if err != nil || seen[r.device] {
			continue // what is wrong with the folder was said
		}
		seen[r.device] = true
		status, text, advice := r.verdict(f.low)
		if advice != "" {
			advice += ", or choose another folder (" + elsewhere(f.what) + ")"
		}
		e.add(topic, status, advice, "%s (%s): %s", f.path, f.what, text)
	}
}

// noInodes tells that no file can be made, although there are bytes for one.
func (r room) noInodes() bool { return !r.endless && r.files == 0 && r.bytes >= noBytes }

// verdict says how a file system is on which less than low bytes are little, and what
// helps.
func (r room) verdict(low uint64) (status Status, text, advice string) {
	switch {
	case r.bytes < noBytes:
		return Broken, "no room is left, " + size(r.bytes) + " free", "free some space"
	case r.noInodes():
		return Broken, "no more files can be made, the file system has no inodes left", "remove files"
	case r.bytes < low:
		return Warn, "little room is left, " + size(r.bytes) + " free", "free some space"
	case !r.endless && r.files < lowFiles:
		return Warn, fmt.Sprintf("only %d more files can be made", r.files), "remove files"
	}
	return OK, size(r.bytes) + " free", ""
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KB", n>>10)
}
