package jinja

// expr is an expression.
type expr interface{ eval(s *scope) any }

type (
	literal  struct{ v any }
	variable struct {
		name string
		line int
	}
	listExpr struct{ items []expr }
	dictExpr struct{ keys, values []expr }
	member   struct {
		of   expr
		name string
		line int
	}
	subscript struct {
		of, key expr
		line    int
	}
	slicing struct {
		of             expr
		from, to, step expr
		line           int
	}
	callExpr struct {
		fn   expr
		args arguments
		line int
	}
	filtered struct {
		of   expr
		name string
		args arguments
		line int
	}
	tested struct {
		of   expr
		name string
		args arguments
		not  bool
		line int
	}
	unary struct {
		op   string
		of   expr
		line int
	}
	binary struct {
		op   string
		l, r expr
		line int
	}
	conditional struct{ cond, yes, no expr }
)

type arguments struct {
	pos   []expr
	names []string
	named []expr
}

// stmt is a statement.
type stmt interface{ exec(s *scope) signal }

// signal says how a statement ended.
type signal byte

const (
	next signal = iota
	brk
	cont
)

type (
	textStmt  struct{ text string }
	printStmt struct{ of expr }
	ifStmt    struct {
		conds  []expr
		bodies [][]stmt // one more than conds when there is an else
	}
	forStmt struct {
		names     []string
		in, cond  expr
		body      []stmt
		empty     []stmt
		recursive bool
		line      int
	}
	setStmt struct {
		targets []target
		value   expr
		body    []stmt // of a set block
		filters []filtered
		global  bool
		line    int
	}
	withStmt struct {
		names  []string
		values []expr
		body   []stmt
	}
	macroStmt struct{ m *macro }
	callStmt  struct {
		call   *callExpr
		caller *macro
		line   int
	}
	filterStmt struct {
		filters []filtered
		body    []stmt
	}
	doStmt     struct{ of expr }
	signalStmt struct{ s signal }
	escapeStmt struct {
		on   expr
		body []stmt
	}
	includeStmt struct {
		name    expr
		missing bool // is fine
		without bool // the context
		line    int
	}
	importStmt struct {
		name  expr
		as    string
		names [][2]string // name and alias, for from … import
		line  int
	}
	blockStmt struct{ name string }
)

// target is what set assigns to: a name, or an attribute of a namespace.
type target struct{ name, attr string }

// macro is a function written in a template.
type macro struct {
	name     string
	params   []string
	defaults []expr // nil for none
	body     []stmt
}

// document is a parsed template.
type document struct {
	body    []stmt
	extends expr
	blocks  map[string][]stmt
	macros  []*macro // at the top level, for import and self::
	line    int      // of extends
}
