package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// alias is the type that an alias stands for. Where it leads back to itself, by whatever
// other aliases, nothing is known: whichever of them is asked for first.
func (c *checker) alias(u *unit, tag *luacats.AliasTag, name string) types.Type {
	outer := c.aliasing
	c.aliasing = name
	in, params := u.withGenerics(tag.Params, nil)
	t := u.convert(tag.Type, in)
	c.aliasing = outer
	if slotKinds()[name] != "" {
		t = types.Join(t) // the catalogue knows more names
	}
	if len(params) > 0 {
		t = &generic{params, t}
	}
	c.classes[name] = t
	return t
}

// aliasLeads tells whether the alias from, or one that it is made of, is made of the alias to.
func (c *checker) aliasLeads(from, to string) bool {
	seen := map[string]bool{}
	for list := []string{from}; len(list) > 0; {
		name := list[len(list)-1]
		list = list[:len(list)-1]
		if name == to {
			return true
		}
		tag := c.aliasTag(name)
		if seen[name] || tag == nil {
			continue
		}
		seen[name] = true
		luacats.Walk(tag.Type, func(t luacats.Type) bool {
			if n, ok := t.(*luacats.NameType); ok {
				list = append(list, n.Name.Text)
			}
			return true
		})
	}
	return false
}

// aliasTag is the declaration of an alias, nil if the name is none.
func (c *checker) aliasTag(name string) *luacats.AliasTag {
	for _, f := range c.typeFiles(name) {
		for _, b := range f.typeNames()[name] {
			for _, tag := range b.Tags {
				if tag, ok := tag.(*luacats.AliasTag); ok && tag.Name.Text == name {
					return tag
				}
			}
		}
	}
	return nil
}
