// Package conformance holds the tests that every memory.Backend must pass.
package conformance
