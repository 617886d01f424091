// Package postgres keeps memory in a PostgreSQL database, which several kernels, on several machines,
// share. It needs version 13 or later, and the extension btree_gist, which comes with it.
//
// Transactions that write to one tenant's rows run one after the other, in all processes: each
// begins by locking the tenant's row, which holds the clock and the greatest numbers that were
// given. So numbers are visible in their order, and a reader that knows up to which it
// has read misses none. Readers see a snapshot and wait for nobody.
//
// The tenant is checked twice: each statement names it, and row-level security hides all
// other rows from every role but superusers. A text may contain the character
// NUL, which PostgreSQL refuses: encode.go says what is kept in its place.
package postgres
