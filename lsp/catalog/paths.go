package catalog

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// NamesFile tells whether a parameter is the path of a file or folder, or a list of such
// paths: its format says so, or its name is one of a path and its description speaks of a
// file or folder.
func NamesFile(p *schema.Property) bool {
	s := p.Schema
	if slices.Equal(s.Types, []schema.Type{schema.Array}) && s.Items != nil && s.Items.Format != "" {
		s = s.Items
	}
	switch s.Format {
	case "path", "file", "file-path", "filepath", "directory", "folder":
		return true
	case "":
	default:
		return false
	}
	if len(s.Enum) > 0 || !slices.Contains(s.Types, schema.String) && !slices.Contains(s.Types, schema.Array) {
		return false
	}
	text := strings.ToLower(s.Description)
	if strings.HasPrefix(text, "the path of the file") || strings.HasPrefix(text, "the path of the pdf") {
		return true
	}
	if !strings.Contains(text, "file") && !strings.Contains(text, "folder") && !strings.Contains(text, "archive") && !strings.Contains(text, "picture") &&
		!slices.ContainsFunc(p.Aliases, isPathName) {
		return false
	}
	return isPathName(p.Name)
}

// isPathName tells whether parameters of a name are paths.
func isPathName(name string) bool {
	switch name {
	case "path", "paths", "file", "files", "folder", "directory", "dir", "working_directory", "filename":
		return true
	}
	return strings.HasSuffix(name, "_path") || strings.HasSuffix(name, "_paths") || strings.HasSuffix(name, "_file") || strings.HasSuffix(name, "_dir") || strings.HasSuffix(name, "_folder")
}
