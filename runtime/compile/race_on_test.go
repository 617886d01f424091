//go:build race

package compile_test

// raceDetector: everything is 5 to 20 times slower.
const raceDetector = true
