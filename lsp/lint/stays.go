package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// staysHere tells whether a variable holds one table that this file makes, or a module,
// and never gives it away to code that could add fields.
func (p *pass) staysHere(v *scope.Variable) bool {
	stays, known := p.staying[v]
	if !known {
		if p.staying == nil {
			p.staying = map[*scope.Variable]bool{}
		}
		stays = p.findStaying(v, false)
		p.staying[v] = stays
	}
	return stays
}

// findStaying is staysHere, anew: with any, keys that are worked out may be stored, which gives
// the table no metatable.
func (p *pass) findStaying(v *scope.Variable, any bool) bool {
	t := p.tree
	if v.Kind != scope.Local {
		return false
	}
	made := p.initial(v)
	switch t.Kind(made) {
	case syntax.Table:
	case syntax.Call:
		if t.Source(t.First(made)) != "require" {
			return false
		}
	default:
		return false
	}
	for _, u := range v.Uses {
		if u.Write {
			return false
		}
		switch parent := t.Parent(u.Node); t.Kind(parent) {
		case syntax.Index, syntax.Method:
		case syntax.IndexKey:
			if _, literal := t.String(t.Child(parent, 1)); t.First(parent) == u.Node && p.written(parent) && !literal && !any {
				return false
			}
		case syntax.ExprList:
			if loop := t.Parent(parent); t.Kind(loop) == syntax.GenericFor && t.First(parent) == u.Node {
				continue // it is called, which fails
			}
			if t.Kind(t.Parent(parent)) != syntax.ReturnStat || t.Kind(p.functionAround(u.Node)) != syntax.Chunk {
				return false
			}
		case syntax.Args:
			switch t.Source(t.First(t.Parent(parent))) {
			case "pairs", "ipairs", "next", "type", "print", "tostring", "#":
			default:
				return false
			}
		case syntax.Unary, syntax.NumericFor:
		case syntax.Call: // as what is called, which fails
		case syntax.Binary:
			if op := t.TokenKind(t.Token(parent)); op == syntax.And || op == syntax.Or {
				return false
			}
		default:
			return false
		}
	}
	return true
}
