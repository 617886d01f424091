//go:build !race

package refactor_test

const raceDetector = false
