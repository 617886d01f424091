package state

import "sync/atomic"

// OperationCount is how often something was done with a store, and how often it
// failed.
type OperationCount struct {
	Name          string // get, set, delete, compare, increment, list, clear or transaction
	Count, Errors int64  // Errors are among Count
}

// operation numbers what is counted.
type operation int

const (
	opGet operation = iota
	opSet
	opDelete
	opCompare
	opIncrement
	opList
	opClear
	opTransaction
	operations
)

var operationNames = [operations]string{"get", "set", "delete", "compare", "increment", "list", "clear", "transaction"}

// counters count operations. The reads of a transaction are counted as such.
type counters [operations]struct{ count, errors atomic.Int64 }

// done counts an operation that has ended with *err; for defer.
func (c *counters) done(o operation, err *error) {
	c[o].count.Add(1)
	if *err != nil {
		c[o].errors.Add(1)
	}
}

// Operations returns the counts since the store was opened, always of all
// operations and in the same order.
func (s *Store) Operations() []OperationCount {
	out := make([]OperationCount, operations)
	for i := range out {
		c := &s.counted[i]
		out[i] = OperationCount{operationNames[i], c.count.Load(), c.errors.Load()}
	}
	return out
}
