package luagen

import "strconv"

// kind is what a variable holds for all its life.
type kind int

const (
	number   kind = iota // a whole number, at most bound in size
	text                 // a string of at most maxText bytes
	boolean              // true or false
	list                 // a table of numbers, never empty, without holes
	callable             // a function of one number that returns a number
	object               // an instance of the class that its scope declared
)

const (
	bound       = 9999 // the size of any number kept in a variable
	maxText     = 40
	maxVisible  = 22     // variables that a place chooses from: PUC Lua allows 60 upvalues
	maxLocals   = 110    // variables active in one function: gopher-lua has about 200 registers
	maxCost     = 30_000 // steps of the whole program
	maxFuncCost = 1_500  // steps of one call
	maxWeight   = 240    // repetitions of the innermost block of nested loops
)

// variable is a name that can be used at this place.
type variable struct {
	name     string
	kind     kind
	constant bool // a loop's variable, which is better left alone
	cost     int  // for callables: the steps of one call
}

// function describes one function while it is written and, as a signature, when
// it can be called.
type function struct {
	name    string
	params  int
	results int // at least 1, all numbers
	varargs bool
	cost    int
	locals  int // variables active in it now
	outer   *function
}

// scope is a block's variables and functions.
type scope struct {
	vars  []*variable
	funcs []*function
}

func (g *generator) push() { g.scopes = append(g.scopes, &scope{}) }

func (g *generator) pop() {
	last := g.scopes[len(g.scopes)-1]
	g.fn.locals -= len(last.vars) + len(last.funcs)
	g.scopes = g.scopes[:len(g.scopes)-1]
}

// declare adds a variable to the innermost scope. It comes into being after the
// statement that declares it, so callers write that statement first.
func (g *generator) declare(name string, k kind) *variable {
	v := &variable{name: name, kind: k}
	s := g.scopes[len(g.scopes)-1]
	s.vars = append(s.vars, v)
	g.fn.locals++
	return v
}

// fresh returns a new name, or sometimes one that is in use, so that variables
// shadow each other.
func (g *generator) fresh(prefix string) string {
	if n := g.names[prefix]; n > 0 && g.pick(6) == 5 {
		return prefix + strconv.Itoa(1+g.pick(n))
	}
	g.names[prefix] = min(g.names[prefix]+1, 250)
	return prefix + strconv.Itoa(g.names[prefix])
}

// unique returns a name that nothing else has.
func (g *generator) unique(prefix string) string {
	g.names["unique"]++
	return prefix + "_" + strconv.Itoa(g.names["unique"])
}

// visible lists the variables of a kind that can be used here, the newest
// first, without those that a newer one hides.
func (g *generator) visible(k kind, assignable bool) []*variable {
	var found []*variable
	seen := map[string]bool{}
	for i := len(g.scopes) - 1; i >= 0; i-- {
		for j := len(g.scopes[i].vars) - 1; j >= 0 && len(seen) < maxVisible; j-- {
			v := g.scopes[i].vars[j]
			if !seen[v.name] && v.kind == k && (!assignable || !v.constant) {
				found = append(found, v)
			}
			seen[v.name] = true
		}
	}
	return found
}

// any chooses a visible variable, or returns nil.
func (g *generator) any(k kind, assignable bool) *variable {
	vars := g.visible(k, assignable)
	if len(vars) == 0 {
		return nil
	}
	return vars[g.pick(len(vars))]
}

// crowded says that no more variables should be declared here.
func (g *generator) crowded() bool { return g.fn.locals >= maxLocals }

// charge counts steps that this place takes, and says whether they fit. Nothing
// is counted if not.
func (g *generator) charge(steps int) bool {
	limit := maxCost
	if g.fn.outer != nil {
		limit = maxFuncCost
	}
	total := steps * max(g.weight, 1)
	if g.fn.cost+total > limit {
		return false
	}
	g.fn.cost += total
	return true
}
