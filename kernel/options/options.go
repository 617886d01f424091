// Package options says what the tables may hold in which the kernel's functions take
// options, filters and descriptions. The kernel checks what it is given by it, and the
// language server what is written: so both say the same, in the same words.
package options

import (
	"errors"
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
	// OwnWords: the function has other words than Check for what is no table.
	OwnWords bool
	// Lists are members that are lists of texts, of which one may be given as it is.
	Lists []string
	// Function is a member that is a function, and no part of Schema; "" for none. With
	// it, Instead need not be given. It is data to nobody: who has a table takes it out,
	// and says what it was.
	Function, Instead string
	// Texts say of texts that fit the schema whether they are right, by their member.
	// They take the member's text, and return an error in whole words.
	Texts map[string]func(text string) error

	once    sync.Once
	checker *schema.Checker
	relaxed *schema.Checker // without Instead
}

// Checker checks a map that has the table as its Member, in which Function may stand for
// anything. function says that the table has its Function.
func (t *Table) Checker(function bool) *schema.Checker {
	t.once.Do(func() {
		t.checker = t.compile(false)
		t.relaxed = t.checker
		if t.Instead != "" {
			t.relaxed = t.compile(true)
		}
	})
	if function {
		return t.relaxed
	}
	return t.checker
}

func (t *Table) compile(withFunction bool) *schema.Checker {
	s := *t.Schema
	s.Properties = slices.Clone(s.Properties)
	for i := range s.Properties {
		if withFunction && s.Properties[i].Name == t.Instead {
			s.Properties[i].Required = false
		}
	}
	if t.Function != "" {
		s.Properties = append(s.Properties, schema.Optional(t.Function, &schema.Schema{}))
	}
	return schema.Compile(schema.Map("", schema.Optional(t.Member, &s)))
}

// Check returns what counts of a value, as encoding/json decodes it, with whole numbers as
// int64 or float64: other names made canonical, defaults filled in. The value, which must be
// a map, is not changed. function is Lua's type of the table's Function, which is not in
// value; "" if it has none. Errors are *schema.FieldError, or what Texts say.
func (t *Table) Check(value any, function string) (map[string]any, error) {
	if err := t.CheckFunction(function); err != nil {
		return nil, err
	}
	if m, ok := value.(map[string]any); ok {
		value = t.Listed(m)
	}
	all, err := t.Checker(function == "function").CheckObject(map[string]any{t.Member: value})
	if err != nil {
		return nil, err
	}
	out, _ := all[t.Member].(map[string]any)
	return out, t.CheckTexts(out)
}

// CheckFunction returns the error of a table whose Function is of another type of Lua's:
// nil for "function", "nil" and "".
func (t *Table) CheckFunction(luaType string) error {
	if luaType == "" || luaType == "nil" || luaType == "function" {
		return nil
	}
	return &schema.FieldError{Path: t.Member + "." + t.Function, Expected: "a function", Found: luaType}
}

// Unusable is the error of a table that could not be read as data, and why. A name that
// the table does not have comes first: a function behind a misspelt name is no data, but
// the name is the mistake. keys are those of the table that are texts.
func (t *Table) Unusable(keys []string, why string) error {
	if err := t.unknown(keys); err != nil {
		return err
	}
	return &schema.FieldError{Path: t.Member, Problem: "cannot be used: " + why}
}

// unknown is the error of the first key that the table does not have; nil if it has all.
func (t *Table) unknown(keys []string) error {
	names := make(map[string]any, len(keys))
	for _, key := range keys {
		names[key] = schema.Unknown{}
	}
	_, err := t.Checker(true).CheckObject(map[string]any{t.Member: names})
	if e, ok := errors.AsType[*schema.FieldError](err); ok && e.Kind == schema.UnknownField {
		return e
	}
	return nil
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
	for _, list := range [][]*Table{toolTables(), stateTables(), sessionTables(), memoryTables(), ragTables(), eventTables(), otherTables()} {
		for _, t := range list {
			checkMoments(t)
			checkScope(t)
			out[t.Name] = t
		}
	}
	return out
})
