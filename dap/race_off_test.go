//go:build !race

package dap_test

const raceDetector = false
