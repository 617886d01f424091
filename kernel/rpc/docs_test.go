package rpc

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/rpc.md")

const (
	docsFile  = "../../docs/rpc.md"
	generated = "<!-- What follows is generated: go test ./kernel/rpc -run TestDocs -update writes it. -->\n"
)

// sources are where the types of the protocol are described.
var sources = []string{".", "../../tools", "..", "../archive", "../state"}

// comments finds what the sources say of types and their fields: "Type" and
// "Type.Field".
func comments(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, dir := range sources {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			pkg := file.Name.Name
			ast.Inspect(file, func(n ast.Node) bool {
				decl, ok := n.(*ast.GenDecl)
				if !ok {
					return true
				}
				for _, spec := range decl.Specs {
					typ, ok := spec.(*ast.TypeSpec)
					if !ok {
						continue
					}
					key := pkg + "." + typ.Name.Name
					out[key] = oneLine(decl.Doc.Text())
					st, ok := typ.Type.(*ast.StructType)
					if !ok {
						continue
					}
					for _, f := range st.Fields.List {
						for _, n := range f.Names {
							out[key+"."+n.Name] = oneLine(f.Doc.Text() + " " + f.Comment.Text())
						}
					}
				}
				return true
			})
		}
	}
	return out
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// jsonType says what a Go type is in JSON, and which objects it leads to.
func jsonType(t reflect.Type) (text string, object reflect.Type) {
	switch t.String() {
	case "time.Time":
		return "time (RFC 3339)", nil
	case "json.RawMessage", "interface {}":
		return "any", nil
	case "[]uint8":
		return "string (base64)", nil
	case "rpc.Text":
		return "text", nil
	case "rpc.StateValue":
		return "value", nil
	case "rpc.PermissionList":
		return "`true` or list of string", nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem())
	case reflect.Slice:
		text, object = jsonType(t.Elem())
		return "list of " + text, object
	case reflect.Map:
		text, object = jsonType(t.Elem())
		return "object of " + text, object
	case reflect.Struct:
		return t.Name(), t
	}
	return typeName(t), nil
}

// ownNames are the names in JSON of the fields that a struct has itself.
func ownNames(typ reflect.Type) (names []string) {
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// document writes the generated part.
func document(t *testing.T) string {
	said := comments(t)
	var b strings.Builder
	var objects []reflect.Type
	mention := func(o reflect.Type) {
		if o != nil && o != reflect.TypeFor[Empty]() && !slices.Contains(objects, o) {
			objects = append(objects, o)
		}
	}
	var members func(typ reflect.Type)
	var shadowed []string // names that an outer type has too
	members = func(typ reflect.Type) {
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Anonymous {
				shadowed = ownNames(typ)
				members(f.Type)
				shadowed = nil
				continue
			}
			name, may := jsonField(f)
			if name == "" || slices.Contains(shadowed, name) {
				continue
			}
			text, object := jsonType(f.Type)
			mention(object)
			optional := ""
			if may {
				optional = ", optional"
			}
			line := fmt.Sprintf("- `%s`: %s%s", name, text, optional)
			if doc := said[typ.String()+"."+f.Name]; doc != "" {
				line += ". " + strings.ToUpper(doc[:1]) + doc[1:]
				for _, other := range reflect.VisibleFields(typ) { // comments speak of fields by their names in Go
					json, _, _ := strings.Cut(other.Tag.Get("json"), ",")
					line = regexp.MustCompile(`\b`+other.Name+`\b`).ReplaceAllString(line, "`"+json+"`")
				}
			}
			fmt.Fprintln(&b, strings.TrimSuffix(line, ".")+".")
		}
	}
	table := func(title string, typ reflect.Type) {
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.NumField() == 0 {
			fmt.Fprintf(&b, "\n%s: none.\n", title)
			return
		}
		fmt.Fprintf(&b, "\n%s:\n\n", title)
		members(typ)
	}
	b.WriteString(generated + "\n## Methods\n")
	for _, m := range methods() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", m.name, m.doc)
		table("Parameters", m.params)
		table("Result", m.result)
	}
	b.WriteString("\n## Notifications of the kernel\n")
	for _, m := range notifications() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", m.name, m.doc)
		table("Parameters", m.params)
	}
	b.WriteString("\n## Objects\n\nA *text* is a string of Lua: a JSON string if it is UTF-8, and else `{\"base64\": \"…\"}`.\n" +
		"A *value* is one of `State`: JSON, with the objects `{\"$bytes\": …}`, `{\"$number\": …}` and `{\"$map\": …}` of [state.md](state.md#the-command-line).\n")
	for i := 0; i < len(objects); i++ { // it grows
		o := objects[i]
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", o.Name(), said[o.String()])
		members(o)
	}
	b.WriteString("\n## Errors\n\n| code | kind | meaning |\n|---|---|---|\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "| %d | `%s` | %s |\n", k.code, k.kind, k.text)
	}
	return b.String()
}

// docs/rpc.md has what the table of methods and the types say.
func TestDocs(t *testing.T) {
	have, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	hand, part, ok := strings.Cut(string(have), generated)
	if !ok {
		t.Fatalf("%s has no line %q", docsFile, generated)
	}
	want := document(t)
	if *update {
		if err := os.WriteFile(docsFile, []byte(hand+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	a, b := strings.Split(generated+part, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			t.Fatalf("%s is out of date from line %d of the generated part on; go test ./kernel/rpc -run TestDocs -update writes it", docsFile, i+1)
		}
	}
}

// Each type of the protocol that a client can meet is described.
func TestEverythingIsDescribed(t *testing.T) {
	text := document(t)
	for _, m := range methods() {
		if m.doc == "" || !bytes.Contains([]byte(text), []byte("### "+m.name+"\n")) {
			t.Errorf("%s is not described", m.name)
		}
	}
}
