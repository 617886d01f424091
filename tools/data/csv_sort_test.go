package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/data/internal/table"
)

// rowsOf gives n rows whose first cell repeats, and whose second tells them apart.
func rowsOf(n int, text string) puller {
	i := 0
	return func(context.Context) ([]table.Cell, error) {
		if i == n {
			return nil, io.EOF
		}
		i++
		return []table.Cell{table.Of(int64(i * 7919 % 101)), table.Of(int64(i)), {Text: text, Value: text, Kind: table.Text}}, nil
	}
}

func drain(t *testing.T, next puller) (out []string) {
	t.Helper()
	for {
		row, err := next(context.Background())
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(row[0].Value, row[1].Value))
	}
}

// The first rows are those of a whole sort, in the same order.
func TestSortKeepsTheFirst(t *testing.T) {
	columns := []table.Column{{Name: "a", Kind: table.Integer}, {Name: "b", Kind: table.Integer}, {Name: "c", Kind: table.Text}}
	for _, keys := range [][]any{{"a"}, {"-a"}, {"-a", "-b"}, {"b"}, {"-b"}} {
		whole, err := sortRows(context.Background(), keys, columns, rowsOf(5000, ""), -1)
		if err != nil {
			t.Fatal(err)
		}
		all := drain(t, whole)
		for _, keep := range []int{0, 1, 7, 499, 4999, 5000, 9000} {
			part, err := sortRows(context.Background(), keys, columns, rowsOf(5000, ""), int64(keep))
			if err != nil {
				t.Fatal(err)
			}
			got := drain(t, part)
			if want := all[:min(keep, len(all))]; len(got) < len(want) || !reflect.DeepEqual(got[:len(want)], append([]string(nil), want...)) && keep > 0 {
				t.Errorf("%v, %d: the first rows differ", keys, keep)
			}
		}
	}
	// Rows of 400 MB in all, of which few are held.
	text := strings.Repeat("x", 100_000)
	if _, err := sortRows(context.Background(), []any{"-b"}, columns, rowsOf(4000, text), -1); err == nil {
		t.Error("400 MB are sorted without a limit")
	}
	first, err := sortRows(context.Background(), []any{"-b"}, columns, rowsOf(4000, text), 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := drain(t, first); !reflect.DeepEqual(got[:3], []string{fmt.Sprint(4000*7919%101, 4000), fmt.Sprint(3999*7919%101, 3999), fmt.Sprint(3998*7919%101, 3998)}) {
		t.Errorf("got %v", got[:3])
	}
}
