package utility

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func similarityDefinition() tool.Definition {
	text := func(about string) *schema.Schema {
		s := schema.Text(about)
		s.MaxLength = schema.Ptr(10_000)
		return s
	}
	candidates := schema.List("Texts to choose from (best_match), at most 10,000, together at most 1,000,000 characters", text("A candidate"))
	candidates.MaxItems = schema.Ptr(10_000)
	return tool.Static(&tool.Descriptor{
		Name: "string-similarity", Aliases: []string{"fuzzy-match", "levenshtein"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"text", "similarity", "distance", "fuzzy", "levenshtein", "jaro-winkler"},
		Description: "Measures how alike two texts are (Levenshtein, Damerau, Jaro-Winkler, Dice), and finds the most similar of many",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("compare two texts, or rank candidates by similarity", "compare", "best_match").WithDefault("compare").WithAliases(map[string]string{"rank": "best_match"})),
			schema.Required("input", text("The text, of at most 10,000 characters"), "text1", "a"),
			schema.Optional("other", text("The text to compare with (compare)"), "text2", "b"),
			schema.Optional("candidates", candidates),
			schema.Optional("method", schema.Choice("What ranks (best_match)", "jaro_winkler", "levenshtein", "dice").WithDefault("jaro_winkler")),
			schema.Optional("limit", schema.Int("The most matches (best_match)", 1, 1000).WithDefault(5)),
			schema.Optional("ignore_case", schema.Flag("Whether letter case does not count"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("levenshtein", schema.Num("Insertions, deletions and substitutions between both (compare)")), schema.Optional("damerau", schema.Num("The same, with swaps of neighbours as one, also of such that a later insertion parts: the unrestricted Damerau-Levenshtein distance (compare)")),
			schema.Optional("similarity", schema.Num("1 - levenshtein / the longer length (compare)")), schema.Optional("jaro_winkler", schema.Num("From 0 to 1 (compare)")),
			schema.Optional("dice", schema.Num("Shared pairs of letters, from 0 to 1 (compare)")), schema.Optional("equal", schema.Flag("(compare)")),
			schema.Optional("best", schema.Text("The most similar (best_match)")), schema.Optional("matches", schema.List("{text, index from 1, score}, the most similar first (best_match)", nil)),
		}},
		Examples: []tool.Example{
			{Description: "Compare", Params: object("input", "kitten", "other", "sitting"), Want: object("levenshtein", 3.0, "similarity", 0.5714, "jaro_winkler", 0.7460)},
			{Description: "The best match", Params: object("operation", "best_match", "input", "aple", "candidates", array("banana", "apple", "maple")), Want: object("best", "apple")},
		},
	}, compareTexts)
}

func compareTexts(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	fold := func(s string) []rune {
		if p.Bool("ignore_case") {
			s = strings.ToLower(s)
		}
		return []rune(s)
	}
	a := fold(p.String("input"))
	if call.Operation == "best_match" {
		return bestMatches(ctx, call, a, fold)
	}
	other, ok := p["other"].(string)
	if !ok {
		return nil, call.Missing("other")
	}
	b := fold(other)
	plain, err := editDistance(ctx, a, b)
	if err != nil {
		return nil, err
	}
	swaps, err := damerau(ctx, a, b)
	if err != nil {
		return nil, err
	}
	return tool.Value(map[string]any{"levenshtein": plain, "damerau": swaps, "similarity": roundTo(likeness(plain, a, b), 4),
		"jaro_winkler": roundTo(jaroWinkler(a, b), 4), "dice": roundTo(dice(a, b), 4), "equal": slices.Equal(a, b)}), nil
}

func bestMatches(ctx context.Context, call *tool.Call, a []rune, fold func(string) []rune) (*tool.Result, error) {
	list, ok := call.Params["candidates"].([]any)
	if !ok || len(list) == 0 {
		return nil, call.Missing("candidates")
	}
	type match struct {
		index int
		score float64
	}
	matches, total := make([]match, len(list)), 0
	for i, c := range list {
		b := fold(c.(string))
		if total += len(b); total > 1_000_000 {
			return nil, tool.Errorf(tool.LimitExceeded, "the candidates have more than 1,000,000 characters")
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		matches[i] = match{index: i}
		switch call.Params.String("method") {
		case "levenshtein":
			d, err := editDistance(ctx, a, b)
			if err != nil {
				return nil, err
			}
			matches[i].score = likeness(d, a, b)
		case "dice":
			matches[i].score = dice(a, b)
		default:
			matches[i].score = jaroWinkler(a, b)
		}
	}
	slices.SortStableFunc(matches, func(x, y match) int { return cmp.Compare(y.score, x.score) })
	out := []any{}
	for _, m := range matches[:min(call.Params.Int("limit"), len(matches))] {
		out = append(out, map[string]any{"text": list[m.index], "index": m.index + 1, "score": roundTo(m.score, 4)})
	}
	return tool.Value(map[string]any{"best": list[matches[0].index], "matches": out}), nil
}

func likeness(distance int, a, b []rune) float64 {
	return 1 - float64(distance)/float64(max(1, len(a), len(b)))
}

// damerau is the distance of Damerau and Levenshtein, in which what was swapped
// can be edited further. Of all swaps only those count in which the letters are
// neighbours in one of the texts, so few rows have to be kept (Zhao and Sahni).
func damerau(ctx context.Context, a, b []rune) (int, error) {
	none := len(a) + len(b) + 1 // more than any distance
	// Rows begin at column -1. crossed holds, for each column j, the cell left of
	// and above the last match of b[j].
	above, row, crossed := make([]int, len(b)+2), make([]int, len(b)+2), make([]int, len(b)+2)
	for j := range row {
		row[j], above[j], crossed[j] = j-1, none, none
	}
	row[0] = none
	lastRow := map[rune]int{} // where a character was last in a, from 1
	for i := 1; i <= len(a); i++ {
		if i%64 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		above, row = row, above
		match, beforeMatch := -1, none // the last column that matched, and the cell two rows up, left of it
		twoUp := row[1]
		row[1] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j]+cost, row[j]+1, above[j+1]+1)
			if cost == 0 {
				match, crossed[j+1], beforeMatch = j, above[j-1], twoUp
			} else if k, seen := lastRow[b[j-1]]; seen && match > 0 {
				switch {
				case j-match == 1:
					d = min(d, crossed[j+1]+i-k)
				case i-k == 1:
					d = min(d, beforeMatch+j-match)
				}
			}
			twoUp, row[j+1] = row[j+1], d
		}
		lastRow[a[i-1]] = i
	}
	return row[len(b)+1], nil
}

// editDistance is Levenshtein's.
func editDistance(ctx context.Context, a, b []rune) (int, error) {
	last, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		if i%64 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
		}
		last, row = row, last
	}
	return last[len(b)], nil
}

func jaroWinkler(a, b []rune) float64 {
	if len(a) == 0 || len(b) == 0 {
		if len(a) == len(b) {
			return 1
		}
		return 0
	}
	window := max(0, max(len(a), len(b))/2-1)
	usedB, fromA := make([]bool, len(b)), []rune{}
	for i, r := range a {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !usedB[j] && b[j] == r {
				usedB[j], fromA = true, append(fromA, r)
				break
			}
		}
	}
	m := float64(len(fromA))
	if m == 0 {
		return 0
	}
	k, swapped := 0, 0
	for j, used := range usedB {
		if used {
			if fromA[k] != b[j] {
				swapped++
			}
			k++
		}
	}
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(swapped)/2)/m) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// dice compares the pairs of neighbouring characters.
func dice(a, b []rune) float64 {
	if slices.Equal(a, b) {
		return 1
	}
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	pairs := map[[2]rune]int{}
	for i := range len(a) - 1 {
		pairs[[2]rune{a[i], a[i+1]}]++
	}
	shared := 0
	for i := range len(b) - 1 {
		if p := [2]rune{b[i], b[i+1]}; pairs[p] > 0 {
			pairs[p]--
			shared++
		}
	}
	return 2 * float64(shared) / float64(len(a)+len(b)-2)
}
