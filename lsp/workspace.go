package lsp

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// workspace is the folders that a client works on.
type workspace struct {
	s *session

	mu       sync.Mutex
	folders  []string           // absolute paths, in the client's order
	ignored  map[string]bool    // names of folders
	touched  map[string]bool    // canonical URIs of files to look at again
	waiting  bool               // somebody will look at touched
	stopScan context.CancelFunc // of the scan that runs; nil: none does
	indexed  chan struct{}      // closed when the first scan is done
}

// touchDelay joins news of many files.
const touchDelay = 30 * time.Millisecond

func newWorkspace(s *session) *workspace {
	return &workspace{s: s, touched: map[string]bool{}, indexed: make(chan struct{})}
}

// begin takes the folders of initialize.
func (w *workspace) begin(p *protocol.InitializeParams) {
	switch {
	case len(p.WorkspaceFolders) > 0:
		for _, f := range p.WorkspaceFolders {
			w.add(f.URI.Path())
		}
	case p.RootURI != nil && *p.RootURI != "":
		w.add(p.RootURI.Path())
	case p.RootPath != nil:
		w.add(*p.RootPath)
	}
	w.configure()
}

// add adds a folder. What is no absolute path is no folder of this machine.
func (w *workspace) add(path string) {
	if !filepath.IsAbs(path) {
		return
	}
	path = filepath.Clean(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.folders, path) {
		w.folders = append(w.folders, path)
	}
}

// list returns the folders.
func (w *workspace) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.folders)
}

// didChangeWorkspaceFolders takes folders that come and go.
func (s *session) didChangeWorkspaceFolders(params []byte) error {
	var p protocol.DidChangeWorkspaceFoldersParams
	if err := wire.Decode(params, &p); err != nil {
		return err
	}
	w := s.workspace
	for _, f := range p.Event.Removed {
		path := filepath.Clean(f.URI.Path())
		w.mu.Lock()
		w.folders = slices.DeleteFunc(w.folders, func(have string) bool { return have == path })
		w.mu.Unlock()
	}
	for _, f := range p.Event.Added {
		w.add(f.URI.Path())
	}
	w.configure()
	w.scan()
	return nil
}

// ignoredAlways are folders with files that are not the user's own. Hidden folders are
// ignored too.
var ignoredAlways = [...]string{"node_modules", "vendor"}

// configure makes the configuration of the analysis out of the settings, and of what
// the files with settings in the folders say.
func (w *workspace) configure() {
	set := w.s.settings.Load()
	folders := w.list()
	var c *analysis.Config
	if o := w.s.server.opts.Config; o != nil {
		base := *o
		c = &base
	} else {
		c = &analysis.Config{}
	}
	c.Roots, c.Library, c.ModulePath = folders, slices.Clone(set.Workspace.Library), slices.Clone(set.Workspace.ModulePath)
	c.Globals = slices.Concat(c.Globals, set.Workspace.Globals)
	for _, folder := range folders {
		var err error
		if c, err = c.WithFolder(folder); err != nil {
			w.s.log.Warn("a configuration could not be read", zap.Error(err))
			w.s.tell(protocol.MessageWarning, "llmspell: "+err.Error())
		}
	}
	c = set.Diagnostics.over(c)
	w.s.settingFaults.set(lint.SettingFaults(c))
	ignored := map[string]bool{}
	for _, name := range slices.Concat(ignoredAlways[:], set.Workspace.Ignore, c.IgnoreDirs) {
		ignored[name] = true
	}
	w.mu.Lock()
	w.ignored = ignored
	w.mu.Unlock()
	w.s.change(func(snap *analysis.Snapshot) *analysis.Snapshot { return snap.WithConfig(c) })
}

// passes tells whether a folder of a name is looked into.
func (w *workspace) passes(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !strings.HasPrefix(name, ".") && !w.ignored[name]
}

// holds tells whether a file belongs to the workspace.
func (w *workspace) holds(path string) bool {
	if !isLua(path) {
		return false
	}
	for _, folder := range w.list() {
		rel, err := filepath.Rel(folder, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		in := true
		for dir := filepath.Dir(rel); dir != "."; dir = filepath.Dir(dir) {
			in = in && w.passes(filepath.Base(dir))
		}
		if in {
			return true
		}
	}
	return false
}

func isLua(path string) bool { return strings.HasSuffix(path, ".lua") }

// didChangeWatchedFiles takes news of files on disk.
func (s *session) didChangeWatchedFiles(params []byte) error {
	var p protocol.DidChangeWatchedFilesParams
	if err := wire.Decode(params, &p); err != nil {
		return err
	}
	again := false
	for _, e := range p.Changes {
		if slices.Contains(analysis.ConfigFiles(), filepath.Base(e.URI.Path())) {
			again = true
		} else if isLua(e.URI.Path()) || e.Type != protocol.FileChanged {
			s.workspace.touch(string(e.URI.Canonical()))
		}
	}
	if again {
		s.settingsChanged()
	}
	return nil
}

// touch has a file looked at again, soon.
func (w *workspace) touch(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touched[key] = true
	if w.waiting {
		return
	}
	w.waiting = true
	w.s.background(func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-time.After(touchDelay):
			w.look()
		}
	})
}

// look indexes the files that were touched.
func (w *workspace) look() {
	w.mu.Lock()
	touched := w.touched
	w.touched, w.waiting = map[string]bool{}, false
	w.mu.Unlock()
	var add []*analysis.Entry
	var remove []string
	for key := range touched {
		path := protocol.URI(key).Path()
		if !isLua(path) {
			if w.concerns(path) {
				w.scan()
			}
			continue
		}
		var e *analysis.Entry
		if w.holds(path) {
			e = w.s.server.index.entry(key, path)
		}
		if e == nil {
			remove = append(remove, key)
		} else {
			add = append(add, e)
		}
	}
	if len(add) == 0 && len(remove) == 0 {
		return
	}
	w.s.change(func(snap *analysis.Snapshot) *analysis.Snapshot {
		return snap.WithoutIndexed(remove...).WithIndexed(add...)
	})
	w.s.refreshAll()
}

// concerns tells whether a path is that of a folder with files of the workspace: of one that
// there is, or was. Of a folder that is moved or deleted clients tell nothing more.
func (w *workspace) concerns(path string) bool {
	if !w.holds(filepath.Join(path, "any.lua")) {
		return false
	}
	if info, err := os.Stat(path); err == nil {
		return info.IsDir()
	}
	below := string(protocol.FileURI(path)) + "/"
	return slices.ContainsFunc(w.s.snapshot().Files(), func(e *analysis.Entry) bool { return strings.HasPrefix(e.URI, below) })
}

// find returns the paths of all files of the workspace, sorted.
func (w *workspace) find(ctx context.Context, most int) []string {
	folders := w.list()
	var paths []string
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil || len(paths) >= most:
				return fs.SkipAll
			case err != nil:
				return nil // what cannot be read is not there
			case d.IsDir() && path != folder && !w.passes(d.Name()):
				return fs.SkipDir
			case d.Type().IsRegular() && isLua(path):
				paths = append(paths, path)
			}
			return nil
		})
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
