package lint

// Rules returns all kinds of findings, in the order of docs/check.md.
func Rules() []Rule {
	return []Rule{
		{Code: "syntax", Severity: Error, Doc: "The text is no Lua. The message is the one that running it gives."},
		{Code: "compile", Severity: Error, Doc: "The text cannot be compiled: `break` outside of a loop, `goto` to a label that is not visible, more than 200 local variables. The message is the one that running it gives."},
		{Code: "annotation", Severity: Hint, Aliases: []string{"doc-field-no-class", "luadoc-miss-symbol"}, Doc: "An annotation in a comment cannot be read."},
		{Code: "unknown-tool", Severity: Error, Doc: "There is no tool of this name. The message is that of the runtime. Tools that scripts of the project register are known. In a file that registers tools under names which are computed, or requires one that does, nothing is reported, and never those of MCP servers that are not connected."},
		{Code: "unknown-hook", Severity: Error, Doc: "There is no hook point of this name."},
		{Code: "invalid-event", Severity: Error, Doc: "An event cannot have this name, or the pattern of a subscription cannot be read."},
		{Code: "unknown-parameter", Severity: Error, Doc: "The tool has no parameter of this name, as its schema says; that of a tool that a script registers too, if the text has all of it."},
		{Code: "missing-parameter", Severity: Error, Doc: "A parameter is missing that the tool requires. It is reported only where all keys of the table are known."},
		{Code: "twice-given-parameter", Severity: Error, Doc: "A parameter is given twice, under two of its spellings."},
		{Code: "invalid-parameter", Severity: Error, Doc: "The value of a parameter has the wrong type, is not one of those that are allowed, is out of range, or does not match the pattern that the schema has."},
		{Code: "unusable-value", Severity: Error, Doc: "A value cannot be passed to a tool at all, such as a function."},
		{Code: "deprecated-parameter", Severity: Hint, Doc: "The schema of the tool says that the parameter is deprecated."},
		{Code: "undefined-global", Severity: Warning, Aliases: []string{"113", "undefined-env-child"}, Doc: "A global variable is read that nothing defines: neither this file nor another one of the project, nor Lua, the kernel or the settings (`diagnostics.globals` in .luarc.json, `-- luacheck: globals NAME`). A global that the file itself asks for (`if NAME then`, `NAME or …`, `type(NAME)`) is not reported."},
		{Code: "implicit-global", Severity: Hint, Aliases: []string{"lowercase-global", "111"}, Doc: "A function assigns a global variable that no other code declares or reads: a `local` is probably missing."},
		{Code: "unused-local", Severity: Hint, Aliases: []string{"211", "221", "231", "unused"}, Doc: "A local variable is never read. Names that begin with `_` are not reported."},
		{Code: "unused-function", Severity: Hint, Aliases: []string{"211"}, Doc: "A local function is never used, other than by itself."},
		{Code: "unused-loop-variable", Aliases: []string{"213"}, Doc: "The variable of a loop is never read."},
		{Code: "unused-parameter", Aliases: []string{"212", "unused-vararg"}, Doc: "A parameter is never read."},
		{Code: "unused-label", Severity: Hint, Aliases: []string{"521"}, Doc: "No `goto` names the label."},
		{Code: "redefined-local", Severity: Hint, Aliases: []string{"411", "412", "413"}, Doc: "A local variable of the same name is already declared in the same block, and was never read."},
		{Code: "shadowed-local", Aliases: []string{"421", "422", "423", "431", "432", "433", "redefined-local"}, Doc: "A local variable hides one of the same name of a block around."},
		{Code: "unreachable-code", Severity: Warning, Aliases: []string{"511", "code-after-break"}, Doc: "The code never runs: what stands before it always leaves, by `return`, `break`, `goto`, `error`, `os.exit`, or is a loop without an end."},
		{Code: "empty-block", Severity: Hint, Aliases: []string{"541", "542"}, Doc: "A branch of an `if`, or a `do` block, has neither code nor a comment."},
		{Code: "duplicate-key", Severity: Warning, Aliases: []string{"duplicate-index", "314"}, Doc: "A table constructor gives the same key twice: only the last value counts."},
		{Code: "unbalanced-assignment", Severity: Warning, Aliases: []string{"unbalanced-assignments", "531", "532", "redundant-value"}, Doc: "There are more values than variables, so that some are lost, or, in an assignment that is no declaration, fewer."},
		{Code: "constant-comparison", Severity: Warning, Doc: "A comparison has always the same result: with a new table or function, which equals nothing else, of `type(x)` with a name that is no type, of `not x` with what is no boolean."},
		{Code: "format-string", Severity: Warning, Doc: "`string.format` has more conversions than arguments, or one that it does not know."},
		{Code: "pattern", Severity: Warning, Doc: "A pattern of `string.find`, `match`, `gmatch` or `gsub` is malformed: it is an error when it is used."},
		{Code: "secret", Severity: Warning, Doc: "A string looks like an access key, a token or a private key. Scripts are copied and committed: read secrets from the environment or the kernel's configuration."},
		{Code: "endless-tool-calls", Severity: Warning, Doc: "A loop without an end calls tools again and again: it has no `break`, `return`, `goto`, `error`, no pause and no limit."},
	}
}
