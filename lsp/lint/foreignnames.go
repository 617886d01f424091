package lint

// foreignName is what Lua has for a name of other languages: what a message says, and what to put in
// its place; "" if nothing can be.
func foreignName(name string) (say, put string) {
	switch name {
	case "null", "None", "NULL", "nullptr", "undefined", "Nil", "NIL":
		return "Lua has nil", "nil"
	case "True", "TRUE":
		return "Lua has true", "true"
	case "False", "FALSE":
		return "Lua has false", "false"
	case "this":
		return "in a method that is declared with a colon it is self", "self"
	case "println", "puts", "echo":
		return "Lua has print", "print"
	case "printf":
		return "Lua has print(string.format(…))", ""
	case "console":
		return "Lua has print", ""
	case "len", "strlen", "sizeof":
		return "the length of x is #x", ""
	case "typeof":
		return "Lua has type", "type"
	case "parseInt", "parseFloat", "int", "float":
		return "Lua has tonumber", "tonumber"
	case "str":
		return "Lua has tostring", "tostring"
	case "range":
		return "a loop over numbers is written for i = 1, 10 do", ""
	case "enumerate":
		return "Lua has ipairs", "ipairs"
	case "append", "push":
		return "Lua has table.insert", "table.insert"
	case "throw", "raise":
		return "Lua has error", "error"
	case "exit":
		return "Lua has os.exit", "os.exit"
	case "include", "import":
		return "Lua has require", "require"
	case "continue":
		return "Lua has goto", ""
	}
	return "", ""
}
