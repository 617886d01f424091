//go:build race

package document

// raceDetector: everything is 5 to 20 times slower.
const raceDetector = true
