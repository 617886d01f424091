// Package render shows what package bench has measured: as text for a terminal, and as one HTML
// file that needs no network and runs no program.
package render
