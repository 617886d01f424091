package config

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mask stands for a secret.
const Mask = "***"

// Value is one value of a configuration, as it may be shown.
type Value struct {
	Key    string // dotted
	Value  any    // bool, int64, float64, string, []string, []any, map[string]any; nil: not set
	Origin Origin
	Live   bool // a running kernel takes a new value
	field  *field
}

// Values lists all values in the order of the sections, secrets masked. With a
// section, a dotted key, it lists that key, or what is below it.
func (l *Loaded) Values(section string) []Value {
	var out []Value
	flatten(reflect.ValueOf(l.Config).Elem(), schema(), "", func(path string, f *field, v reflect.Value) {
		if section != "" && path != section && !strings.HasPrefix(path, section+".") {
			return
		}
		out = append(out, Value{Key: path, Value: shown(f, path, v), Origin: l.originOf(path), Live: f.tag.live, field: f})
	})
	return out
}

func (l *Loaded) originOf(path string) Origin {
	if o, ok := l.origins[path]; ok {
		return o
	}
	return Origin{Layer: LayerDefault}
}

// flatten calls visit for every value that is no table. Tables whose names are
// free come in the order of their names.
func flatten(v reflect.Value, f *field, path string, visit func(string, *field, reflect.Value)) {
	switch {
	case v.Kind() == reflect.Struct:
		for _, child := range f.fields {
			flatten(v.Field(child.index), child, join(path, child.name), visit)
		}
		if f.rest != nil {
			flatten(v.Field(f.rest.index), f.rest, path, visit)
		}
	case v.Kind() == reflect.Map:
		for _, key := range slices.Sorted(maps.Keys(keys(v))) {
			flatten(v.MapIndex(reflect.ValueOf(key)), f.element, join(path, quoteKey(key)), visit)
		}
	default:
		visit(path, f, v)
	}
}

func keys(v reflect.Value) map[string]bool {
	out := map[string]bool{}
	for _, k := range v.MapKeys() {
		out[k.String()] = true
	}
	return out
}

// shown is a value as it may be shown.
func shown(f *field, path string, v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return durationText(x)
	case Size:
		if x%1024 != 0 || x == 0 {
			return int64(x)
		}
		return x.String()
	}
	var plain any
	switch v.Kind() {
	case reflect.Bool:
		plain = v.Bool()
	case reflect.Int, reflect.Int64:
		plain = v.Int()
	case reflect.Float64:
		plain = v.Float()
	case reflect.String:
		plain = v.String()
	default:
		plain = v.Interface()
	}
	return masked(plain, lastName(path), f.tag.secret)
}

func lastName(path string) string {
	parts := splitKey(path)
	if len(parts) == 0 {
		return ""
	}
	return parts[len(parts)-1]
}

// masked hides secrets in a value: all of it, or what the names of keys suggest.
func masked(v any, name, secret string) any {
	if secret != "yes" && secret != "url" && soundsSecret(name) {
		secret = "yes"
	}
	switch x := v.(type) {
	case string:
		return maskText(x, secret)
	case []string:
		out := make([]string, len(x))
		for i, s := range x {
			out[i] = maskText(s, secret)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = masked(e, name, secret)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = masked(e, k, secret)
		}
		return out
	}
	if secret == "yes" {
		return Mask
	}
	return v
}

func maskText(s, secret string) string {
	switch {
	case s == "" || isReference(s):
		return s
	case secret == "yes":
		return Mask
	}
	return maskURL(s)
}

// maskURL hides the password of an address, and the values of its query.
func maskURL(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return Mask
	}
	_, hasPassword := u.User.Password()
	if !hasPassword && u.RawQuery == "" {
		return s
	}
	out := u.Scheme + "://"
	if hasPassword {
		out += u.User.Username() + ":" + Mask + "@"
	} else if u.User != nil {
		out += u.User.String() + "@"
	}
	out += u.Host + u.EscapedPath()
	if u.RawQuery != "" {
		out += "?" + Mask
	}
	return out
}

// soundsSecret tells whether a key's name says that its value is a secret. Names
// of variables that hold secrets are none.
func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, "_env") || strings.HasPrefix(name, "max_") {
		return false
	}
	for _, word := range []string{"key", "token", "secret", "password", "passwd", "credential", "auth"} {
		if name == word || strings.HasSuffix(name, "_"+word) || strings.HasSuffix(name, "-"+word) || word != "key" && word != "auth" && word != "token" && strings.Contains(name, word) {
			return true
		}
	}
	return strings.HasSuffix(name, "apikey")
}

// durationText is like Duration.String without units of nothing.
func durationText(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Tree returns the values below a section as nested maps, secrets masked: for
// JSON, YAML and scripts. It is nil when there is no such section.
func (l *Loaded) Tree(section string) any {
	values := l.Values(section)
	if len(values) == 1 && values[0].Key == section {
		return values[0].Value
	}
	if len(values) == 0 && (section == "" || !l.hasTable(section)) {
		return nil
	}
	root := map[string]any{}
	for _, v := range values {
		put(root, splitKey(strings.TrimPrefix(strings.TrimPrefix(v.Key, section), ".")), v.Value)
	}
	return root
}

// hasTable tells whether a section is a table that may be empty.
func (l *Loaded) hasTable(section string) bool {
	f := schema().find(section)
	return f != nil && f.isTable()
}

func put(at map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	at[path[len(path)-1]] = value
}

// splitKey splits a dotted key; parts in quotes may hold dots.
func splitKey(key string) []string {
	var out []string
	for key != "" {
		if key[0] == '"' {
			if quoted, err := strconv.QuotedPrefix(key); err == nil {
				part, _ := strconv.Unquote(quoted) // it was just found to be quoted
				out, key = append(out, part), strings.TrimPrefix(key[len(quoted):], ".")
				continue
			}
		}
		part, rest, _ := strings.Cut(key, ".")
		out, key = append(out, part), rest
	}
	return out
}

// Sections lists the names of the tables at the top, in their order.
func Sections() []string {
	var out []string
	for _, f := range schema().fields {
		out = append(out, f.name)
	}
	return out
}

// Unused lists the sections and keys that were set and that nothing uses yet: the
// outermost ones, in their order.
func (l *Loaded) Unused() []string {
	var out []string
	for _, v := range l.Values("") {
		if v.Origin.Layer == LayerDefault || !v.field.tag.planned {
			continue
		}
		key := outermostPlanned(v.Key)
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// outermostPlanned shortens a key to the table that is planned as a whole.
func outermostPlanned(key string) string {
	f, path := schema(), ""
	for _, name := range splitKey(key) {
		if f = f.child(name); f == nil {
			break
		}
		path = join(path, quoteKey(name))
		if f.tag.planned {
			break
		}
	}
	return path
}
