package lsp

// TokenTypes are the names of the types of semantic tokens.
func TokenTypes() []string { return tokenTypes[:] }

// TokenModifiers are the names of their modifiers.
func TokenModifiers() []string { return tokenModifiers[:] }
