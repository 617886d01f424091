package dap

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// pathMapping pairs a folder as the client names it with the same folder here.
type pathMapping struct{ Local, Remote string }

// translator converts lines and paths between the client's conventions
// (initialize) and the engine's, which are lines from 1 and absolute paths. It
// is immutable: the runner uses it too.
type translator struct {
	lineBase   int // what the client calls the first line
	columnBase int
	uri        bool
	mappings   []pathMapping
	references references
}

// toServerLine converts a line of the client.
func (t translator) toServerLine(line int) int { return line - t.lineBase + 1 }

// toClientLine converts a line of the engine.
func (t translator) toClientLine(line int) int { return line + t.lineBase - 1 }

// localPath returns the path that the client means, before mappings.
func (t translator) localPath(path string) (string, error) {
	if !t.uri {
		return path, nil
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", badArguments("path %q is not a file URI, which is what pathFormat \"uri\" asks for", path)
	}
	if runtime.GOOS == "windows" {
		return filepath.FromSlash(strings.TrimPrefix(u.Path, "/")), nil
	}
	return u.Path, nil
}

// toServerPath converts a path of the client to a clean one of this machine.
func (t translator) toServerPath(path string) (string, error) {
	local, err := t.localPath(path)
	if err != nil {
		return "", err
	}
	best := ""
	for _, m := range t.mappings {
		// The most specific folder wins, whatever the order of the list.
		if mapped, ok := rebase(local, m.Local, m.Remote); ok && len(m.Local) > len(best) {
			best, path = m.Local, mapped
		}
	}
	if best == "" {
		path = local
	}
	return filepath.Clean(path), nil
}

// toClientPath is the reverse of toServerPath.
func (t translator) toClientPath(path string) string {
	best, server := "", path
	for _, m := range t.mappings {
		if mapped, ok := rebase(server, m.Remote, m.Local); ok && len(m.Remote) > len(best) {
			best, path = m.Remote, mapped
		}
	}
	if !t.uri {
		return path
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}

// withoutURI is the same translator for plain paths.
func (t translator) withoutURI() translator {
	t.uri = false
	return t
}

// source describes a source to the client; nil when there is nothing to show.
func (t translator) source(src debug.Source) *dap.Source {
	if src.Path == "" && src.Reference == 0 {
		return nil
	}
	s := &dap.Source{Name: src.Name, SourceReference: t.references.toClient(src.Reference)}
	if src.Path != "" {
		s.Path = t.toClientPath(src.Path)
		if s.Name == "" {
			s.Name = filepath.Base(src.Path)
		}
	}
	return s
}

// rebase replaces the leading folder from by to. Either side may be a Windows
// path, whatever this machine is: the client decides the form of its own.
func rebase(path, from, to string) (string, bool) {
	from = strings.TrimRight(from, `/\`)
	if len(path) < len(from) {
		return "", false
	}
	head, rest := path[:len(from)], path[len(from):]
	windows := strings.Contains(from, `\`) || len(from) >= 2 && from[1] == ':'
	if head != from && !(windows && strings.EqualFold(slashes(head), slashes(from))) {
		return "", false
	}
	if rest != "" && rest[0] != '/' && rest[0] != '\\' {
		return "", false
	}
	if windows {
		rest = slashes(rest)
	}
	to = strings.TrimRight(to, `/\`)
	if strings.Contains(to, `\`) {
		rest = strings.ReplaceAll(rest, "/", `\`)
	}
	if to+rest == "" {
		return "/", true
	}
	return to + rest, true
}

func slashes(path string) string { return strings.ReplaceAll(path, `\`, "/") }

// absolute resolves a path of the launch arguments against the folder that the
// script will run in.
func absolute(path, dir string) (string, error) {
	if !filepath.IsAbs(path) && dir != "" {
		path = filepath.Join(dir, path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the absolute path of %q: %w", path, err)
	}
	return abs, nil
}
