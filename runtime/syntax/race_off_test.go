//go:build !race

package syntax_test

const raceDetector = false
