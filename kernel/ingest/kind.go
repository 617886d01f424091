package ingest

import (
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/memory/rag"
)

// pdf is no kind of text: it becomes one.
const pdf rag.Kind = "pdf"

// endings are the kinds of files that have one of these names' endings. All others are plain text, if they are text.
var endings = func() map[string]rag.Kind {
	out := map[string]rag.Kind{}
	for kind, list := range map[rag.Kind]string{
		rag.Markdown: "md markdown mdown mdx qmd rmd",
		rag.HTML:     "html htm xhtml",
		pdf:          "pdf",
		rag.Code: "lua go py pyi js mjs cjs jsx ts mts cts tsx rs c h cc cpp cxx hh hpp m mm java kt kts scala groovy rb php pl pm sh bash zsh fish ps1 sql cs fs vb swift r jl ex exs erl " +
			"hs ml mli clj cljs el lisp scm vim zig nim dart proto css scss less vue svelte tf hcl nix cmake gradle make mk toml yaml yml json jsonc ini cfg conf",
	} {
		for ending := range strings.FieldsSeq(list) {
			out["."+ending] = kind
		}
	}
	return out
}()

// names are files whose name alone says that they are code.
var names = map[string]bool{"makefile": true, "dockerfile": true, "cmakelists.txt": true, "rakefile": true, "gemfile": true, "justfile": true}

// KindOf is the kind of a file, by its name.
func KindOf(path string) rag.Kind {
	name := strings.ToLower(filepath.Base(path))
	if names[name] {
		return rag.Code
	}
	if kind, ok := endings[filepath.Ext(name)]; ok {
		return kind
	}
	return rag.Plain
}
