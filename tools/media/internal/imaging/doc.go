// Package imaging reads, changes and writes pictures. What it reads comes from
// strangers: the size is looked at before anything is allocated for it, and a
// damaged file gives an error.
package imaging
