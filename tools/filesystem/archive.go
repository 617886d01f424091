package filesystem

import (
	"context"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxArchiveEntries = 100_000
	maxArchiveListed  = 10_000
	maxArchiveBytes   = 10 << 30 // of content, whatever max_size says
	maxArchiveInputs  = 1_000
	// ratioFrom is the size of content from which max_ratio counts: small
	// files of zeros are no attack.
	ratioFrom = 10 << 20
)

func archiveDefinition() tool.Definition {
	input := &schema.Schema{Types: []schema.Type{schema.Array, schema.String}, Items: schema.Text(""), MaxItems: schema.Ptr(maxArchiveInputs),
		Description: "create: the files and folders to put in, kept under the names given (those of absolute paths under their last part); " +
			"extract, list: only entries that fit one of these names or patterns, such as docs/** or *.md"}
	sample := map[string]string{"notes/a.txt": "alpha\n", "notes/b.txt": "beta\n"}
	pack := map[string]any{"operation": "create", "path": "notes.tar.gz", "input": []any{"notes"}}
	return tool.Static(&tool.Descriptor{
		Name: "archive-handler", Aliases: []string{"archive"}, Category: "filesystem", Version: "1.0.0", Security: tool.Privileged, SideEffects: true,
		Tags: []string{"archive", "zip", "tar", "gzip", "compress", "extract", "unpack"}, Needs: []tool.Need{tool.Files}, Timeout: 10 * time.Minute,
		Description: "Creates, lists and extracts archives: zip, tar, tar.gz, tar.xz, tar.zst, and single files as gz, xz, zst; bz2 is read only. " +
			"An archive that would write outside its folder, or that is far larger than it looks, is refused. Encrypted zips, 7z and rar cannot be read",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do", "extract", "create", "list").
				WithAliases(map[string]string{"unpack": "extract", "unzip": "extract", "decompress": "extract", "pack": "create", "zip": "create", "compress": "create", "ls": "list"})),
			schema.Required("path", schema.Text("The archive; create replaces one that exists"), "archive", "archive_path", "source_path"),
			schema.Optional("target_path", schema.Text("The folder to extract into, made if need be; the default is the folder of the archive (extract)"), "target", "destination", "output_path"),
			schema.Optional("input", input, "files"),
			schema.Optional("exclude", &schema.Schema{Types: []schema.Type{schema.Array, schema.String}, Items: schema.Text(""), Description: "Patterns of files and folders to leave out (create, extract)"}),
			schema.Optional("format", schema.Choice("The format to create; the default is what the name of path ends in. When reading, the content tells",
				archiveFormats()...).WithAliases(map[string]string{"tgz": "tar.gz", "txz": "tar.xz", "tzst": "tar.zst", "gzip": "gz", "zstd": "zst", "tbz2": "tar.bz2"})),
			schema.Optional("overwrite", schema.Flag("Replace files that exist (extract)"), "force"),
			schema.Optional("max_size", schema.Int("Bytes of content at most", 1, maxArchiveBytes).WithDefault(1<<30)),
			schema.Optional("max_entries", schema.Int("Entries at most", 1, maxArchiveEntries).WithDefault(maxArchiveEntries)),
			schema.Optional("max_ratio", schema.Int("How many times larger than the archive its content may be, once it is larger than 10 MB (extract, list)", 1, 100_000).WithDefault(200))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("path", schema.Text("The archive")),
			schema.Required("format", schema.Text("Its format")),
			schema.Optional("entries", schema.List("What is inside (list): {name, type: file|directory|symlink|hardlink|other, size, modified, mode, compressed_size?, link?, encrypted?, unsafe?: why extract would refuse it}", &schema.Schema{})),
			schema.Optional("count", schema.Num("How many entries there are (list); entries gives the first 10,000")),
			schema.Optional("truncated", schema.Flag("Whether entries are not all (list)")),
			schema.Optional("total_size", schema.Num("Bytes of all content (list)")),
			schema.Optional("target_path", schema.Text("The folder (extract)")),
			schema.Optional("files", schema.Num("How many files were written (extract) or put in (create)")),
			schema.Optional("directories", schema.Num("The same of folders")),
			schema.Optional("links", schema.Num("The same of links")),
			schema.Optional("bytes", schema.Num("Bytes of content")),
			schema.Optional("size", schema.Num("Bytes of the archive (create)")),
			schema.Optional("skipped", schema.List("What was left out (extract, create): {name, reason}; devices and pipes, for example", &schema.Schema{})),
			schema.Optional("case_clashes", schema.List("Names that differ in case only from one before (extract)", schema.Text(""))),
		}},
		Examples: []tool.Example{
			{Description: "Create an archive of a folder", Files: sample, Params: pack, Want: map[string]any{"format": "tar.gz", "files": 2, "bytes": 11}},
			{Description: "List what is in an archive", Files: map[string]string{"hello.txt.gz": helloGzip}, Params: map[string]any{"operation": "list", "path": "hello.txt.gz"},
				Want: map[string]any{"format": "gz", "count": 1, "total_size": 6}},
			{Description: "Extract an archive", Files: map[string]string{"hello.txt.gz": helloGzip}, Params: map[string]any{"operation": "extract", "path": "hello.txt.gz", "target_path": "out"},
				Want: map[string]any{"files": 1, "bytes": 6}},
		},
	}, runArchive)
}

// helloGzip is the text hello and the end of a line, as gzip.
const helloGzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\xe7\x02\x00 0:6\x06\x00\x00\x00"

func runArchive(ctx context.Context, call *tool.Call) (res *tool.Result, err error) {
	defer func() {
		if v := recover(); v != nil { // a library met an archive that it cannot bear
			res, err = nil, fmt.Errorf("%q is a damaged archive (%v)", call.Params.String("path"), v)
		}
	}()
	if call.Operation == "create" {
		return createArchive(ctx, call)
	}
	only, err := globList(call.Params, "input")
	if err != nil {
		return nil, err
	}
	p, err := call.Sandbox.Place(sandbox.Read, call.Params.String("path"))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := newBudget(ctx, call)
	a, err := openArchive(b, f, p.Path)
	if err != nil {
		return nil, err
	}
	defer a.close()
	if call.Operation == "list" {
		return listArchive(a, p.Path, only)
	}
	return extractArchive(ctx, call, a, p.Path, only)
}

func listArchive(a *archive, path string, only globs) (*tool.Result, error) {
	entries := []any{}
	count, total := 0, int64(0)
	err := a.each(func(e *entry) error {
		if len(only) > 0 && !only.match(trimName(e.name)) {
			return nil
		}
		size, err := e.contentSize()
		if err != nil {
			return err
		}
		count++
		total += size
		if len(entries) == maxArchiveListed {
			return nil
		}
		item := map[string]any{"name": e.name, "type": e.kind(), "size": size, "mode": fmt.Sprintf("%04o", e.mode.Perm())}
		if !e.modified.IsZero() {
			item["modified"] = e.modified.UTC().Format(time.RFC3339)
		}
		if e.packed >= 0 {
			item["compressed_size"] = e.packed
		}
		if e.link != "" {
			item["link"] = e.link
		}
		if e.encrypted {
			item["encrypted"] = true
		}
		if _, err := safeName(e.name); err != nil {
			item["unsafe"] = err.Error()
		}
		entries = append(entries, item)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tool.Value(map[string]any{
		"path": path, "format": a.format, "entries": entries, "count": count, "truncated": count > len(entries), "total_size": total,
	}), nil
}
