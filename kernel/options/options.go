// Package options says what the tables may hold in which the kernel's functions take
// options, filters and descriptions. The kernel checks what it is given by it, and the
// language server what is written: so both say the same, in the same words.
package options

import (
	"maps"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/tools/schema"
)

// Name names a table, as the library of the language server does after "llmspell.".
type Name string

// Table says what one table may hold. It is immutable and safe for concurrent use.
type Table struct {
	Name Name
	// Member is what errors call the table: its member x is Member.x.
	Member string
	// Schema describes the table itself.
	Schema *schema.Schema
	// KeysOnly: the function itself looks at the values, which may be of any kind.
	KeysOnly bool
	// Lists are members that are lists of texts, of which one may be given as it is.
	Lists []string
	// Function is a member that is a function, and no part of Schema; "" for none. With
	// it, Instead need not be given.
	Function, Instead string
	// Texts say of texts that fit the schema whether they are right, by their member.
	// They take the member's text, and return an error in whole words.
	Texts map[string]func(text string) error

	once    sync.Once
	checker *schema.Checker
	relaxed *schema.Checker // without Instead
}

// Checker checks a map that has the table as its Member. function says that the table
// has its Function.
func (t *Table) Checker(function bool) *schema.Checker {
	t.once.Do(func() {
		t.checker = schema.Compile(schema.Map("", schema.Optional(t.Member, t.Schema)))
		t.relaxed = t.checker
		if t.Instead != "" {
			s := *t.Schema
			s.Properties = slices.Clone(s.Properties)
			for i := range s.Properties {
				if s.Properties[i].Name == t.Instead {
					s.Properties[i].Required = false
				}
			}
			t.relaxed = schema.Compile(schema.Map("", schema.Optional(t.Member, &s)))
		}
	})
	if function {
		return t.relaxed
	}
	return t.checker
}

// Check returns what counts of a value, as encoding/json decodes it, with whole numbers as
// int64 or float64: other names made canonical, defaults filled in. The value, which must be
// a map, is not changed. function says that the table has its Function, which is not in
// value. Errors are *schema.FieldError, or what Texts say.
func (t *Table) Check(value any, function bool) (map[string]any, error) {
	if m, ok := value.(map[string]any); ok {
		value = t.Listed(m)
	}
	all, err := t.Checker(function).CheckObject(map[string]any{t.Member: value})
	if err != nil {
		return nil, err
	}
	out, _ := all[t.Member].(map[string]any)
	return out, t.CheckTexts(out)
}

// NoFunction is the error of a table whose Function is something else, of a type of Lua's.
func (t *Table) NoFunction(luaType string) error {
	return &schema.FieldError{Path: t.Member + "." + t.Function, Expected: "a function", Found: luaType}
}

// Listed is a table with texts that stand for lists made lists.
func (t *Table) Listed(m map[string]any) map[string]any {
	owned := false
	for _, name := range t.Lists {
		text, ok := m[name].(string)
		if !ok {
			continue
		}
		if !owned {
			m, owned = maps.Clone(m), true
		}
		m[name] = []any{text}
	}
	return m
}

// CheckTexts returns what Texts say of a checked table, in the order of the names.
func (t *Table) CheckTexts(checked map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(t.Texts)) {
		if text, ok := checked[name].(string); ok {
			if err := t.Texts[name](text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Of returns the table of a name, nil if there is none.
func Of(name Name) *Table { return tables()[name] }

// Names returns the names of all tables, sorted.
func Names() []Name { return slices.Sorted(maps.Keys(tables())) }

// tables is made when it is first asked for.
var tables = sync.OnceValue(func() map[Name]*Table {
	out := map[Name]*Table{}
	for _, list := range [][]*Table{toolTables(), stateTables(), sessionTables(), eventTables(), otherTables()} {
		for _, t := range list {
			out[t.Name] = t
		}
	}
	return out
})
