//go:build race

package vector

// raceDetector says that the tests run under the race detector, which makes them slow.
const raceDetector = true
