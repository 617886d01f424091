// Package state keeps values by scope and key in SQLite, for scripts, clients and
// workflows.
//
// A Store is one database. Several processes may use one file: each call is one
// transaction, and Transact makes one of many calls. A value is what JSON can
// say, and besides any string of bytes, the infinities and not-a-number. It has
// a version, which counts its writes, and a revision, which no other write of
// the store has. It may have a time to live, which goes on while no process runs.
//
// Each value is stored with a checksum: SQLite notices damage to its own
// structures only. A damaged value is an error that matches db.ErrCorrupt; the
// others can still be read.
//
// A View is a Store as one session sees it: hooks see, and may change or refuse,
// what is read and written.
package state
