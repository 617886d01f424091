package format

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// The files that Load reads.
const (
	ConfigFile   = ".llmspell-fmt.toml"
	editorConfig = ".editorconfig"
)

// maxConfig is how large these files may be, in bytes.
const maxConfig = 64 << 10

// Load returns the options for a file: defaults, changed by the .editorconfig files
// in its folder and those above, changed by the nearest .llmspell-fmt.toml. Of
// .editorconfig these count: indent_style, indent_size, tab_width, max_line_length,
// quote_type, end_of_line and insert_final_newline, in sections whose pattern means the
// file, as the format's specification has it; what they say that cannot be is ignored, as editors do.
// The error names the .llmspell-fmt.toml that is wrong, and the key.
func Load(path string, defaults Options) (Options, error) {
	opts := defaults
	abs, err := filepath.Abs(path)
	if err != nil {
		return opts, fmt.Errorf("find the folder of %s: %w", path, err)
	}
	config := ""
	var editors []string // the nearest first
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if config == "" {
			if name := filepath.Join(dir, ConfigFile); isFile(name) {
				config = name
			}
		}
		editors = append(editors, filepath.Join(dir, editorConfig))
		if filepath.Dir(dir) == dir {
			break
		}
	}
	var texts, names []string // what they say, and the file's path from their folders
	for _, name := range editors {
		text, err := readConfig(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return opts, err
		}
		rel, err := filepath.Rel(filepath.Dir(name), abs)
		if err != nil {
			return opts, fmt.Errorf("find %s from the folder of %s: %w", path, name, err)
		}
		texts, names = append(texts, text), append(names, filepath.ToSlash(rel))
		if isRoot(text) {
			break
		}
	}
	for i := len(texts) - 1; i >= 0; i-- {
		opts = applyEditorConfig(opts, texts[i], names[i])
	}
	if config == "" {
		return opts, nil
	}
	text, err := readConfig(config)
	if err != nil {
		return opts, err
	}
	opts, err = Parse(text, opts)
	if err != nil {
		return opts, fmt.Errorf("%s: %w", config, err)
	}
	return opts, nil
}

// Parse reads the text of a .llmspell-fmt.toml, which changes the options given.
func Parse(text string, opts Options) (Options, error) {
	changed := opts
	meta, err := toml.Decode(text, &changed)
	if err != nil {
		return opts, err
	}
	if keys := meta.Undecoded(); len(keys) > 0 {
		return opts, fmt.Errorf("there is no option %q", keys[0].String())
	}
	if err := changed.Check(); err != nil {
		return opts, err
	}
	return changed, nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func readConfig(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return "", fmt.Errorf("%s is no file of at most %d bytes", name, maxConfig)
	}
	data, err := os.ReadFile(name)
	return string(data), err
}

// isRoot tells whether an .editorconfig says that none above it count.
func isRoot(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			return false
		}
		key, value, _ := strings.Cut(line, "=")
		if strings.EqualFold(strings.TrimSpace(key), "root") {
			return strings.EqualFold(strings.TrimSpace(value), "true")
		}
	}
	return false
}

// applyEditorConfig changes the options as the text of an .editorconfig says for a
// file, whose path from there is name, with slashes.
func applyEditorConfig(opts Options, text, name string) Options {
	ours := false
	size, tab := "", ""
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, maxConfig+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if section, ok := strings.CutPrefix(line, "["); ok {
			end := strings.LastIndexByte(section, ']')
			ours = end >= 0 && matches(section[:end], name)
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ours || !ok {
			continue
		}
		changed := opts
		switch key, value := strings.ToLower(strings.TrimSpace(key)), strings.ToLower(strings.TrimSpace(value)); key {
		case "indent_style":
			changed.Indent = map[string]string{"tab": "tabs", "space": "spaces"}[value]
		case "indent_size":
			size = value
			changed.IndentSize, _ = strconv.Atoi(value)
		case "tab_width":
			tab = value
		case "max_line_length":
			if changed.LineWidth, _ = strconv.Atoi(value); value != "off" && changed.LineWidth <= 0 {
				changed.LineWidth = opts.LineWidth
			}
		case "quote_type":
			changed.Quotes = map[string]string{"single": "single", "double": "double", "auto": "keep"}[value]
		case "end_of_line":
			changed.EndOfLine = value
		case "insert_final_newline":
			changed.FinalNewline = value == "true" || value != "false" && opts.FinalNewline
		}
		if changed.Check() == nil {
			opts = changed
		}
	}
	if n, err := strconv.Atoi(tab); err == nil && (size == "tab" || size == "" && opts.Indent == "tabs") && n > 0 && n <= 16 {
		opts.IndentSize = n
	}
	return opts
}
