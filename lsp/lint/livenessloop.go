package lint

import "github.com/llmspell/llmspell/runtime/syntax"

// loop finds what is live at the head of loop n, and leaves it in at, in which is what is
// live when the loop ends by itself. body makes of what is live at its end what is live
// at its beginning, which is returned; test adds what the head reads.
func (l *liveness) loop(n syntax.Node, at, after live, body func(end live) live, test func(head live)) live {
	outer := l.breaks
	defer func() { l.breaks = outer }()
	l.breaks = after
	test(at)
	if l.quiet > 0 || l.inLoop > 0 {
		through := l.throughBody(n, body)
		at.join(through.before(at, after))
		if l.quiet > 0 {
			return through.before(at, after)
		}
	} else {
		l.quiet++
		at.join(body(at)) // a second turn adds nothing: what a body reads does not depend on what is live
		l.quiet--
	}
	l.inLoop++
	before := body(at)
	l.inLoop--
	return before
}

// through is what the body of a loop makes of what is live at its end and after the loop:
// what it reads first, and what it lets through of each.
type through struct{ reads, end, breaks live }

func (b *through) before(end, after live) live {
	before := b.reads.clone()
	for i := range before {
		before[i] |= b.end[i]&end[i] | b.breaks[i]&after[i]
	}
	return before
}

// throughBody finds what a body lets through once: a loop in loops is come by again
// with each turn of each of them.
func (l *liveness) throughBody(n syntax.Node, body func(end live) live) *through {
	if b := l.bodies[n]; b != nil {
		return b
	}
	outer, none, all := l.breaks, make(live, l.words), make(live, l.words)
	for i := range all {
		all[i] = ^uint64(0)
	}
	l.quiet++
	b := &through{}
	l.breaks = none
	b.reads, b.end = body(none), body(all)
	l.breaks = all
	b.breaks = body(none)
	l.quiet--
	l.breaks = outer
	if l.bodies == nil {
		l.bodies = map[syntax.Node]*through{}
	}
	l.bodies[n] = b
	return b
}
