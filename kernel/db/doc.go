// Package db opens the SQLite databases of a kernel.
package db
