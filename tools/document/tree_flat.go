package document

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// The flat formats know texts only: numbers and booleans come back as texts.

// fromINI reads sections of name = value lines; values before the first
// section lie at the top.
func (b *builder) fromINI(text string) (any, error) {
	top := &object{}
	at, index, sections := top, map[string]int{}, map[string]int{}
	topIndex, indexes := index, map[*object]map[string]int{}
	for i, line := range lines(text) {
		if err := b.node(1); err != nil {
			return nil, err
		}
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == ';' || line[0] == '#':
			b.lost["comments"] = true
		case line[0] == '[':
			name, ok := strings.CutSuffix(line[1:], "]")
			if !ok {
				return nil, fmt.Errorf("line %d: the section has no closing bracket", i+1)
			}
			name = strings.TrimSpace(name)
			if n, known := sections[name]; known { // it goes on
				at = top.members[n].value.(*object)
				index = indexes[at]
				continue
			}
			if _, taken := topIndex[name]; taken {
				return nil, fmt.Errorf("line %d: %q is the name of a value already", i+1, name)
			}
			at, index = &object{}, map[string]int{}
			indexes[at], sections[name] = index, len(top.members)
			top.set(topIndex, name, at)
		default:
			cut := strings.IndexAny(line, "=:")
			if cut <= 0 {
				return nil, fmt.Errorf("line %d: %.60q is neither a section nor name = value", i+1, line)
			}
			key := strings.TrimSpace(line[:cut])
			if _, section := sections[key]; section && at == top {
				return nil, fmt.Errorf("line %d: %q is the name of a section already", i+1, key)
			}
			if at.set(index, key, iniValue(line[cut+1:])) {
				b.lost["the first of two values with the same name"] = true
			}
		}
	}
	return top, nil
}

func iniValue(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		if s[0] == '"' {
			if text, err := strconv.Unquote(s); err == nil {
				return text
			}
		}
		return s[1 : len(s)-1]
	}
	return s
}

func lines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), "\n")
}

func (b *builder) toINI(t any) (string, error) {
	top, ok := t.(*object)
	if !ok {
		return "", tool.Errorf(tool.ExecutionFailed, "an INI document holds named values and sections, which this is not")
	}
	var out strings.Builder
	for _, m := range top.members {
		if _, section := m.value.(*object); !section {
			if err := b.iniLine(&out, m, ""); err != nil {
				return "", err
			}
		}
	}
	for _, m := range top.members {
		section, ok := m.value.(*object)
		if !ok {
			continue
		}
		if strings.ContainsAny(m.key, "]\r\n") || strings.TrimSpace(m.key) != m.key {
			return "", tool.Errorf(tool.ExecutionFailed, "%q cannot be the name of an INI section", m.key)
		}
		fmt.Fprintf(&out, "\n[%s]\n", m.key)
		for _, e := range section.members {
			if err := b.iniLine(&out, e, m.key+"."); err != nil {
				return "", err
			}
		}
	}
	return strings.TrimPrefix(out.String(), "\n"), nil
}

func (b *builder) iniLine(out *strings.Builder, m member, under string) error {
	text, err := b.flat(m.value, under+m.key)
	if err != nil {
		return err
	}
	if m.key == "" || strings.ContainsAny(m.key, "=:\r\n") || strings.ContainsRune(";#[", rune(m.key[0])) || strings.TrimSpace(m.key) != m.key {
		return tool.Errorf(tool.ExecutionFailed, "%q cannot be the name of an INI value", under+m.key)
	}
	if iniValue(text) != text || strings.ContainsAny(text, "\r\n") {
		text = strconv.Quote(text)
	}
	fmt.Fprintf(out, "%s = %s\n", m.key, text)
	return nil
}

// flat returns the text of a value that is neither a list nor a mapping.
func (b *builder) flat(v any, name string) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil:
		b.lost["that values are null: they become empty texts"] = true
		return "", nil
	case number, bool, stamp:
		b.lost["the types of values: all become texts"] = true
		return fmt.Sprint(v), nil
	}
	return "", tool.Errorf(tool.ExecutionFailed, "%s is nested deeper than the format can hold; use json, yaml or toml", name)
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fromEnv reads NAME=value lines, as of a .env file. Nothing is expanded.
func (b *builder) fromEnv(text string) (any, error) {
	o, index := &object{}, map[string]int{}
	for i, line := range lines(text) {
		if err := b.node(1); err != nil {
			return nil, err
		}
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if line[0] == '#' {
			b.lost["comments"] = true
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || !envName.MatchString(name) {
			return nil, fmt.Errorf("line %d: %.60q is not NAME=value", i+1, line)
		}
		if value, ok = envValue(strings.TrimSpace(value)); !ok {
			return nil, fmt.Errorf("line %d: the quotes of %s are not closed; a value takes one line, with \\n for the end of one", i+1, name)
		}
		o.set(index, name, value)
	}
	return o, nil
}

func envValue(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	switch s[0] {
	case '\'':
		end := strings.IndexByte(s[1:], '\'')
		if end < 0 {
			return "", false
		}
		return s[1 : 1+end], true
	case '"':
		var out strings.Builder
		for i := 1; i < len(s); i++ {
			switch c := s[i]; {
			case c == '"':
				return out.String(), true
			case c == '\\' && i+1 < len(s):
				i++
				switch s[i] {
				case 'n':
					out.WriteByte('\n')
				case 'r':
					out.WriteByte('\r')
				case 't':
					out.WriteByte('\t')
				default:
					out.WriteByte(s[i])
				}
			default:
				out.WriteByte(c)
			}
		}
		return "", false
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	return s, true
}

var plainEnv = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]*$`)

func (b *builder) toEnv(t any) (string, error) {
	o, ok := t.(*object)
	if !ok {
		return "", tool.Errorf(tool.ExecutionFailed, "an env document holds named values, which this is not")
	}
	var out strings.Builder
	for _, m := range o.members {
		text, err := b.flat(m.value, m.key)
		if err != nil {
			return "", err
		}
		if !envName.MatchString(m.key) {
			return "", tool.Errorf(tool.ExecutionFailed, "%q cannot be the name of a variable: letters, digits and _ only", m.key)
		}
		if !plainEnv.MatchString(text) {
			text = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "$", `\$`, "`", "\\`").Replace(text) + `"`
		}
		fmt.Fprintf(&out, "%s=%s\n", m.key, text)
	}
	return out.String(), nil
}

// fromCSV reads a table whose first line names the columns.
func (b *builder) fromCSV(text string) (any, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return []any{}, nil
	}
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		o, index := &object{}, make(map[string]int, len(names))
		for i, cell := range row {
			if err := b.node(2); err != nil {
				return nil, err
			}
			if o.set(index, names[i], cell) {
				return nil, fmt.Errorf("two columns have the name %q", names[i])
			}
		}
		rows = append(rows, o)
	}
}

func (b *builder) toCSV(t any) (string, error) {
	rows, ok := t.([]any)
	if !ok {
		return "", tool.Errorf(tool.ExecutionFailed, "a CSV document is a list of records, which this is not")
	}
	index := map[string]int{}
	var names []string
	for i, row := range rows {
		o, ok := row.(*object)
		if !ok {
			return "", tool.Errorf(tool.ExecutionFailed, "record %d is no mapping of columns to values", i+1)
		}
		for _, m := range o.members {
			if _, known := index[m.key]; !known {
				index[m.key] = len(names)
				names = append(names, m.key)
			}
		}
	}
	if len(rows)*len(names) > 4*maxTreeNodes {
		return "", tool.Errorf(tool.LimitExceeded, "the table would have more than %d cells", 4*maxTreeNodes)
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	if err := w.Write(names); err != nil {
		return "", err
	}
	for i, row := range rows {
		cells := make([]string, len(names))
		for _, m := range row.(*object).members {
			text, err := b.flat(m.value, fmt.Sprintf("%s of record %d", m.key, i+1))
			if err != nil {
				return "", err
			}
			cells[index[m.key]] = text
		}
		if err := w.Write(cells); err != nil {
			return "", err
		}
	}
	w.Flush()
	return out.String(), w.Error()
}
