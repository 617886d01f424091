package scope

import (
	"maps"
	"sort"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// patch says how the nodes of a tree that shares all but one place with its base
// (syntax.Tree.Base) find their variables.
type patch struct {
	cut, tail, moved syntax.Node
	of               []int32 // of the nodes cut to tail-1
	// The base's variables first to end-1 are those of the place. Those behind have
	// numbers greater by movedVars, and those of the place that are still visible
	// behind it are renamed.
	first, end, movedVars Var
	renamed               map[Var]Var
}

func (p *patch) lookup(of []int32, n syntax.Node) Var {
	switch {
	case n >= p.cut && n < p.tail:
		return Var(p.of[n-p.cut] - 1)
	case n >= p.tail:
		n -= p.moved
	}
	if int(n) >= len(of) {
		return NoVar
	}
	return p.variable(Var(of[n] - 1))
}

// variable is what a variable of the base is now.
func (p *patch) variable(v Var) Var {
	switch {
	case v < p.first:
		return v
	case v >= p.end:
		return v + p.movedVars
	}
	return p.renamed[v]
}

// Update is Resolve of a tree whose base (syntax.Tree.Base) has been resolved: what is
// the same is taken from there. base must be what Resolve has returned for it.
func Update(base *Info, t *syntax.Tree) *Info {
	if old, _, _, _ := t.Base(); old != t && len(base.Labels) == 0 {
		if info := update(base, old, t); info != nil {
			return info
		}
	}
	return Resolve(t)
}

// updater makes the Info of a tree out of that of its base.
type updater struct {
	resolver
	base    *Info
	old     *syntax.Tree
	block   syntax.Node // that the place is in
	baseEnd syntax.Node // the nodes of the base before it, from cut on, are replaced
	patch   *patch
	// The place begins at byte start, in both texts; those from end on are moved.
	start, end, moved int

	arena []Use
}

func update(base *Info, old, t *syntax.Tree) *Info {
	_, cut, baseEnd, tail := t.Base()
	cutToken, endToken, _, moved := t.BaseTokens()
	u := &updater{base: base, old: old, block: t.Parent(cut), baseEnd: baseEnd}
	u.start, _ = old.TokenSpan(cutToken)
	u.end, _ = old.TokenSpan(endToken)
	u.moved = moved
	first := u.varBehind(u.start)
	end := u.varBehind(u.end)
	u.patch = &patch{
		cut: cut, tail: tail, moved: tail - baseEnd, of: make([]int32, tail-cut), first: first, end: end, renamed: map[Var]Var{},
	}
	u.enterPlace(t, first)
	outer := u.last
	u.run(cut, tail)
	if len(u.gotos) > 0 || len(u.info.Labels) > 0 {
		return nil
	}
	u.patch.movedVars = Var(len(u.info.Vars)) - end
	if !u.compatible(outer) {
		return nil
	}
	u.behind(outer)
	u.distributeUses()
	info := u.info
	info.of, info.patch = base.of, u.patch
	return info
}

// varBehind returns the first variable of the base that is declared behind a byte where
// a statement begins. Before it one is declared at the next byte at most, and behind
// it not before a keyword.
func (u *updater) varBehind(at int) Var {
	vars := u.base.Vars
	return Var(sort.Search(len(vars), func(i int) bool { return int(vars[i].From) > at+1 }))
}

// enterPlace brings the resolver to where it is when it comes to the place.
func (u *updater) enterPlace(t *syntax.Tree, first Var) {
	vars := make([]Variable, first, len(u.base.Vars)+64)
	copy(vars, u.base.Vars)
	outer := make([]Var, first, cap(vars))
	copy(outer, u.base.outer)
	u.resolver = resolver{
		tree: t, info: &Info{of: u.patch.of, Vars: vars, outer: outer}, ids: map[string]int32{},
		from: u.patch.cut, first: first, last: first - 1,
	}
	// The variables that are visible there are those whose scope goes on behind it.
	for u.last != NoVar && int(vars[u.last].To) < u.end {
		u.last = outer[u.last]
	}
	var visible []Var
	for v := u.last; v != NoVar; v = outer[v] {
		visible = append(visible, v)
		vars[v].To += int32(u.moved)
		if vars[v].Captured && u.usedIn(v) {
			vars[v].Captured = u.capturedElsewhere(v)
		}
	}
	for i := len(visible) - 1; i >= 0; i-- {
		u.current[u.id(vars[visible[i]].Name)] = visible[i]
	}
	u.blocks = []blockInfo{{-1, function(t, u.block)}}
}

// function returns the FuncBody around a node, or the Chunk.
func function(t *syntax.Tree, n syntax.Node) syntax.Node {
	for k := t.Kind(n); k != syntax.FuncBody && k != syntax.Chunk; k = t.Kind(n) {
		n = t.Parent(n)
	}
	return n
}

// cutUses returns the uses in front of the place, and those behind it, of the base's.
func (u *updater) cutUses(uses []Use) (before, behind []Use) {
	i := sort.Search(len(uses), func(i int) bool { return uses[i].Node >= u.patch.cut })
	j := i + sort.Search(len(uses)-i, func(k int) bool { return uses[i+k].Node >= u.baseEnd })
	return uses[:i], uses[j:]
}

func (u *updater) usedIn(v Var) bool {
	uses := u.base.Vars[v].Uses
	before, behind := u.cutUses(uses)
	return len(before)+len(behind) < len(uses)
}

// capturedElsewhere tells whether functions inside use a variable outside of the place.
func (u *updater) capturedElsewhere(v Var) bool {
	x := &u.base.Vars[v]
	before, behind := u.cutUses(x.Uses)
	for _, part := range [2][]Use{before, behind} {
		for _, use := range part {
			if function(u.old, use.Node) != x.Function {
				return true
			}
		}
	}
	return false
}

// compatible tells whether the names behind the place mean what they meant: those
// that the place declares for them are the same, or are not used. It notes the new
// variables.
func (u *updater) compatible(outer Var) bool {
	names := map[string]bool{}
	before, now := map[string]Var{}, map[string]Var{}
	for v := u.patch.first; v < u.patch.end; v++ {
		if x := &u.base.Vars[v]; int(x.To) >= u.end {
			before[x.Name] = v
			names[x.Name] = true
		}
	}
	for v := u.last; v != outer; v = u.info.outer[v] {
		x := &u.info.Vars[v]
		if _, later := now[x.Name]; !later {
			now[x.Name] = v
		}
		names[x.Name] = true
	}
	for name := range names {
		old, was := before[name]
		v, is := now[name]
		switch {
		case was && is:
			u.patch.renamed[old] = v
		case was:
			if u.usedBehind(u.base.Vars[old].Uses) {
				return false
			}
		default:
			uses := u.base.Globals[name]
			for o := outer; o != NoVar; o = u.base.outer[o] {
				if u.base.Vars[o].Name == name {
					uses = u.base.Vars[o].Uses
					break
				}
			}
			if u.usedBehind(uses) {
				return false
			}
		}
	}
	return true
}

func (u *updater) usedBehind(uses []Use) bool {
	_, behind := u.cutUses(uses)
	return len(behind) > 0
}

// node is where a node of the base outside of the place is now.
func (u *updater) node(n syntax.Node) syntax.Node {
	if n >= u.baseEnd {
		n += u.patch.moved
	}
	return n
}

// behind closes the scopes of the place, and adds the variables behind it.
func (u *updater) behind(outer Var) {
	info, p := u.info, u.patch
	to := u.blockEnd(u.block)
	if up := u.tree.Parent(u.block); u.tree.Kind(up) == syntax.RepeatStat {
		to = u.tree.End(up)
	}
	for v := u.last; v != outer; v = info.outer[v] {
		info.Vars[v].To = int32(to)
	}
	// What the innermost variable was behind the place, in the base.
	oldLast := outer
	for v := p.end - 1; v >= p.first; v-- {
		if int(u.base.Vars[v].To) >= u.end {
			oldLast = v
			break
		}
	}
	for v := p.end; int(v) < len(u.base.Vars); v++ {
		x := u.base.Vars[v]
		x.Decl, x.Function = u.node(x.Decl), u.node(x.Function)
		x.From += int32(u.moved)
		x.To += int32(u.moved)
		o := u.base.outer[v]
		switch {
		case o == oldLast && int(x.From) <= to+1: // still in the block: its last variable begins at its end
			o = u.last
		case o >= p.end:
			o += p.movedVars
		}
		info.Vars = append(info.Vars, x)
		info.outer = append(info.outer, o)
	}
}

// distributeUses gives variables and globals their uses: those of the base around the
// place, and the new ones in it.
func (u *updater) distributeUses() {
	info, p := u.info, u.patch
	ofVar, ofGlobal := map[Var][]Use{}, map[string][]Use{}
	for _, x := range u.uses {
		if x.of != NoVar {
			ofVar[x.of] = append(ofVar[x.of], Use{x.node, x.write})
		} else {
			name := u.names[x.id]
			ofGlobal[name] = append(ofGlobal[name], Use{x.node, x.write})
		}
	}
	for v := range u.base.Vars {
		if v := Var(v); v < p.first || v >= p.end {
			n := p.variable(v)
			info.Vars[n].Uses = u.join(u.base.Vars[v].Uses, ofVar[n])
		}
	}
	behind := map[Var][]Use{}
	for old, v := range p.renamed {
		x := &u.base.Vars[old]
		_, behind[v] = u.cutUses(x.Uses)
		for _, use := range behind[v] {
			if info.Vars[v].Captured || !x.Captured {
				break
			}
			info.Vars[v].Captured = function(u.old, use.Node) != x.Function
		}
	}
	for v := p.first; v < p.end+p.movedVars; v++ {
		info.Vars[v].Uses = u.join(behind[v], ofVar[v])
	}
	info.Globals = maps.Clone(u.base.Globals)
	if info.Globals == nil {
		info.Globals = map[string][]Use{}
	}
	for name, uses := range u.base.Globals {
		if joined := u.join(uses, ofGlobal[name]); len(joined) > 0 {
			info.Globals[name] = joined
		} else {
			delete(info.Globals, name)
		}
	}
	for name, uses := range ofGlobal {
		if _, known := u.base.Globals[name]; !known {
			info.Globals[name] = uses
		}
	}
}

// join returns the base's uses outside of the place, with the new ones in it.
func (u *updater) join(uses, news []Use) []Use {
	before, behind := u.cutUses(uses)
	if len(news) == 0 && (len(behind) == 0 || u.patch.moved == 0) {
		if len(before)+len(behind) == len(uses) {
			return uses // no other list may be appended to it
		}
		if len(behind) == 0 {
			return before[:len(before):len(before)]
		}
	}
	n := len(before) + len(news) + len(behind)
	if n > len(u.arena) {
		u.arena = make([]Use, max(n, arenaSize))
	}
	list := u.arena[:0:n]
	u.arena = u.arena[n:]
	list = append(append(list, before...), news...)
	for _, use := range behind {
		use.Node += u.patch.moved
		list = append(list, use)
	}
	return list
}

// arenaSize is how many uses are allocated at once.
const arenaSize = 1024
