package filesystem

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func fileOperationsDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "file-operations", Category: "filesystem", Version: "1.0.0", Security: tool.Privileged, SideEffects: true,
		Tags: []string{"file", "folder", "directory", "read", "write"}, Needs: []tool.Need{tool.Files},
		Description: "Reads, writes, copies, moves, deletes and lists files and folders inside the allowed folders",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do",
				"read", "write", "append", "delete", "create_dir", "list_dir", "copy", "move", "metadata", "exists").
				WithAliases(map[string]string{"mkdir": "create_dir", "ls": "list_dir", "list": "list_dir", "cp": "copy", "mv": "move",
					"rename": "move", "stat": "metadata", "rm": "delete", "remove": "delete"})),
			schema.Optional("path", schema.Text("The file or folder; a relative path starts from the script's folder"), "file_path", "file"),
			schema.Optional("input", schema.Text("The content (write, append)"), "content"),
			schema.Optional("encoding", schema.Choice("What the content is (read, write, append): text, or bytes in Base64, for files that are not UTF-8 text where JSON carries the result; Lua gets the bytes of any file as text", "text", "base64").
				WithDefault("text").WithAliases(map[string]string{"utf-8": "text", "utf8": "text", "UTF-8": "text", "binary": "base64", "Base64": "base64"})),
			schema.Optional("source_path", schema.Text("What to copy or move; path is taken too"), "source", "from"),
			schema.Optional("target_path", schema.Text("Where to; an existing folder gets it inside (copy, move)"), "target", "destination", "to"),
			schema.Optional("recursive", schema.Flag("Include what is inside folders (delete, copy, list_dir), or make missing parent folders (create_dir, write, append)"))),
		Result: schema.Map("What was done: read {path, content, or content_base64 when encoding is base64, size, valid_utf8: false when JSON cannot carry the content}; write, append {path, bytes_written, size}; exists {path, exists}; " +
			"metadata {path, name, type, size, modified, permissions, readonly, is_file, is_dir, is_symlink}; list_dir {path, entries, count, truncated, denied: why something is left out}; " +
			"copy, move {source_path, target_path, files}; delete, create_dir {path}. read and exists give their answer as text too"),
		Examples: []tool.Example{
			{Description: "Write a file", Params: map[string]any{"operation": "write", "path": "notes.txt", "input": "hello\n"}, Want: map[string]any{"bytes_written": 6}},
			{Description: "Read it", Files: note(), Params: map[string]any{"operation": "read", "path": "notes.txt"}, Want: map[string]any{"content": "hello\n", "size": 6}},
			{Description: "Read the bytes of a file that is no text", Files: map[string]string{"a.bin": "\xff\x00\xfe"}, Params: map[string]any{"operation": "read", "path": "a.bin", "encoding": "base64"},
				Want: map[string]any{"content_base64": "/wD+", "size": 3}},
			{Description: "Add to it", Files: note(), Params: map[string]any{"operation": "append", "path": "notes.txt", "input": "more\n"}, Want: map[string]any{"size": 11}},
			{Description: "Describe it", Files: note(), Params: map[string]any{"operation": "metadata", "path": "notes.txt"}, Want: map[string]any{"type": "file", "size": 6}},
			{Description: "Is there such a file", Files: note(), Params: map[string]any{"operation": "exists", "path": "other.txt"}, Want: map[string]any{"exists": false}},
			{Description: "Copy it", Files: note(), Params: map[string]any{"operation": "copy", "source_path": "notes.txt", "target_path": "copy.txt"}, Want: map[string]any{"files": 1}},
			{Description: "Move it", Files: note(), Params: map[string]any{"operation": "move", "source_path": "notes.txt", "target_path": "moved.txt"}, Want: map[string]any{"files": 1}},
			{Description: "Delete it", Files: note(), Params: map[string]any{"operation": "delete", "path": "notes.txt"}},
			{Description: "Make a folder, with those above it", Params: map[string]any{"operation": "create_dir", "path": "a/b", "recursive": true}, Want: map[string]any{"created": true}},
			{Description: "List the folder", Files: note(), Params: map[string]any{"operation": "list_dir", "path": "."}, Want: map[string]any{"count": 1}},
		},
	}, run)
}

// note is the file that the examples work on.
func note() map[string]string { return map[string]string{"notes.txt": "hello\n"} }

func run(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	switch call.Operation {
	case "copy":
		return copyOrMove(ctx, call, copyTree)
	case "move":
		return copyOrMove(ctx, call, moveTree)
	}
	path, err := call.Need("path")
	if err != nil {
		return nil, err
	}
	if call.Operation == "read" {
		return read(ctx, call, path)
	}
	access := sandbox.Read
	switch call.Operation {
	case "write", "append", "delete", "create_dir":
		access = sandbox.Write
	}
	p, err := call.Sandbox.Place(access, path)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	switch call.Operation {
	case "write", "append":
		return write(call, p)
	case "delete":
		return remove(ctx, call, p)
	case "create_dir":
		return createDir(call, p)
	case "list_dir":
		return list(ctx, call, p)
	case "metadata":
		return metadata(p)
	}
	return exists(p)
}

func read(ctx context.Context, call *tool.Call, path string) (*tool.Result, error) {
	data, err := call.Sandbox.ReadFile(ctx, path)
	if err != nil {
		return nil, err
	}
	if call.Params.String("encoding") == "base64" {
		text := base64.StdEncoding.EncodeToString(data)
		return &tool.Result{Text: &text, Value: map[string]any{"path": path, "content_base64": text, "size": len(data)}}, nil
	}
	text := string(data)
	value := map[string]any{"path": path, "content": text, "size": len(data)}
	result := &tool.Result{Text: &text, Value: value}
	if !utf8.Valid(data) {
		value["valid_utf8"] = false
		result.Message = "the file is not UTF-8 text, and JSON shows its other bytes as U+FFFD; pass encoding base64 for all of them, or convert it with file-converter"
	}
	return result, nil
}

func write(call *tool.Call, p *sandbox.Place) (*tool.Result, error) {
	content, ok := call.Params["input"].(string) // an empty file is fine
	if !ok {
		return nil, call.Missing("input")
	}
	if call.Params.String("encoding") == "base64" {
		data, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return nil, &schema.FieldError{Path: "input", Expected: "Base64, as encoding says", Found: "something else: " + err.Error()}
		}
		content = string(data)
	}
	if len(content) > sandbox.MaxFile {
		return nil, fmt.Errorf("the content is larger than %d MB; write it in pieces with append", sandbox.MaxFile>>20)
	}
	if call.Params.Bool("recursive") {
		if err := makeParents(p); err != nil {
			return nil, err
		}
	}
	var err error
	verb := "wrote"
	if call.Operation == "append" {
		verb = "appended"
		err = p.Append([]byte(content))
	} else {
		err = p.Replace(func(w io.Writer) error { _, err := io.WriteString(w, content); return err }, 0o644)
	}
	if errors.Is(err, fs.ErrNotExist) && !call.Params.Bool("recursive") {
		return nil, fmt.Errorf("%w; set recursive to make the folders that are missing", err)
	}
	if err != nil {
		return nil, err
	}
	value := map[string]any{"path": p.Path, "bytes_written": len(content)}
	if info, err := p.Root.Stat(p.Name); err == nil {
		value["size"] = info.Size()
	}
	return &tool.Result{Message: fmt.Sprintf("%s %d bytes to %s", verb, len(content), p.Path), Value: value}, nil
}

func remove(ctx context.Context, call *tool.Call, p *sandbox.Place) (*tool.Result, error) {
	if p.IsFolder() {
		return nil, tool.Errorf(tool.PermissionDenied, "%q is an allowed folder itself, which cannot be deleted; delete what is inside", p.Path)
	}
	info, err := p.Root.Lstat(p.Name)
	if err != nil {
		return nil, p.Explain(err)
	}
	if info.IsDir() && call.Params.Bool("recursive") {
		err = p.RemoveAll(ctx)
	} else {
		err = p.Root.Remove(p.Name)
	}
	if err != nil {
		if info.IsDir() && !call.Params.Bool("recursive") && !errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%q is a folder that is not empty; set recursive to delete it with all that is inside", p.Path)
		}
		return nil, p.Explain(err)
	}
	return &tool.Result{Message: "deleted " + p.Path, Value: map[string]any{"path": p.Path}}, nil
}

func makeParents(p *sandbox.Place) error {
	if parent := dirOf(p.Name); parent != "." {
		return p.Explain(p.Root.MkdirAll(parent, 0o755))
	}
	return nil
}

func createDir(call *tool.Call, p *sandbox.Place) (*tool.Result, error) {
	if info, err := p.Root.Stat(p.Name); err == nil {
		if !info.IsDir() {
			return nil, fmt.Errorf("%q exists and is not a folder; choose another path", p.Path)
		}
		return &tool.Result{Message: p.Path + " exists already", Value: map[string]any{"path": p.Path, "created": false}}, nil
	}
	make := p.Root.Mkdir
	if call.Params.Bool("recursive") {
		make = p.Root.MkdirAll
	}
	if err := make(p.Name, 0o755); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%q: a parent folder does not exist; set recursive to make it too: %w", p.Path, fs.ErrNotExist)
		}
		return nil, p.Explain(err)
	}
	return &tool.Result{Message: "created " + p.Path, Value: map[string]any{"path": p.Path, "created": true}}, nil
}

func exists(p *sandbox.Place) (*tool.Result, error) {
	_, err := p.Root.Stat(p.Name)
	found := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotDir) {
		return nil, p.Explain(err)
	}
	text := fmt.Sprint(found)
	return &tool.Result{Text: &text, Value: map[string]any{"path": p.Path, "exists": found}}, nil
}

func metadata(p *sandbox.Place) (*tool.Result, error) {
	info, err := p.Root.Stat(p.Name)
	if err != nil {
		return nil, p.Explain(err)
	}
	value := describe(p.Path, info)
	value["path"] = p.Path
	value["permissions"] = fmt.Sprintf("%04o", info.Mode().Perm())
	value["readonly"] = info.Mode().Perm()&0o222 == 0
	value["is_file"], value["is_dir"] = info.Mode().IsRegular(), info.IsDir()
	link, err := p.Root.Lstat(p.Name)
	value["is_symlink"] = err == nil && link.Mode()&os.ModeSymlink != 0
	return tool.Value(value), nil
}
