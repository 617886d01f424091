//go:build race

package data

// raceDetector: everything is 5 to 20 times slower.
const raceDetector = true
