package sandbox

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ban is an entry of the Deny list for paths. It bans by what the entry is, not
// only by how it is spelled: another path, a link or a mount that leads to the
// same folder or file is banned too.
type ban struct {
	text       string // the entry as it was given
	path, real string
	was        fs.FileInfo // what it was when the sandbox was made; nil: nothing
}

func newBan(dir, entry string) *ban {
	b := &ban{text: entry, path: absolute(dir, entry)}
	b.real = resolve(b.path)
	b.was, _ = os.Stat(b.real)
	return b
}

// covers tells whether a path lies in the entry, by its spelling.
func (b *ban) covers(path string) bool {
	if _, ok := within(b.path, path); ok {
		return true
	}
	_, ok := within(b.real, path)
	return ok
}

// bans are the entries of a Deny list with what they are at this moment.
type bans struct {
	entries []liveBan
}

type liveBan struct {
	*ban
	now    fs.FileInfo // nil: nothing
	parent fs.FileInfo // the folder that it is in, or will be; nil: none
	name   string
}

// current looks at what the entries are now: they may have been made since.
func current(list []*ban) bans {
	out := bans{make([]liveBan, 0, len(list))}
	for _, b := range list {
		l := liveBan{ban: b, name: filepath.Base(b.real)}
		l.now, _ = os.Stat(b.real)
		l.parent, _ = os.Stat(filepath.Dir(b.real))
		out.entries = append(out.entries, l)
	}
	return out
}

// of returns the entry that bans a file or folder, or "".
func (b bans) of(info fs.FileInfo) string {
	for _, l := range b.entries {
		if l.is(info) {
			return l.text
		}
	}
	return ""
}

func (l *liveBan) is(info fs.FileInfo) bool {
	return l.was != nil && os.SameFile(l.was, info) || l.now != nil && os.SameFile(l.now, info)
}

// named returns the entry that bans a name in a folder, whether it exists or
// not, or "".
func (b bans) named(dir fs.FileInfo, name string) string {
	for _, l := range b.entries {
		if l.parent != nil && sameName(l.name, name) && os.SameFile(l.parent, dir) {
			return l.text
		}
	}
	return ""
}

// sameName compares the names of files as the system's usual disks do.
func sameName(a, b string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// inside returns the entry that lies in a folder, however deep, or "". Whoever
// moves or removes that folder would move or remove the entry.
func (b bans) inside(dir fs.FileInfo) string {
	for _, l := range b.entries {
		for path := filepath.Dir(l.real); ; path = filepath.Dir(path) {
			if info, err := os.Stat(path); err == nil && os.SameFile(info, dir) {
				return l.text
			}
			if path == filepath.Dir(path) {
				break
			}
		}
	}
	return ""
}

// around returns the entry in which a path lies, by what its parents are or by
// its spelling, or "".
func around(list []*ban, path string) string {
	for _, b := range list {
		if b.covers(path) {
			return b.text
		}
	}
	if len(list) == 0 {
		return ""
	}
	live := current(list)
	for {
		if info, err := os.Stat(path); err == nil {
			if text := live.of(info); text != "" {
				return text
			}
		}
		if path == filepath.Dir(path) {
			return ""
		}
		path = filepath.Dir(path)
	}
}
