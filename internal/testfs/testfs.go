// Package testfs gives tests a file system of their own: a small one that can be
// filled, and made read-only; and a child without the rights of root. Only tests import it.
package testfs
