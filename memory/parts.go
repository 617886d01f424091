package memory

import (
	"errors"
	"fmt"
)

// NoRoom tells whether a backend's error says that no room is left.
func NoRoom(err error) bool {
	var e interface{ Full() bool }
	return errors.As(err, &e) && e.Full()
}

// DropInParts drops rows for which there was no room to drop them all at once: the half of them in a transaction, then half of
// that, until there is room. drop is a transaction that tells how many rows there were. The error of what is left says how many
// are gone.
func DropInParts(rows []int64, what string, drop func(part []int64) (int, error)) (n int, err error) {
	for size := (len(rows) + 1) / 2; len(rows) > 0; {
		part := rows[:min(size, len(rows))]
		gone, err := drop(part)
		switch {
		case err == nil:
			n += gone
			rows = rows[len(part):]
		case NoRoom(err) && len(part) > 1:
			size = (len(part) + 1) / 2
		case n > 0:
			return n, fmt.Errorf("%d %s were forgotten, and the same again goes on there; %d are left: %w", n, what, len(rows), err)
		default:
			return 0, err
		}
	}
	return n, nil
}
