package debug

// Coverage records which lines of which sources have run.
type Coverage struct{}
