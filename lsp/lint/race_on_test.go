//go:build race

package lint_test

// raceDetector: everything is 5 to 20 times slower.
const raceDetector = true
