package lint

// Rules returns all kinds of findings, in the order of docs/check.md.
func Rules() []Rule {
	return []Rule{
		{Code: "syntax", Severity: Error, Doc: "The text is no Lua. The message is the one that running it gives."},
		{Code: "compile", Severity: Error, Doc: "The text cannot be compiled: `break` outside of a loop, `goto` to a label that is not visible, more than 200 local variables. The message is the one that running it gives."},
		{Code: "annotation", Severity: Hint, Aliases: []string{"doc-field-no-class", "luadoc-miss-symbol"}, Doc: "An annotation in a comment cannot be read."},
		{Code: "unknown-tool", Severity: Error, Doc: "There is no tool of this name. The message is that of the runtime. Names of tools that the file registers itself, and those of MCP servers that are not connected, are not reported."},
		{Code: "unknown-hook", Severity: Error, Doc: "There is no hook point of this name."},
		{Code: "invalid-event", Severity: Error, Doc: "An event cannot have this name, or the pattern of a subscription cannot be read."},
		{Code: "unknown-parameter", Severity: Error, Doc: "The tool has no parameter of this name, as its schema says."},
		{Code: "missing-parameter", Severity: Error, Doc: "A parameter is missing that the tool requires. It is reported only where all keys of the table are known."},
		{Code: "twice-given-parameter", Severity: Error, Doc: "A parameter is given twice, under two of its spellings."},
		{Code: "invalid-parameter", Severity: Error, Doc: "The value of a parameter has the wrong type, is not one of those that are allowed, is out of range, or does not match the pattern that the schema has."},
		{Code: "unusable-value", Severity: Error, Doc: "A value cannot be passed to a tool at all, such as a function."},
		{Code: "deprecated-parameter", Severity: Hint, Doc: "The schema of the tool says that the parameter is deprecated."},
	}
}
