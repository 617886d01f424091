package compile

import (
	"strconv"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// newProto makes the prototype with its constants. The VM reads field and
// global names from stringConstants, which is not exported: lua.Compile fills
// it for a tree that loads the same strings in the same order, and the struct
// is kept.
func (f *funcState) newProto() *lua.FunctionProto {
	needed := f.orderConstants()
	if needed == 0 {
		return &lua.FunctionProto{Constants: f.consts}
	}
	loaded, err := lua.Compile(loadStrings(f.consts[:needed]), f.lx.chunk)
	if err != nil {
		panic(err) // the tree is ours
	}
	proto := *loaded
	proto.Constants = f.consts
	proto.DbgSourcePositions, proto.FunctionPrototypes = nil, nil
	proto.DbgLocals, proto.DbgCalls, proto.DbgUpvalues = nil, nil, nil
	return &proto
}

// loadStrings returns statements that load each constant; those that are not
// strings are stood in for by strings that no constant equals.
func loadStrings(consts []lua.LValue) []ast.Stmt {
	taken := make(map[string]bool, len(consts))
	for _, c := range consts {
		if s, ok := c.(lua.LString); ok {
			taken[string(s)] = true
		}
	}
	const batch = 100 // locals of one block; the compiler allows 200
	var out []ast.Stmt
	for len(consts) > 0 {
		n := min(batch, len(consts))
		st := &ast.LocalAssignStmt{Names: make([]string, n), Exprs: make([]ast.Expr, n)}
		for i, c := range consts[:n] {
			s, ok := c.(lua.LString)
			for j := len(taken); !ok; j++ {
				s = lua.LString("\x00" + strconv.Itoa(j))
				ok = !taken[string(s)]
			}
			taken[string(s)] = true
			st.Names[i], st.Exprs[i] = "_", &ast.StringExpr{Value: string(s)}
		}
		out = append(out, &ast.DoBlockStmt{Stmts: []ast.Stmt{st}})
		consts = consts[n:]
	}
	return out
}

// orderConstants moves names that instructions look up by index behind the
// constants that can be operands, and returns up to which index the VM needs
// strings. Data strings stay behind: lua.Compile is quadratic in their number.
func (f *funcState) orderConstants() int {
	needed := 0
	name := make([]bool, len(f.consts))
	for _, i := range f.code {
		k := -1
		_, b, c := Operands(i)
		switch Opcode(i) {
		case lua.OP_GETGLOBAL, lua.OP_SETGLOBAL:
			k = Bx(i)
		case lua.OP_GETTABLEKS, lua.OP_SELF:
			k = c &^ bitK
			if c&bitK == 0 {
				k = -1
			}
		case lua.OP_SETTABLEKS:
			k = b &^ bitK
		}
		if k >= 0 && k < len(name) {
			name[k] = true
			needed = max(needed, k+1)
		}
	}
	if len(f.consts) <= maxRK+1 {
		return needed
	}
	move := make([]int, len(f.consts))
	ordered := append([]lua.LValue(nil), f.consts[:maxRK+1]...)
	for _, names := range []bool{true, false} {
		for k := maxRK + 1; k < len(f.consts); k++ {
			if name[k] == names {
				move[k] = len(ordered)
				ordered = append(ordered, f.consts[k])
			}
		}
		if names {
			needed = len(ordered)
		}
	}
	for pc, i := range f.code {
		switch Opcode(i) {
		case lua.OP_GETGLOBAL, lua.OP_SETGLOBAL, lua.OP_LOADK:
			if k := Bx(i); k > maxRK {
				a, _, _ := Operands(i)
				f.code[pc] = abx(Opcode(i), a, move[k])
			}
		}
	}
	f.consts = ordered
	return needed
}
