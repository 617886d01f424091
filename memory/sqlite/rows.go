package sqlite

// inOrder are the items of rows, in the order of these. What is not there is left out, and what is wanted twice is there twice.
func inOrder[T any](rows []int64, found map[int64]T) []T {
	out := make([]T, 0, len(rows))
	for _, row := range rows {
		if item, ok := found[row]; ok {
			out = append(out, item)
		}
	}
	return out
}
