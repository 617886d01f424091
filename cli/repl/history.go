package repl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// Bounds of the history.
const (
	maxRecalled = 1000   // inputs that the arrow keys bring back
	maxHistory  = 20_000 // inputs that are kept
	maxKept     = 64 << 10
)

// History keeps what was typed in a SQLite database, which several loops may share.
type History struct{ db *db.DB }

// historyID marks the database of a history.
const historyID = 0x6c736869

// OpenHistory opens the history in a file, which is made if it is missing.
func OpenHistory(ctx context.Context, path string) (*History, error) {
	d, err := db.Open(ctx, path, db.Options{ApplicationID: historyID, Migrations: []db.Migration{{SQL: `
		CREATE TABLE input (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, dir TEXT NOT NULL, text TEXT NOT NULL)`}}})
	if err != nil {
		return nil, err
	}
	return &History{d}, nil
}

// Close closes the database.
func (h *History) Close() error { return h.db.Close() }

// Add keeps an input that was typed in a folder.
func (h *History) Add(ctx context.Context, dir, text string) error {
	if len(text) > maxKept {
		return nil
	}
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO input (at, dir, text) VALUES (?, ?, ?)", time.Now().UnixMilli(), dir, text); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM input WHERE id <= (SELECT max(id) FROM input) - ?", maxHistory)
		return err
	})
}

// Latest returns the last n inputs, the oldest of them first.
func (h *History) Latest(n int) ([]string, error) { return h.Search(context.Background(), "", n) }

// Search returns the last n inputs that hold all words, in any case, the oldest of
// them first.
func (h *History) Search(ctx context.Context, words string, n int) ([]string, error) {
	wanted := strings.Fields(strings.ToLower(words))
	var out []string
	err := h.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT text FROM input ORDER BY id DESC")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() && len(out) < n {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			if lower := strings.ToLower(text); !slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(lower, w) }) {
				out = append(out, text)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	slices.Reverse(out)
	return out, nil
}
