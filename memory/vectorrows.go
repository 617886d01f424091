package memory

// Owner says which rows have vectors of their own.
type Owner int

// The owners.
const (
	Turns  Owner = iota // episodes
	Chunks              // of documents
)

// RowVector is the vector of a row.
type RowVector struct {
	Row int64
	// Text is a hash of the text that it was made from.
	Text []byte
	// Vector has the length 1. nil: the row was seen, and has none.
	Vector []float32
}

// VectorReader is a Reader that finds the vectors of rows. Those of different models have nothing to
// do with each other.
type VectorReader interface {
	// Vectors calls each for the vectors that were stored after a point, in the order in which they were stored, and
	// tells how far that goes. What is damaged is told to bad, by its row. A vector is the callee's until it returns.
	Vectors(of Owner, model string, after int64, each func(row int64, vec []float32) error, bad func(row int64)) (upTo int64, err error)
	// VectorOf returns a vector that was made from the text with a hash; nil if there is none.
	VectorOf(of Owner, model string, text []byte) ([]float32, error)
	// VectorLength is how many numbers a vector of a model has; 0: there is none.
	VectorLength(of Owner, model string) (int, error)
	// Lacking lists, in order, rows greater than one that have no vector of a model, so many at most.
	Lacking(of Owner, model string, after int64, limit int) ([]int64, error)
	// VectorCounts counts the vectors of each model.
	VectorCounts(of Owner) (map[string]int, error)
}

// VectorTx is a Tx that keeps vectors. They go with their rows.
type VectorTx interface {
	VectorReader
	// SetVectors stores vectors, in place of those that the rows had. Rows that are not there are passed over.
	SetVectors(of Owner, model string, list []RowVector) error
	// DropVectors removes the vectors of a model; of all its rows if there are none named.
	DropVectors(of Owner, model string, rows ...int64) error
}
