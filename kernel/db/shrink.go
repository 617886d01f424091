package db

import "context"

// Shrink gives back the memory that connections keep to be faster the next time, but for
// those that are used just now. It is for a process that has nothing else to do.
func (d *DB) Shrink(ctx context.Context) {
	if d.enter() != nil {
		return
	}
	defer d.users.Done()
	const statement = "pragma shrink_memory" // it fails where nothing works: then others say so
	if !d.readOnly.Load() {
		select {
		case <-d.turn:
			_ = d.control(statement)
			d.give()
		default:
		}
	}
	if d.memory {
		return
	}
	d.mode.RLock()
	readers := d.readers
	d.mode.RUnlock()
	for range readers.Stats().Idle {
		conn, err := readers.Conn(ctx)
		if err != nil {
			return
		}
		defer conn.Close() // when all have had their turn
		_, _ = conn.ExecContext(ctx, statement)
	}
}
