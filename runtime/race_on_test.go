//go:build race

package runtime_test

// raceDetector: everything is 5 to 20 times slower.
const raceDetector = true
