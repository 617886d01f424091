package debug

import lua "github.com/yuin/gopher-lua"

// opcode says how an instruction is written: its name, and its operands, one
// letter each.
//
//	a b c  registers           B C  registers or constants
//	k      the constant Bx     u    the upvalue B
//	j      the jump's target   f    the function Bx
//	i n o  A, B, C as numbers  t    A as a boolean
//	s      how many arguments, r    how many results,
//	       which are B - 1          which are C - 1
//	v      how many values, which are B - 1
//	l      B as a boolean, and the target if C skips an instruction
type opcode struct{ name, operands string }

// opcodes is by number.
var opcodes = [...]opcode{
	lua.OP_MOVE:       {"MOVE", "ab"},
	lua.OP_MOVEN:      {"MOVEN", "abo"},
	lua.OP_LOADK:      {"LOADK", "ak"},
	lua.OP_LOADBOOL:   {"LOADBOOL", "al"},
	lua.OP_LOADNIL:    {"LOADNIL", "ab"},
	lua.OP_GETUPVAL:   {"GETUPVAL", "au"},
	lua.OP_GETGLOBAL:  {"GETGLOBAL", "ak"},
	lua.OP_GETTABLE:   {"GETTABLE", "abC"},
	lua.OP_GETTABLEKS: {"GETTABLEKS", "abC"},
	lua.OP_SETGLOBAL:  {"SETGLOBAL", "ak"},
	lua.OP_SETUPVAL:   {"SETUPVAL", "au"},
	lua.OP_SETTABLE:   {"SETTABLE", "aBC"},
	lua.OP_SETTABLEKS: {"SETTABLEKS", "aBC"},
	lua.OP_NEWTABLE:   {"NEWTABLE", "ano"},
	lua.OP_SELF:       {"SELF", "abC"},
	lua.OP_UNM:        {"UNM", "ab"},
	lua.OP_NOT:        {"NOT", "ab"},
	lua.OP_LEN:        {"LEN", "ab"},
	lua.OP_CONCAT:     {"CONCAT", "abc"},
	lua.OP_ADD:        {"ADD", "aBC"},
	lua.OP_SUB:        {"SUB", "aBC"},
	lua.OP_MUL:        {"MUL", "aBC"},
	lua.OP_DIV:        {"DIV", "aBC"},
	lua.OP_MOD:        {"MOD", "aBC"},
	lua.OP_POW:        {"POW", "aBC"},
	lua.OP_JMP:        {"JMP", "j"},
	lua.OP_EQ:         {"EQ", "tBC"},
	lua.OP_LT:         {"LT", "tBC"},
	lua.OP_LE:         {"LE", "tBC"},
	lua.OP_TEST:       {"TEST", "ao"},
	lua.OP_TESTSET:    {"TESTSET", "abo"},
	lua.OP_CALL:       {"CALL", "asr"},
	lua.OP_TAILCALL:   {"TAILCALL", "as"},
	lua.OP_RETURN:     {"RETURN", "av"},
	lua.OP_FORLOOP:    {"FORLOOP", "aj"},
	lua.OP_FORPREP:    {"FORPREP", "aj"},
	lua.OP_TFORLOOP:   {"TFORLOOP", "ao"},
	lua.OP_SETLIST:    {"SETLIST", "ano"},
	lua.OP_CLOSE:      {"CLOSE", "a"},
	lua.OP_CLOSURE:    {"CLOSURE", "af"},
	lua.OP_VARARG:     {"VARARG", "av"},
	lua.OP_NOP:        {"NOP", ""},
}
