package filesystem

import (
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxSearchResults = 10_000
	maxSearchFiles   = 1_000_000 // looked at in one search
	maxSearchOutput  = 16 << 20  // bytes of lines in one result
	maxShownLine     = 500       // bytes of a line that are shown
	maxPattern       = 4096      // characters
	defaultFileSize  = 10 << 20  // of files that are searched
	maxFileSize      = 100 << 20 // the same, at most
	searchTimeout    = 5 * time.Minute
)

func fileSearchDefinition() tool.Definition {
	list := func(description string) *schema.Schema {
		return &schema.Schema{Types: []schema.Type{schema.Array, schema.String}, Description: description, Items: schema.Text("")}
	}
	pattern := schema.Text("What to find: a text or regular expression (content), or a glob such as *.lua, or a regular expression for the path (name)")
	pattern.MinLength, pattern.MaxLength = schema.Ptr(1), schema.Ptr(maxPattern)
	files := map[string]string{"greeting.lua": "-- says hello\nlocal name = 'Ann'\nprint('Hello, ' .. name)\n", "lib/util.lua": "return {}\n", "notes.txt": "hello\n"}
	return tool.Static(&tool.Descriptor{
		Name: "file-search", Aliases: []string{"grep", "find-files"}, Category: "filesystem", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"file", "search", "grep", "find", "text", "glob"}, Needs: []tool.Need{tool.Files}, Timeout: searchTimeout,
		Description: "Finds text in the files below a folder, or files by their name. Lines are searched one by one; binary files are left out (UTF-16 with a byte order mark is text), links are not followed",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("Look into the files, or at their names", "content", "name").WithDefault("content").
				WithAliases(map[string]string{"search": "content", "grep": "content", "text": "content", "find": "name", "names": "name", "files": "name"})),
			schema.Required("pattern", pattern, "query", "input", "text"),
			schema.Optional("path", schema.Text("The folder, or the one file, to search").WithDefault("."), "directory", "folder", "dir"),
			schema.Optional("recursive", schema.Flag("Search the folders inside too")),
			schema.Optional("case_sensitive", &schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "Whether upper and lower case differ", Default: true}),
			schema.Optional("use_regex", schema.Flag("pattern is a regular expression (RE2)"), "regex", "is_regex"),
			schema.Optional("context_lines", schema.Int("How many lines before and after a match to give", 0, 50).WithDefault(2), "context"),
			schema.Optional("glob", list("Only files that fit one of these patterns: *.md, src/**/*.{c,h}; one without a slash is compared with the name"), "include"),
			schema.Optional("include_extensions", list("Only files with one of these extensions: lua, .md"), "extensions"),
			schema.Optional("exclude_extensions", list("No files with one of these extensions")),
			schema.Optional("exclude_dirs", list("Folders not to enter, by name or pattern: node_modules, .git, build/*"), "exclude"),
			schema.Optional("respect_gitignore", schema.Flag("Leave out what .gitignore files below path name, and .git"), "gitignore"),
			schema.Optional("max_file_size", schema.Int("Larger files are left out, in bytes", 1, maxFileSize).WithDefault(defaultFileSize)),
			schema.Optional("max_matches_per_file", schema.Int("Matching lines of one file; 0: no limit but max_results", 0, maxSearchResults).WithDefault(0)),
			schema.Optional("max_results", schema.Int("Matches in all, after which the search ends", 1, maxSearchResults).WithDefault(1000), "max_matches", "limit"),
			schema.Optional("max_depth", schema.Int("How many folders deep to go (recursive)", 1, 100).WithDefault(20))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("matches", schema.List("In order of path and line. content: {path, line, column, text, match, before[], after[]}, where line and column count "+
				"from 1 (columns in characters), match is the text found, and long lines are cut to 500 bytes; name: {path, name, type, size, modified}. path starts at the folder searched", &schema.Schema{})),
			schema.Required("total_matches", schema.Num("How many matches are given")),
			schema.Required("truncated", schema.Flag("Whether a limit ended the search early")),
			schema.Required("files_searched", schema.Num("Files looked into (content), or names looked at (name)")),
			schema.Optional("files_matched", schema.Num("Files with a match (content)")),
			schema.Optional("skipped", schema.Map("What was left out: files that are binary, too_large or unreadable, and long_lines of which only the beginning was searched")),
			schema.Optional("errors", schema.List("What could not be read, the first 10", schema.Text(""))),
		}},
		Examples: []tool.Example{
			{Description: "Find a text", Files: files,
				Params: map[string]any{"pattern": "hello", "path": ".", "case_sensitive": false, "context_lines": 1, "include_extensions": []any{"lua"}},
				Want: map[string]any{"total_matches": 2, "matches": []any{
					map[string]any{"path": "greeting.lua", "line": 1, "column": 9, "text": "-- says hello", "match": "hello", "before": []any{}, "after": []any{"local name = 'Ann'"}},
					map[string]any{"path": "greeting.lua", "line": 3, "column": 8, "text": "print('Hello, ' .. name)", "match": "Hello", "before": []any{"local name = 'Ann'"}, "after": []any{}}}}},
			{Description: "Find files by name", Files: files,
				Params: map[string]any{"operation": "name", "pattern": "*.lua", "recursive": true}, Want: map[string]any{"total_matches": 2}},
		},
	}, runSearch)
}

// filter says which files a search looks at.
type filter struct {
	glob, folders    globs
	include, exclude map[string]bool // extensions in lower case, without the dot
	gitignore        bool
}

func newFilter(params tool.Params) (*filter, error) {
	f := &filter{gitignore: params.Bool("respect_gitignore"), include: extensions(params["include_extensions"]), exclude: extensions(params["exclude_extensions"])}
	var err error
	if f.glob, err = globList(params, "glob"); err != nil {
		return nil, err
	}
	f.folders, err = globList(params, "exclude_dirs")
	return f, err
}

func extensions(v any) map[string]bool {
	out := map[string]bool{}
	for _, e := range texts(v) {
		out[strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(e, "*"), "."))] = true
	}
	return out
}

// file tells whether a file is to be looked at.
func (f *filter) file(rel string) bool {
	if len(f.include) > 0 || len(f.exclude) > 0 {
		ext := ""
		if i := strings.LastIndexByte(rel, '.'); i > strings.LastIndexByte(rel, '/') {
			ext = strings.ToLower(rel[i+1:])
		}
		if len(f.include) > 0 && !f.include[ext] || f.exclude[ext] {
			return false
		}
	}
	return len(f.glob) == 0 || f.glob.match(rel)
}
