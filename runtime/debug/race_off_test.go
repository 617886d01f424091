//go:build !race

package debug_test

const raceDetector = false
