package compile

import lua "github.com/yuin/gopher-lua"

// constructor is a table constructor being parsed.
type constructor struct {
	table   exp
	value   exp // last positional item read, not yet stored
	array   int
	hash    int
	pending int
}

func (p *parser) table(name string) exp {
	f := p.fs
	line := p.line
	pc := f.emitABC(lua.OP_NEWTABLE, 0, 0, 0)
	c := constructor{table: mk(eReloc, pc), value: mk(eVoid, 0)}
	f.toNextReg(&c.table)
	p.expect('{')
	for p.tok.kind != '}' {
		p.closeItem(&c)
		switch {
		case p.tok.kind == '[', p.tok.kind == tName && p.lookahead() == '=':
			p.recordItem(&c, name)
		default:
			c.value = p.expr()
			c.array++
			c.pending++
		}
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.closing('}', '{', line)
	p.lastItem(&c)
	// The VM takes B and C as plain capacities.
	f.code[pc] = setC(setB(f.code[pc], min(c.array, maxC)), min(c.hash, maxC))
	return c.table
}

func (p *parser) closeItem(c *constructor) {
	if c.value.kind == eVoid {
		return
	}
	p.fs.toNextReg(&c.value)
	c.value = mk(eVoid, 0)
	if c.pending == lua.FieldsPerFlush {
		p.fs.setList(c.table.info, c.array, c.pending)
		c.pending = 0
	}
}

func (p *parser) lastItem(c *constructor) {
	if c.pending == 0 {
		return
	}
	f := p.fs
	if c.value.isMulti() {
		f.setReturns(&c.value, -1)
		f.setList(c.table.info, c.array, -1)
		c.array--
		return
	}
	if c.value.kind != eVoid {
		f.toNextReg(&c.value)
	}
	f.setList(c.table.info, c.array, c.pending)
}

func (f *funcState) setList(base, n, store int) {
	c := (n-1)/lua.FieldsPerFlush + 1
	b := max(store, 0) // 0: up to the top
	if c <= maxC {
		f.emitABC(lua.OP_SETLIST, base, b, c)
	} else {
		f.emitABC(lua.OP_SETLIST, base, b, 0)
		f.emit(uint32(c))
	}
	f.freeReg = base + 1
}

func (p *parser) recordItem(c *constructor, table string) {
	f := p.fs
	reg := f.freeReg
	var key exp
	name := ""
	if p.tok.kind == tName {
		name = p.ident()
		key = mk(eConst, f.stringK(name))
	} else {
		key = p.bracketed()
	}
	c.hash++
	p.expect('=')
	rk := f.toRK(&key)
	if table != "" && name != "" {
		name = table + "." + name
	}
	p.naming.next = name
	v := p.expr()
	op := lua.OP_SETTABLE
	if f.isStringK(rk) {
		op = lua.OP_SETTABLEKS
	}
	f.emitABC(op, c.table.info, rk, f.toRK(&v))
	f.freeReg = reg
}
