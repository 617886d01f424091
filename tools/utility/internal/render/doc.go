// Package render is what the template engines share: a Meter that bounds what
// rendering may cost, and how values become text.
//
// A template is a program of its writer's. It can loop over loops and double a
// string thirty times in thirty lines, so an engine asks the Meter before each
// step and each allocation. The Meter stops it by a panic with a *Stop, which
// the engine's Render turns into an error.
package render
