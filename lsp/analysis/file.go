package analysis

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// File is one text and what is known of it by itself. It is immutable; what takes
// time is worked out when it is first asked for. Methods may be called from any
// goroutine.
type File struct {
	// URI names the file to clients. Path is where it is on disk, "" for a file that
	// is not there.
	URI, Path string
	// Version is the client's number of this text, 0 for a file that is not open.
	Version int32

	text    string
	library bool // one of the files that package library has
	marked  bool // has syntax.Marker in its text

	treeOnce  sync.Once
	tree      *syntax.Tree
	read      atomic.Pointer[syntax.Tree] // tree, once it is there
	before    atomic.Pointer[before]      // of a file that was another text before, until tree is there
	base      *base                       // what tree shares most of itself with
	linesOnce sync.Once
	lines     *syntax.Lines
	varsOnce  sync.Once
	vars      *scope.Info
	notesOnce sync.Once
	notes     *luacats.Notes
	typesOnce sync.Once
	typesMap  map[string][]*luacats.Block
	indexOnce sync.Once
	index     *Entry
	ownOnce   sync.Once
	own       *registered

	ownIndexOnce sync.Once
	ownIdx       *ownIndex
	namedOnce    sync.Once
	names        []Named

	kindsOnce sync.Once
	kinds     *kindIndex // of what differs from base

	globalsOnce sync.Once
	globals     []globalField
}

// NewFile makes a File of a text. The path may be "": it is then taken from a URI
// that begins with file:.
func NewFile(uri, path string, version int32, text string) *File {
	if path == "" {
		path = PathOf(uri)
	}
	return &File{URI: uri, Path: path, Version: version, text: text}
}

// Text returns the whole text.
func (f *File) Text() string { return f.text }

// base is what is known of a tree that those of other texts share most of themselves
// with: of the same file, before some edits.
type base struct {
	tree      *syntax.Tree
	varsOnce  sync.Once
	vars      *scope.Info
	notesOnce sync.Once
	notes     *luacats.Notes
	kindsOnce sync.Once
	kinds     *kindIndex
}

// before is what a file was like before an edit.
type before struct {
	tree *syntax.Tree
	base *base
}

// Edited returns the file with another text. What both have in common costs little to
// find out again.
func (f *File) Edited(version int32, text string) *File {
	n := &File{URI: f.URI, Path: f.Path, Version: version, text: text, library: f.library}
	last := f.before.Load()
	if f.read.Load() != nil { // else nobody has asked meanwhile
		last = &before{f.tree, f.base}
	}
	n.before.Store(last)
	return n
}

// Tree returns the syntax.
func (f *File) Tree() *syntax.Tree {
	f.treeOnce.Do(func() {
		last := f.before.Load()
		switch {
		case f.tree != nil:
		case last != nil:
			f.tree = last.tree.Edit(f.text)
		default:
			f.tree = syntax.Parse(f.text)
		}
		of, _, _, _ := f.tree.Base()
		if last != nil && last.base.tree == of {
			f.base = last.base
		} else {
			f.base = &base{tree: of}
		}
		f.read.Store(f.tree)
		f.before.Store(nil)
	})
	return f.tree
}

// Lines translates between bytes and the positions of clients.
func (f *File) Lines() *syntax.Lines {
	f.linesOnce.Do(func() { f.lines = syntax.NewLines(f.text) })
	return f.lines
}

// Vars returns what the names of the file mean.
func (f *File) Vars() *scope.Info {
	f.varsOnce.Do(func() {
		t := f.Tree()
		b := f.base
		b.varsOnce.Do(func() { b.vars = scope.Resolve(b.tree) })
		f.vars = b.vars
		if b.tree != t {
			f.vars = scope.Update(b.vars, t)
		}
	})
	return f.vars
}

// Notes returns what the comments say.
func (f *File) Notes() *luacats.Notes {
	f.notesOnce.Do(func() {
		t := f.Tree()
		b := f.base
		b.notesOnce.Do(func() { b.notes = luacats.Read(b.tree.Text(), b.tree.Tokens()) })
		f.notes = b.notes
		if b.tree != t {
			f.notes = luacats.Update(b.notes, t)
		}
	})
	return f.notes
}

// Library tells whether the file is one of those that describe Lua's own libraries
// and the globals of the kernel. It is read-only.
func (f *File) Library() bool { return f.library }

// PathOf returns the path that a file: URI names, "" for all others.
func PathOf(uri string) string {
	rest, ok := strings.CutPrefix(uri, "file://")
	if !ok {
		return ""
	}
	if at := strings.IndexByte(rest, '/'); at > 0 {
		rest = rest[at:] // a host's name
	}
	path, err := url.PathUnescape(rest)
	if err != nil {
		path = rest
	}
	// file:///c:/x is c:/x where paths have drives.
	if len(path) > 2 && path[0] == '/' && path[2] == ':' && runtime.GOOS == "windows" {
		path = path[1:]
	}
	return filepath.FromSlash(path)
}

// URIOf returns the file: URI of a path.
func URIOf(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String()
}
