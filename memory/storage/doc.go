// Package storage moves all that a memory holds from one place to another: between backends, and
// to files and back.
//
// What is moved is a list of records, tenant by tenant, that says the same wherever it lies: rows that
// are referred to are numbered by their order, from 1, since each backend has numbers of its own. So two places hold the same
// if their lists are, and the checksums of these tell.
//
// A tenant is moved in one transaction: all of it, read again and compared before that is
// committed, or nothing. One that is there already, and the same, is passed by, so what was
// interrupted is gone on with by doing it again. Nothing that is there is ever overwritten. The indexes for
// searches are not moved: each place builds its own.
package storage
