package repl

import (
	"context"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// completer completes with Tab: commands here, all else in the kernel.
type completer struct{ l *loop }

// Do implements readline.AutoCompleter: it returns what could follow the text
// before pos, and how many runes of that text belong to it.
func (c completer) Do(line []rune, pos int) ([][]rune, int) {
	text := string(line[:pos])
	if word, ok := strings.CutPrefix(strings.TrimLeft(text, " "), "."); ok && !strings.Contains(word, " ") {
		var out [][]rune
		for _, m := range commands() {
			if rest, ok := strings.CutPrefix(m.name, word); ok {
				out = append(out, []rune(rest+" "))
			}
		}
		return out, len([]rune(word))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	done, err := c.l.complete(ctx, text)
	if err != nil {
		return nil, 0
	}
	var out [][]rune
	given := text[done.Start:]
	for _, m := range done.Matches {
		if rest, ok := strings.CutPrefix(m.Text, given); ok {
			out = append(out, []rune(rest))
		}
	}
	return out, len([]rune(given))
}

// complete asks the kernel how a text could go on at its end.
func (l *loop) complete(ctx context.Context, text string) (kernel.Completions, error) {
	out, err := l.client.Complete(ctx, rpc.CompleteParams{Session: l.session, Code: text, Position: len(text)})
	if err == nil && (out.Start < 0 || out.Start > len(text)) {
		out = kernel.Completions{}
	}
	return out, err
}
