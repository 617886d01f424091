package filesystem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxConverted is the size from which a file is not converted: it is held in
// memory, in both encodings.
const maxConverted = 32 << 20

func fileConverterDefinition() tool.Definition {
	names, aliases := encodingNames(), encodingAliases()
	return tool.Static(&tool.Descriptor{
		Name: "file-converter", Aliases: []string{"text-converter"}, Category: "filesystem", Version: "1.0.0", Security: tool.Privileged, SideEffects: true,
		Tags: []string{"file", "encoding", "charset", "utf-8", "line endings", "tabs", "spaces"}, Needs: []tool.Need{tool.Files}, Timeout: time.Minute,
		Description: "Converts a text file of 32 MB at most: its encoding, its line endings, or tabs and spaces at the beginning of lines. The file is replaced at once and keeps its mode, or target_path is written",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to convert; detect changes nothing", "encoding", "line_endings", "indentation", "detect").
				WithAliases(map[string]string{"charset": "encoding", "line_ending": "line_endings", "newlines": "line_endings", "indent": "indentation"})),
			schema.Required("path", schema.Text("The file"), "input", "file_path", "source_path", "file"),
			schema.Optional("target_path", schema.Text("Where to write the result; the default is path itself"), "target", "output_path", "destination"),
			schema.Optional("from_encoding", schema.Choice("How the file is encoded; the default is found out from a byte order mark or guessed from the content", names...).WithAliases(aliases), "source_encoding"),
			schema.Optional("to_encoding", schema.Choice("How to encode it (encoding)", names...).WithDefault("utf-8").WithAliases(aliases), "target_encoding"),
			schema.Optional("on_error", schema.Choice("What to do about bytes that are wrong in from_encoding, and characters that to_encoding lacks: fail, or replace (with U+FFFD, and with ?)", "fail", "replace").
				WithDefault("fail").WithAliases(map[string]string{"error": "fail", "strict": "fail"})),
			schema.Optional("line_ending", schema.Choice("What each line shall end with (line_endings)", "lf", "crlf", "cr").WithDefault("lf").
				WithAliases(map[string]string{"unix": "lf", "windows": "crlf", "dos": "crlf", "mac": "cr", "LF": "lf", "CRLF": "crlf", "CR": "cr", "\n": "lf", "\r\n": "crlf"}), "to"),
			schema.Optional("convert_to_spaces", &schema.Schema{Types: []schema.Type{schema.Boolean}, Default: true, Description: "Make spaces of the tabs at the beginning of lines, or, when false, tabs of the spaces (indentation)"}, "to_spaces"),
			schema.Optional("tab_size", schema.Int("How many spaces a tab is (indentation)", 1, 16).WithDefault(4), "tab_width")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("path", schema.Text("The file")),
			schema.Optional("target_path", schema.Text("The file that was written")),
			schema.Optional("changed", schema.Flag("Whether the result differs from what was there")),
			schema.Optional("from_encoding", schema.Text("The encoding of the file")),
			schema.Optional("to_encoding", schema.Text("The encoding of the result (encoding)")),
			schema.Optional("confidence", schema.Num("How sure a guess of from_encoding is, from 0 to 100; 100 when a byte order mark or valid UTF-8 tells, 10 when nothing told and windows-1252 was taken")),
			schema.Optional("replaced", schema.Num("How many characters were replaced")),
			schema.Optional("line_endings", schema.Map("How many lines ended with each: {lf, crlf, cr, style: lf|crlf|cr|mixed|none} (line_endings, detect)")),
			schema.Optional("lines_changed", schema.Num("Lines whose indentation changed (indentation)")),
			schema.Optional("bytes_read", schema.Num("Size before")),
			schema.Optional("bytes_written", schema.Num("Size after")),
		}},
		Examples: []tool.Example{
			{Description: "From Latin-1 to UTF-8", Files: map[string]string{"old.txt": "caf\xe9\n"},
				Params: map[string]any{"operation": "encoding", "path": "old.txt", "from_encoding": "iso-8859-1", "to_encoding": "utf-8"},
				Want:   map[string]any{"changed": true, "bytes_read": 5, "bytes_written": 6}},
			{Description: "From Windows line endings to Unix ones", Files: map[string]string{"a.txt": "one\r\ntwo\r\n"},
				Params: map[string]any{"operation": "line_endings", "path": "a.txt", "line_ending": "lf", "target_path": "b.txt"},
				Want:   map[string]any{"changed": true, "line_endings": map[string]any{"style": "crlf", "crlf": 2}, "bytes_written": 8}},
			{Description: "From tabs to spaces", Files: map[string]string{"a.lua": "if x then\n\ty()\nend\n"},
				Params: map[string]any{"operation": "indentation", "path": "a.lua", "tab_size": 2}, Want: map[string]any{"lines_changed": 1}},
			{Description: "What a file is", Files: map[string]string{"a.txt": "na\u00efve\n"}, Params: map[string]any{"operation": "detect", "path": "a.txt"},
				Want: map[string]any{"from_encoding": "utf-8", "confidence": 100}},
		},
	}, convertFile)
}

func convertFile(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	path := call.Params.String("path")
	data, err := readText(ctx, call, path)
	if err != nil {
		return nil, err
	}
	from, confidence := call.Params.String("from_encoding"), 100
	if from == "" {
		if from, confidence, err = detectEncoding(path, data); err != nil {
			return nil, err
		}
	}
	value := map[string]any{"path": path, "from_encoding": from, "confidence": confidence, "bytes_read": len(data)}
	strict := call.Params.String("on_error") != "replace"
	text, invalid, err := decodeText(ctx, data, from, strict)
	if err != nil {
		return nil, err
	}
	if call.Operation == "detect" {
		value["line_endings"] = countEndings(text)
		return tool.Value(value), nil
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return nil, tool.Errorf(tool.ExecutionFailed, "%q is no text: read as %s, it has a zero character at %d; pass from_encoding if that is wrong", path, from, i)
	}
	to := from
	switch call.Operation {
	case "encoding":
		to = call.Params.String("to_encoding")
		value["to_encoding"] = to
	case "line_endings":
		value["line_endings"] = countEndings(text)
		text = setEndings(text, call.Params.String("line_ending"))
	case "indentation":
		var changed int
		text, changed = indent(text, call.Params.Int("tab_size"), call.Params.Bool("convert_to_spaces"))
		value["lines_changed"] = changed
	}
	if len(text) > 4*maxConverted {
		return nil, tool.Errorf(tool.LimitExceeded, "the result is larger than %d MB", 4*maxConverted>>20)
	}
	out, missing, err := encodeText(ctx, text, to, strict)
	if err != nil {
		return nil, err
	}
	value["replaced"] = invalid + missing
	value["changed"], value["bytes_written"] = !bytes.Equal(out, data), len(out)
	result, err := writeConverted(call, path, out, value)
	if err == nil && confidence < 50 {
		result.Message += fmt.Sprintf("; from_encoding was guessed (%s, confidence %d of 100): pass it if that is wrong", from, confidence)
	}
	return result, err
}

// readText reads a file that is small enough.
func readText(ctx context.Context, call *tool.Call, path string) ([]byte, error) {
	f, err := call.Sandbox.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readInto(ctx, nil, f, maxConverted+1)
	if err == nil && len(data) > maxConverted {
		err = tool.Errorf(tool.LimitExceeded, "%q is larger than %d MB", path, maxConverted>>20)
	}
	return data, err
}

// writeConverted replaces the file at once. A new file takes the mode of the
// one that it was made from.
func writeConverted(call *tool.Call, path string, out []byte, value map[string]any) (*tool.Result, error) {
	target := call.Params.String("target_path")
	if target == "" {
		target = path
	}
	src, err := call.Sandbox.Place(sandbox.Read, path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	info, err := src.Root.Stat(src.Name)
	if err != nil {
		return nil, src.Explain(err)
	}
	p, err := call.Sandbox.Place(sandbox.Write, target)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	value["path"], value["target_path"] = src.Path, p.Path
	if p.Path == src.Path && value["changed"] == false {
		return &tool.Result{Message: src.Path + " is so already", Value: value}, nil
	}
	err = p.Replace(func(w io.Writer) error { _, err := w.Write(out); return err }, info.Mode().Perm())
	if err != nil {
		return nil, err
	}
	return &tool.Result{Message: fmt.Sprintf("wrote %d bytes to %s", len(out), p.Path), Value: value}, nil
}

func countEndings(text []byte) map[string]any {
	crlf := bytes.Count(text, []byte("\r\n"))
	lf, cr := bytes.Count(text, []byte{'\n'})-crlf, bytes.Count(text, []byte{'\r'})-crlf
	style, kinds := "none", 0
	for name, n := range map[string]int{"lf": lf, "crlf": crlf, "cr": cr} {
		if n > 0 {
			style = name
			kinds++
		}
	}
	if kinds > 1 {
		style = "mixed"
	}
	return map[string]any{"lf": lf, "crlf": crlf, "cr": cr, "style": style}
}

func setEndings(text []byte, ending string) []byte {
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte{'\n'}), []byte{'\r'}, []byte{'\n'})
	switch ending {
	case "crlf":
		return bytes.ReplaceAll(text, []byte{'\n'}, []byte("\r\n"))
	case "cr":
		return bytes.ReplaceAll(text, []byte{'\n'}, []byte{'\r'})
	}
	return text
}

// indent rewrites the blanks at the beginning of lines.
func indent(text []byte, size int, spaces bool) (out []byte, changed int) {
	out = make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		end := len(text)
		if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
			end = i + 1
		}
		line := text[:end]
		text = text[end:]
		width, n := 0, 0
		for ; n < len(line) && (line[n] == ' ' || line[n] == '\t'); n++ {
			if line[n] == '\t' {
				width += size - width%size
			} else {
				width++
			}
		}
		start := len(out)
		if !spaces {
			out = append(out, bytes.Repeat([]byte{'\t'}, width/size)...)
			width %= size
		}
		out = append(out, bytes.Repeat([]byte{' '}, width)...)
		if !bytes.Equal(out[start:], line[:n]) {
			changed++
		}
		out = append(out, line[n:]...)
	}
	return out, changed
}

// position says where in a text an offset lies, for people.
func position(text []byte, offset int) string {
	line := bytes.Count(text[:offset], []byte{'\n'}) + 1
	column := utf8.RuneCount(text[bytes.LastIndexByte(text[:offset], '\n')+1:offset]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}
