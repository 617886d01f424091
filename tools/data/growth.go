package data

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/tools/tool"
)

// Some functions and operators of jq make, in one step that nothing can stop,
// something much larger than what they get: .[500000000] = 1 makes an array of
// 8 GB, "x" * 1e9 a text of 1 GB. The sizes of such results are known before, so
// they are looked at first.

// maxFill bounds how many elements one assignment adds to arrays, and maxMatched
// the text that is searched for all matches of a pattern: each takes some 500 bytes.
const (
	maxFill    = 4 << 20
	maxMatched = 4 << 20
)

// lookGrowth is how many bytes assignments may add before the memory is looked
// at, without waiting for the timer.
const lookGrowth = 16 << 20

// maxBits bounds, in bits, the product of whole numbers: the time it takes to multiply
// grows faster than they do.
const maxBits = 8 << 20

// growth is what the functions of one running query ask about memory.
type growth struct {
	look  func() // looks at the memory now, and cancels the query when it has grown too much
	added int    // since the last look, in bytes
}

// path returns a path as it is, or an error when it is too long, or a value at it
// would make the arrays in v too large.
func (g *growth) path(v, p any) any {
	path, ok := p.([]any)
	if !ok {
		return p
	}
	if len(path) > maxNesting {
		return tooDeep()
	}
	fill := 0
	for _, step := range path {
		switch step.(type) {
		case int, float64, *big.Int:
			i, _ := gojq.ToInt(step)
			list, _ := v.([]any)
			if v = nil; i < 0 && -i <= len(list) {
				i += len(list)
			}
			if i >= 0 && i < len(list) {
				v = list[i]
			} else if i >= 0 {
				if i-len(list) >= maxFill-fill {
					return tool.Errorf(tool.LimitExceeded, "the query sets an element %d beyond the end of an array; an assignment may add up to %d elements", i-len(list), maxFill)
				}
				fill += i + 1 - len(list)
			}
		case string:
			object, _ := v.(map[string]any)
			v = object[step.(string)]
		default:
			v = nil
		}
	}
	if g.added += 16 * fill; g.added >= lookGrowth && g.look != nil {
		g.added = 0
		g.look()
	}
	return p
}

// operands returns an error when l and r are too large for the operator.
func operands(operator string, l, r any) error {
	left, leftText := l.(string)
	right, rightText := r.(string)
	switch {
	case leftText && rightText:
		return partsFit(left, right)
	case leftText:
		return repeatFits(left, r)
	case rightText:
		return repeatFits(right, l)
	}
	if l, ok := l.(*big.Int); ok {
		if r, ok := r.(*big.Int); ok && operator == "*" && l.BitLen()+r.BitLen() > maxBits {
			return tool.Errorf(tool.LimitExceeded, "the query computes with a whole number of more than %d bits", maxBits)
		}
	}
	return walkable(l, r)
}

func repeatFits(text string, times any) error {
	if n, ok := gojq.ToFloat64(times); ok && n*float64(len(text)) > maxValue {
		return tooLarge()
	}
	return nil
}

// partsFit tells whether a text may be split: each part takes 48 bytes.
func partsFit(text, separator string) error {
	if len(text) > maxValue/48 && strings.Count(text, separator) > maxValue/48 {
		return tooLarge()
	}
	return nil
}

// expands tells whether the result of a function, for the input v and an
// argument, is of a size that it may have.
func expands(function string, v, arg any) error {
	text, isText := v.(string)
	list, _ := v.([]any)
	by, _ := arg.(string)
	switch {
	case function == "join":
		if len(by) > 0 && len(list) > maxValue/len(by) {
			return tooLarge()
		}
	case function == "transpose":
		longest := 0
		for _, row := range list {
			row, _ := row.([]any)
			longest = max(longest, len(row))
		}
		if longest > 0 && len(list) > maxValue/16/longest {
			return tooLarge()
		}
	case !isText:
	case function == "split":
		return partsFit(text, by)
	case function == "explode":
		if len(text) > maxValue/32 {
			return tooLarge()
		}
	case function == "indices": // occurrences may overlap
		if len(text) > maxValue/32 && strings.Count(text, by)*max(len(by), 1) > maxValue/32 {
			return tooLarge()
		}
	case len(text) > maxMatched:
		return tool.Errorf(tool.LimitExceeded, "%s searches a text of %d MB for a pattern; it takes up to %d MB", function, len(text)>>20, maxMatched>>20)
	}
	return walkable(v)
}

// expanders are the functions that expands knows, and how many arguments they
// have; those of a pattern have any number.
var expanders = map[string]int{
	"join": 1, "split": 1, "indices": 1, "explode": 0, "transpose": 0,
	"match": -1, "capture": -1, "scan": -1, "sub": -1, "gsub": -1, "splits": -1,
}

// prelude defines, in jq, what queries call in place of functions and operators
// of jq whose arguments have to be looked at together.
var prelude = func() map[string]string {
	defs := map[string]string{
		"_times":   `def _times(l; r): r as $r | l as $l | _operands("*"; $l; $r) as $_ | $l * $r;`,
		"_over":    `def _over(l; r): r as $r | l as $l | _operands("/"; $l; $r) as $_ | $l / $r;`,
		"_timesto": `def _timesto(l; r): r as $r | l |= (_operands("*"; .; $r) as $_ | . * $r);`,
		"_overto":  `def _overto(l; r): r as $r | l |= (_operands("/"; .; $r) as $_ | . / $r);`,
		"_pick":    `def _pick(f): . as $from | reduce path(f) as $p (null; setpath(_path($p); $from | getpath($p)));`,
		"_fromstream": `def _fromstream(f): foreach f as $event (null;
			if .whole then null end |
			if $event | length == 2 then
				setpath(_path(["value"] + $event[0]); $event[1]) | .whole = ($event[0] | length == 0)
			else
				.whole = ($event[0] | length == 1)
			end;
			if .whole then .value else empty end);`,
	}
	for name, arguments := range expanders {
		if arguments == 1 {
			defs["_"+name] = fmt.Sprintf("def _%s($s): _expand(%q; $s) | %s($s);", name, name, name)
		}
	}
	return defs
}()
